"""What may happen to registrations in a file: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from aggregates.client.phases.policies import (
    not_sold_outside_the_phase,
    nothing_rests_on,
    phases_go_whole,
)
from aggregates.client.policies import active
from aggregates.client.registrations.events import (
    CancelReason,
    ConfirmationResent,
    DateChosen,
    DateMoved,
    FollowedAbroad,
    FollowedUndone,
    MistakeTold,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFact,
    RegistrationFollowed,
    RegistrationRestored,
)
from aggregates.client.registrations.policies import (
    GivenUp,
    deposit_lost,
    known_registration,
    not_started_for_clients,
    only_one_active_registration,
    taken_back,
)
from aggregates.client.registrations.refusals import (
    FollowedInFuture,
    LineAlreadyCancelled,
    NothingTakenBack,
    OtherActivity,
    RegistrationNotOpen,
)
from aggregates.client.registrations.state import Cancelled, Followed, Scheduled, ToSchedule
from aggregates.client.state import Client

Facts = Sequence[RegistrationFact]


def register(client: Client, sold: Registered, *, outside_phase: bool = False) -> Facts:
    """Add the registration that was sold (INS-1).

    `outside_phase`: office sells a missing place of the phase à la carte, with a reason. Raises
    AlreadyRegistered, AlreadyToSchedule (INS-12), PlaceInPhase (INS-14).
    """
    places = active(client).places
    if sold.registration in places.registrations:
        return []
    only_one_active_registration(places, sold.activity)
    if not outside_phase:
        not_sold_outside_the_phase(places, sold.activity)
    return [sold]


def choose_date(
    client: Client,
    registration_id: UUID,
    *,
    workshop: UUID,
    activity: UUID,
    starts: datetime,
    left: GivenUp | None,
    now: datetime,
    by_staff: bool,
) -> Facts:
    """Give the registration a date, or another one; the old presence stays traced (INS-7).

    `left` is the date it had: one given up within the month is kept in mind (INS-9). To the same
    workshop: nothing happens. Raises NoSuchRegistration, RegistrationNotOpen, OtherActivity,
    StartedForClients.
    """
    registration = known_registration(active(client).places, registration_id)
    if registration.sale.activity != activity:
        raise OtherActivity
    match registration:
        case Scheduled(workshop=current) if current == workshop:
            return []
        case Scheduled():
            not_started_for_clients(registration.starts, now, by_staff=by_staff)
            given_up: UUID | None = registration.workshop
            lost = _lost(registration, left, now)
        case ToSchedule():
            given_up, lost = None, False
        case Followed() | Cancelled():
            raise RegistrationNotOpen
    return [
        DateChosen(
            registration=registration_id,
            workshop=workshop,
            starts=starts,
            given_up=given_up,
            deposit_lost=lost,
        ),
    ]


def defer(
    client: Client, registration_id: UUID, *, date_: GivenUp | None, now: datetime, by_staff: bool
) -> Facts:
    """« Date ultérieure »: back to À PLANIFIER, which costs nothing (INS-7, INS-8).

    A date given up within the month is kept in mind, should the registration be cancelled (INS-9).

    Raises NoSuchRegistration, RegistrationNotOpen, StartedForClients.
    """
    registration = known_registration(active(client).places, registration_id)
    match registration:
        case ToSchedule():
            return []
        case Scheduled(workshop=workshop, starts=starts):
            not_started_for_clients(starts, now, by_staff=by_staff)
            lost = _lost(registration, date_, now)
            return [RegistrationDeferred(registration=registration_id, workshop=workshop, deposit_lost=lost)]
        case Followed() | Cancelled():
            raise RegistrationNotOpen


def resend_confirmation(client: Client, registration_id: UUID, *, now: datetime, by_staff: bool) -> Facts:
    """Let the confirmation go out once more (COM-1).

    Raises NoSuchRegistration, RegistrationNotOpen, StartedForClients.
    """
    match known_registration(active(client).places, registration_id):
        case ToSchedule():
            return [ConfirmationResent(registration=registration_id, workshop=None)]
        case Scheduled(workshop=workshop, starts=starts):
            not_started_for_clients(starts, now, by_staff=by_staff)
            return [ConfirmationResent(registration=registration_id, workshop=workshop)]
        case Followed() | Cancelled():
            raise RegistrationNotOpen


def _lost(registration: Scheduled, date_: GivenUp | None, now: datetime) -> bool:
    """A date that the school moved is given up for nothing (ATE-10)."""
    terms = registration.sale.terms
    return date_ is not None and not registration.moved and deposit_lost(terms, date_, now)


def cancel(
    client: Client,
    registration_id: UUID,
    *,
    now: datetime,
    by_staff: bool,
    why: CancelReason = CancelReason.ASKED,
) -> Facts:
    """Cancel the registration for good (INS-7, INS-8).

    Raises NoSuchRegistration, RegistrationNotOpen, StartedForClients.
    """
    match known_registration(active(client).places, registration_id):
        case Cancelled():
            return []
        case ToSchedule():
            return [RegistrationCancelled(registration=registration_id, workshop=None, why=why)]
        case Scheduled(workshop=workshop, starts=starts):
            not_started_for_clients(starts, now, by_staff=by_staff)
            return [RegistrationCancelled(registration=registration_id, workshop=workshop, why=why)]
        case Followed():
            raise RegistrationNotOpen


def take_back(client: Client, registrations: Sequence[UUID], *, now: datetime) -> Facts:
    """These were registered by mistake: they end, a phase as a whole (INS-10).

    Raises NoSuchRegistration, LineAlreadyCancelled, RegistrationNotOpen, PhaseGoesWhole.
    """
    places = active(client).places
    gone = dict.fromkeys(registrations)
    for registration in gone:
        if isinstance(known_registration(places, registration), Cancelled):
            raise LineAlreadyCancelled
    phases_go_whole(places, gone)
    return [
        fact
        for registration in gone
        for fact in cancel(client, registration, now=now, by_staff=True, why=CancelReason.MISTAKE)
    ]


def tell_of_mistake(client: Client, invoice: UUID) -> Facts:
    """Let the ready e-mail about what was taken back of that invoice go, once for each place (INS-10).

    Raises NothingTakenBack.
    """
    gone = taken_back(active(client).places, invoice)
    if not gone:
        raise NothingTakenBack
    untold = tuple(registration.sale.id for registration in gone if not registration.told)
    return [MistakeTold(invoice=invoice, registrations=untold)] if untold else []


def follow(
    client: Client, registration_id: UUID, *, workshop: UUID, last_day: date, ends: datetime, zone: str
) -> Facts:
    """Ticked present: SUIVI (INS-13). Raises NoSuchRegistration, RegistrationNotOpen."""
    match known_registration(active(client).places, registration_id):
        case Followed(workshop=current) if current == workshop:
            return []
        case Scheduled(workshop=current, sale=sale) if current == workshop:
            return [
                RegistrationFollowed(
                    registration=registration_id,
                    workshop=workshop,
                    last_day=last_day,
                    ends=ends,
                    zone=zone,
                    earned=sale.earned,
                )
            ]
        case _:
            raise RegistrationNotOpen


def undo_followed(client: Client, registration_id: UUID, *, workshop: UUID) -> Facts:
    """The tick is taken back: INSCRIT again (INS-13), unless a retake or a done place rests on it.

    Raises NoSuchRegistration, RegistrationNotOpen, AlreadyRegistered, AlreadyToSchedule (INS-12),
    DonePlaceRestsOnIt (INS-2).
    """
    places = active(client).places
    registration = known_registration(places, registration_id)
    match registration:
        case Scheduled(workshop=current) if current == workshop:
            return []
        case Followed(workshop=current) if current == workshop:
            only_one_active_registration(places, registration.sale.activity)
            nothing_rests_on(places, registration_id)
            earned = registration.sale.earned
            return [FollowedUndone(registration=registration_id, workshop=workshop, earned=earned)]
        case _:
            raise RegistrationNotOpen


def add_followed_abroad(client: Client, followed: FollowedAbroad, *, today: date) -> Facts:
    """« Ajouter un atelier suivi »: no invoice, no e-mail (ATE-8). Raises FollowedInFuture."""
    places = active(client).places
    known = {(abroad.activity, abroad.last_day) for abroad in places.abroad.values()}
    if (followed.activity, followed.last_day) in known:
        return []
    if followed.last_day < followed.first_day or followed.last_day > today:
        raise FollowedInFuture
    return [followed]


def taken_off_by_school(client: Client, registration_id: UUID, *, workshop: UUID) -> Facts:
    """The school cancelled this workshop: the registration is À PLANIFIER (ATE-4)."""
    match known_registration(active(client).places, registration_id):
        case Scheduled(workshop=current) if current == workshop:
            return [RegistrationDeferred(registration=registration_id, workshop=workshop, by_school=True)]
        case _:
            return []


def put_back_by_school(client: Client, registration_id: UUID, *, workshop: UUID, starts: datetime) -> Facts:
    """The workshop takes place after all: only who is still À PLANIFIER by its cancellation (ATE-5)."""
    match known_registration(active(client).places, registration_id):
        case ToSchedule(sale=sale) if sale.deferred_by_school == workshop:
            return [RegistrationRestored(registration=registration_id, workshop=workshop, starts=starts)]
        case _:
            return []


@dataclass(frozen=True)
class Whereabouts:
    """When and where a workshop takes place."""

    starts: datetime
    zone: str
    venue: UUID | None


def move_date(
    client: Client, registration_id: UUID, *, workshop: UUID, was: Whereabouts, now_at: Whereabouts
) -> Facts:
    """The workshop was moved: the registration follows it (ATE-10)."""
    match known_registration(active(client).places, registration_id):
        case Scheduled(workshop=current) if current == workshop:
            return [
                DateMoved(
                    registration=registration_id,
                    workshop=workshop,
                    starts=now_at.starts,
                    zone=now_at.zone,
                    venue=now_at.venue,
                    was_starts=was.starts,
                    was_zone=was.zone,
                    was_venue=was.venue,
                )
            ]
        case _:
            return []
