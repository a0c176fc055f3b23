"""What may happen to a client's file: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aggregates.client.events import (
    ClientFact,
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierMatch,
    DossierOrigin,
    DossierRestored,
    FormOfAddress,
    Language,
    PriceAdjustmentAsked,
    PriceAdjustmentRefused,
    SecondDossierAttempted,
    SecondDossierSettled,
    WaitingPlaceLeft,
    WaitingPlaceTaken,
)
from aggregates.client.policies import active
from aggregates.client.refusals import (
    AlreadyClient,
    EmailTaken,
    NoAdjustmentAsked,
    NoSuchDossier,
    NotDeactivated,
    PerhapsClient,
)
from aggregates.client.removal.policies import nothing_open
from aggregates.client.state import Client, DeactivatedDossier, Dossier, MergedDossier, NoDossier

Facts = Sequence[ClientFact]


@dataclass(frozen=True)
class Identification:
    """Whom a dossier is for, as typed."""

    last_name: str
    first_name: str
    form_of_address: FormOfAddress | None
    email: str | None
    telephone: str | None
    street: str | None
    postal_code: str | None
    city: str | None
    country: str
    language: Language


def create(
    client: Client,
    person: UUID,
    who: Identification,
    *,
    origin: DossierOrigin,
    email_owner: UUID | None,
    namesake: UUID | None,
    namesake_reason: str | None,
) -> Facts:
    """Open a dossier (DOS-1, DOS-2); no second one for the same person (DOS-4).

    `email_owner` and `namesake` are the dossiers that hold the same e-mail or the same names and postal
    code. Staff go past a namesake with a reason; clients learn nothing. Raises EmailTaken, AlreadyClient,
    PerhapsClient.
    """
    if not isinstance(client, NoDossier):
        return []
    if origin is DossierOrigin.CLIENT and (email_owner is not None or namesake is not None):
        raise PerhapsClient
    if email_owner is not None:
        raise EmailTaken(dossier=email_owner)
    if namesake is not None and not namesake_reason:
        raise AlreadyClient(dossier=namesake)
    return [
        DossierCreated(
            person=person,
            origin=origin,
            last_name=who.last_name,
            first_name=who.first_name,
            postal_code=who.postal_code,
            form_of_address=who.form_of_address,
            email=who.email,
            telephone=who.telephone,
            street=who.street,
            city=who.city,
            country=who.country,
            language=who.language,
            namesake_of=namesake,
            namesake_reason=namesake_reason if namesake is not None else None,
        )
    ]


def attempt_second_dossier(client: Client, match: DossierMatch) -> Facts:
    """Note on the known dossier that its person tried to sign up anew, at each attempt (DOS-4).

    An erased one doesn't count.
    """
    if not isinstance(client, Dossier | DeactivatedDossier):
        return []
    return [SecondDossierAttempted(match=match)]


def settle_second_dossier(client: Client) -> Facts:
    """The office looked at who tried to sign up anew (DOS-4). Raises NoSuchDossier."""
    if not isinstance(client, Dossier | DeactivatedDossier):
        raise NoSuchDossier
    return [SecondDossierSettled()] if client.signed_up_anew else []


def remove(
    client: Client,
    *,
    money_open: bool,
    suppressed: str | None = None,
    suppressed_too: Sequence[str] = (),
) -> Facts:
    """DEMANDER À ÊTRE RETIRÉ, checked in the order of DOS-8.

    `money_open`: a balance that isn't zero in some currency, a payment not deposited, or an open case;
    `suppressed`: the keyed hash of an address that no import may write to, `suppressed_too` those of merged
    dossiers. Interests and documents are no reason to keep anything. Raises NoSuchDossier, BalanceNotZero,
    RegistrationsOpen.
    """
    if not isinstance(client, NoDossier | Dossier | MergedDossier):
        return []
    dossier = active(client)
    nothing_open(dossier, money_open=money_open)
    whole = dossier.places.none_ever and not dossier.placeless
    return end(dossier, whole=whole, suppressed=suppressed, suppressed_too=suppressed_too)


def end(
    dossier: Dossier, *, whole: bool, suppressed: str | None = None, suppressed_too: Sequence[str] = ()
) -> Facts:
    """Erased whole, or deactivated; what is part of it goes along (DOS-5)."""
    kind = DossierErased if whole else DossierDeactivated
    return [
        kind(
            person=dossier.id,
            suppressed=suppressed,
            merged=dossier.merged,
            suppressed_too=tuple(suppressed_too),
        )
    ]


@dataclass(frozen=True)
class NewAddress:
    """What staff enter when they restore a dossier (DOS-9)."""

    form_of_address: FormOfAddress | None
    email: str
    telephone: str | None
    street: str | None
    city: str | None
    country: str


def restore(client: Client, address: NewAddress, *, email_owner: UUID | None) -> Facts:
    """RESTAURER CE CLIENT, only for a deactivated dossier (DOS-9). Raises NotDeactivated, EmailTaken."""
    if isinstance(client, NoDossier):
        raise NoSuchDossier
    if not isinstance(client, DeactivatedDossier):
        raise NotDeactivated
    if email_owner is not None:
        raise EmailTaken(dossier=email_owner)
    return [
        DossierRestored(
            person=client.id,
            form_of_address=address.form_of_address,
            email=address.email,
            telephone=address.telephone,
            street=address.street,
            city=address.city,
            country=address.country,
        )
    ]


def ask_price_adjustment(client: Client, activity: UUID, *, reason: str) -> Facts:
    """Ask accounting for a price that no discount of the catalogue gives (CAT-4).

    Raises NoSuchDossier, DossierNotActive.
    """
    dossier = active(client)
    if dossier.adjustments_asked.get(activity) == reason:
        return []
    return [PriceAdjustmentAsked(person=dossier.id, activity=activity, reason=reason)]


def refuse_price_adjustment(client: Client, activity: UUID, *, reason: str) -> Facts:
    """Accounting answer no (CAT-4). Raises NoSuchDossier, DossierNotActive, NoAdjustmentAsked."""
    dossier = active(client)
    if activity in dossier.adjustments_refused:
        return []
    if activity not in dossier.adjustments_asked:
        raise NoAdjustmentAsked
    return [PriceAdjustmentRefused(person=dossier.id, activity=activity, reason=reason)]


def take_waiting_place(client: Client, workshop: UUID) -> Facts:
    """The file remembers where the client waits, so that a removal ends it (ATE-2, DOS-8)."""
    return [] if workshop in active(client).waiting_in else [WaitingPlaceTaken(workshop=workshop)]


def leave_waiting_place(client: Client, workshop: UUID) -> Facts:
    """The client waits there no longer (ATE-2)."""
    return [WaitingPlaceLeft(workshop=workshop)] if workshop in active(client).waiting_in else []
