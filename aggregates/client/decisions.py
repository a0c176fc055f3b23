"""What may happen to a client's file: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.client.events import (
    ClientFact,
    DateChosen,
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierOrigin,
    DossierRestored,
    FollowedUndone,
    FormOfAddress,
    Language,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
)
from aggregates.client.policies import active, is_open, only_one_active_registration
from aggregates.client.refusals import (
    AlreadyClient,
    BalanceNotZero,
    EmailTaken,
    NoSuchDossier,
    NoSuchRegistration,
    NotDeactivated,
    OtherActivity,
    RegistrationNotOpen,
    RegistrationsOpen,
    StartedForClients,
)
from aggregates.client.state import (
    Cancelled,
    Client,
    DeactivatedDossier,
    Dossier,
    Followed,
    NoDossier,
    Registration,
    Scheduled,
    ToSchedule,
)

Facts = Sequence[ClientFact]


@dataclass(frozen=True)
class Identification:
    """Who a new dossier is for, as typed."""

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
    code. Staff go past a namesake with a reason. Raises EmailTaken, AlreadyClient.
    """
    if not isinstance(client, NoDossier):
        return []
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


def register(client: Client, sold: Registered) -> Facts:
    """Add the registration that was sold (INS-1). Raises AlreadyRegistered, AlreadyToSchedule (INS-12)."""
    dossier = active(client)
    if sold.registration in dossier.registrations:
        return []
    only_one_active_registration(dossier, sold.activity)
    return [sold]


def choose_date(
    client: Client,
    registration_id: UUID,
    *,
    workshop: UUID,
    activity: UUID,
    starts: datetime,
    now: datetime,
    by_staff: bool,
) -> Facts:
    """Give the registration a date, or another one; the old presence stays traced (INS-7).

    To the same workshop: nothing happens. Raises NoSuchRegistration, RegistrationNotOpen, OtherActivity,
    StartedForClients.
    """
    registration = _registration(active(client), registration_id)
    if registration.sale.activity != activity:
        raise OtherActivity
    match registration:
        case Scheduled(workshop=current) if current == workshop:
            return []
        case Scheduled():
            _not_started_for_client(registration.starts, now, by_staff)
            given_up: UUID | None = registration.workshop
        case ToSchedule():
            given_up = None
        case Followed() | Cancelled():
            raise RegistrationNotOpen
    return [
        DateChosen(registration=registration_id, workshop=workshop, starts=starts, given_up=given_up),
    ]


def defer(client: Client, registration_id: UUID, *, now: datetime, by_staff: bool) -> Facts:
    """« Date ultérieure »: back to À PLANIFIER (INS-7, INS-8).

    Raises NoSuchRegistration, RegistrationNotOpen, StartedForClients.
    """
    match _registration(active(client), registration_id):
        case ToSchedule():
            return []
        case Scheduled(workshop=workshop, starts=starts):
            _not_started_for_client(starts, now, by_staff)
            return [RegistrationDeferred(registration=registration_id, workshop=workshop)]
        case Followed() | Cancelled():
            raise RegistrationNotOpen


def cancel(client: Client, registration_id: UUID, *, now: datetime, by_staff: bool) -> Facts:
    """Cancel the registration for good (INS-7, INS-8).

    Raises NoSuchRegistration, RegistrationNotOpen, StartedForClients.
    """
    match _registration(active(client), registration_id):
        case Cancelled():
            return []
        case ToSchedule():
            return [RegistrationCancelled(registration=registration_id, workshop=None)]
        case Scheduled(workshop=workshop, starts=starts):
            _not_started_for_client(starts, now, by_staff)
            return [RegistrationCancelled(registration=registration_id, workshop=workshop)]
        case Followed():
            raise RegistrationNotOpen


def follow(client: Client, registration_id: UUID, *, workshop: UUID) -> Facts:
    """Ticked present: SUIVI (INS-13). Raises NoSuchRegistration, RegistrationNotOpen."""
    match _registration(active(client), registration_id):
        case Followed(workshop=current) if current == workshop:
            return []
        case Scheduled(workshop=current) if current == workshop:
            return [RegistrationFollowed(registration=registration_id, workshop=workshop)]
        case _:
            raise RegistrationNotOpen


def undo_followed(client: Client, registration_id: UUID, *, workshop: UUID) -> Facts:
    """The tick is taken back: INSCRIT again (INS-13), unless a retake rests on it (INS-12).

    Raises NoSuchRegistration, RegistrationNotOpen, AlreadyRegistered, AlreadyToSchedule.
    """
    dossier = active(client)
    registration = _registration(dossier, registration_id)
    match registration:
        case Scheduled(workshop=current) if current == workshop:
            return []
        case Followed(workshop=current) if current == workshop:
            only_one_active_registration(dossier, registration.sale.activity)
            return [FollowedUndone(registration=registration_id, workshop=workshop)]
        case _:
            raise RegistrationNotOpen


def remove(client: Client, *, money_open: bool) -> Facts:
    """DEMANDER À ÊTRE RETIRÉ, checked in the order of DOS-8.

    `money_open`: a balance that isn't zero in some currency, a payment not deposited, or an open case.
    Raises BalanceNotZero, RegistrationsOpen.
    """
    if not isinstance(client, NoDossier | Dossier):
        return []
    dossier = active(client)
    if money_open:
        raise BalanceNotZero
    still_open = sum(is_open(r) for r in dossier.registrations.values())
    if still_open:
        raise RegistrationsOpen(count=still_open)
    if not dossier.registrations:
        return [DossierErased(person=dossier.id)]
    return [DossierDeactivated(person=dossier.id)]


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


def _registration(dossier: Dossier, registration_id: UUID) -> Registration:
    try:
        return dossier.registrations[registration_id]
    except KeyError:
        raise NoSuchRegistration from None


def _not_started_for_client(starts: datetime, now: datetime, by_staff: bool) -> None:
    if not by_staff and now >= starts:
        raise StartedForClients(starts=starts)
