"""What a client's file is at a moment, folded from its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never, get_args
from uuid import UUID

from aggregates.client.events import (
    ClientFact,
    DateChosen,
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
    FollowedUndone,
    Language,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
)
from aggregates.kernel import Aggregate, Erased, Money


@dataclass(frozen=True)
class Sale:
    """What a registration was sold as: never changes with its dates (INS-7)."""

    id: UUID
    activity: UUID
    retake: bool
    phase: UUID | None
    invoice: UUID
    line: UUID
    price: Money
    deposit: Money
    given_up: tuple[UUID, ...] = ()
    """Workshops whose date was given up, oldest first: the traces under ANNULÉS."""


@dataclass(frozen=True)
class ToSchedule:
    """Inscrit sans date, À PLANIFIER."""

    sale: Sale


@dataclass(frozen=True)
class Scheduled:
    """INSCRIT to a dated workshop."""

    sale: Sale
    workshop: UUID
    starts: datetime


@dataclass(frozen=True)
class Followed:
    """SUIVI: ticked present on the roster."""

    sale: Sale
    workshop: UUID
    starts: datetime


@dataclass(frozen=True)
class Cancelled:
    """ANNULÉ."""

    sale: Sale


Registration: TypeAlias = ToSchedule | Scheduled | Followed | Cancelled


@dataclass(frozen=True)
class NoDossier:
    """Nothing known under this id."""


@dataclass(frozen=True)
class Dossier:
    """An active file."""

    id: UUID
    last_name: str | Erased
    first_name: str | Erased
    postal_code: str | Erased | None
    email: str | Erased | None
    country: str | Erased
    language: Language
    namesake_of: UUID | None = None
    registrations: Mapping[UUID, Registration] = field(default_factory=dict)


@dataclass(frozen=True)
class DeactivatedDossier:
    """Only name and postal code are left (DOS-8)."""

    id: UUID
    last_name: str | Erased
    first_name: str | Erased
    postal_code: str | Erased | None
    language: Language
    namesake_of: UUID | None
    registrations: Mapping[UUID, Registration]


@dataclass(frozen=True)
class ErasedDossier:
    """Nothing personal is left at all (DOS-8)."""


Client: TypeAlias = NoDossier | Dossier | DeactivatedDossier | ErasedDossier


def evolve(client: Client, fact: ClientFact) -> Client:
    """The file after the fact. Raises ValueError on a fact that this state can't meet."""
    match client, fact:
        case NoDossier(), DossierCreated():
            return Dossier(
                id=fact.person,
                last_name=fact.last_name,
                first_name=fact.first_name,
                postal_code=fact.postal_code,
                email=fact.email,
                country=fact.country,
                language=fact.language,
                namesake_of=fact.namesake_of,
            )
        case Dossier(), DossierDeactivated():
            return DeactivatedDossier(
                id=client.id,
                last_name=client.last_name,
                first_name=client.first_name,
                postal_code=client.postal_code,
                language=client.language,
                namesake_of=client.namesake_of,
                registrations=client.registrations,
            )
        case Dossier(), DossierErased():
            return ErasedDossier()
        case DeactivatedDossier(), DossierRestored():
            return Dossier(
                id=client.id,
                last_name=client.last_name,
                first_name=client.first_name,
                postal_code=client.postal_code,
                email=fact.email,
                country=fact.country,
                language=client.language,
                namesake_of=client.namesake_of,
                registrations=client.registrations,
            )
        case (
            Dossier(),
            Registered()
            | DateChosen()
            | RegistrationDeferred()
            | RegistrationCancelled()
            | RegistrationFollowed()
            | FollowedUndone(),
        ):
            before = client.registrations.get(fact.registration)
            return replace(
                client,
                registrations={**client.registrations, fact.registration: _registration(before, fact)},
            )
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(client).__name__}")


RegistrationFact: TypeAlias = (
    Registered
    | DateChosen
    | RegistrationDeferred
    | RegistrationCancelled
    | RegistrationFollowed
    | FollowedUndone
)


def _registration(before: Registration | None, fact: RegistrationFact) -> Registration:
    if isinstance(fact, Registered):
        return _sold(fact)
    if before is None:
        raise ValueError(f"{fact.TOPIC} on an unknown registration")
    sale = before.sale
    match fact:
        case DateChosen():
            return Scheduled(_traced(sale, fact.given_up), fact.workshop, fact.starts)
        case RegistrationDeferred():
            return ToSchedule(_traced(sale, fact.workshop))
        case RegistrationCancelled():
            return Cancelled(_traced(sale, fact.workshop))
        case RegistrationFollowed():
            return Followed(sale, fact.workshop, _starts(before))
        case FollowedUndone():
            return Scheduled(sale, fact.workshop, _starts(before))
        case _:
            assert_never(fact)


def _sold(fact: Registered) -> Registration:
    sale = Sale(
        id=fact.registration,
        activity=fact.activity,
        retake=fact.retake,
        phase=fact.phase,
        invoice=fact.invoice,
        line=fact.line,
        price=fact.price,
        deposit=fact.deposit,
    )
    if fact.workshop is None or fact.starts is None:
        return ToSchedule(sale)
    return Scheduled(sale, fact.workshop, fact.starts)


def _traced(sale: Sale, workshop: UUID | None) -> Sale:
    return sale if workshop is None else replace(sale, given_up=(*sale.given_up, workshop))


def _starts(registration: Registration) -> datetime:
    match registration:
        case Scheduled() | Followed():
            return registration.starts
        case _:
            raise ValueError("a registration without date cannot be followed")


CLIENT: Aggregate[Client] = Aggregate("client", NoDossier(), evolve, get_args(ClientFact))
