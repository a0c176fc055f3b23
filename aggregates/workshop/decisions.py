"""What may happen to a workshop: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.workshop.events import (
    AssistantDismissed,
    AssistantNamed,
    AttendanceTicked,
    AttendanceUnticked,
    PlacesHandedOver,
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopCancelled,
    WorkshopFact,
    WorkshopMoved,
    WorkshopPlanChanged,
    WorkshopPlanned,
    WorkshopRestored,
)
from aggregates.workshop.policies import (
    attendance_from_the_first_day,
    clients_only_before_the_start,
    is_closed,
    known_workshop,
    nobody_followed,
    not_begun,
    not_closed,
    not_into_the_past,
    planned,
    retake_limit_within_capacity,
    roster_open,
    sessions_in_order,
)
from aggregates.workshop.refusals import AlreadyOnRoster, NotOnRoster, WorkshopIsClosed
from aggregates.workshop.state import CancelledWorkshop, NotPlanned, Plan, Planned, Workshop
from aggregates.workshop.waiting.events import WaitingListLeft
from aggregates.workshop.waiting.policies import a_seat_is_free, holds_now

Facts = Sequence[WorkshopFact]


def plan(
    workshop: Workshop,
    *,
    activity: UUID,
    venue: UUID | None,
    zone: str,
    sessions: Sequence[Session],
    details: Plan,
    region: Region | None = None,
    independent: bool = False,
    taken_over: bool = False,
) -> Facts:
    """Plan a dated session of an activity (ATE-1); `taken_over`: another system had it (IMP-1).

    Raises SessionsUnordered, RetakeLimitAboveCapacity.
    """
    if not isinstance(workshop, NotPlanned):
        return []
    sessions_in_order(sessions)
    retake_limit_within_capacity(details.capacity, details.retake_limit)
    return [
        WorkshopPlanned(
            activity=activity,
            venue=venue,
            zone=zone,
            sessions=tuple(sessions),
            organiser=details.organiser,
            trainers=details.trainers,
            capacity=details.capacity,
            retake_limit=details.retake_limit,
            place_note=details.place_note,
            practical_note=details.practical_note,
            region=region,
            independent=independent,
            taken_over=taken_over,
        )
    ]


def change_plan(workshop: Workshop, details: Plan) -> Facts:
    """Change capacity, limit, people or notes; below what is taken nobody loses a place (ATE-1).

    A cancelled workshop too, to be restored with another plan (ATE-5). Raises NoSuchWorkshop,
    WorkshopIsClosed, RetakeLimitAboveCapacity.
    """
    current = known_workshop(workshop)
    if isinstance(current, Planned) and is_closed(current):
        raise WorkshopIsClosed
    retake_limit_within_capacity(details.capacity, details.retake_limit)
    if details == current.plan:
        return []
    return [
        WorkshopPlanChanged(
            organiser=details.organiser,
            trainers=details.trainers,
            capacity=details.capacity,
            retake_limit=details.retake_limit,
            place_note=details.place_note,
            practical_note=details.practical_note,
        )
    ]


def name_assistant(workshop: Workshop, client: UUID) -> Facts:
    """A client helps there, in the roster's header and without a seat (LIS-1).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed.
    """
    return [] if client in not_closed(workshop).assistants else [AssistantNamed(client=client)]


def dismiss_assistant(workshop: Workshop, client: UUID) -> Facts:
    """The client does not help there after all (LIS-1).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed.
    """
    return [AssistantDismissed(client=client)] if client in not_closed(workshop).assistants else []


def take_seat(
    workshop: Workshop,
    registration: UUID,
    *,
    client: UUID,
    retake: bool,
    now: datetime,
    by_staff: bool,
    verifies: bool = False,
    invoice: UUID | None = None,
) -> Facts:
    """Take a seat, never one too many; one held or offered to the client becomes theirs (ATE-2, FAC-1).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver, AlreadyOnRoster,
    WorkshopStarted, WorkshopFull, RetakesFull.
    """
    current = roster_open(workshop, verifies=verifies)
    if registration in current.seats:
        return []
    if any(seat.client == client for seat in current.seats.values()):
        raise AlreadyOnRoster
    held = current.waiting.holds.get(registration)
    if held is None or not holds_now(held, now):
        clients_only_before_the_start(current, now, by_staff=by_staff)
    a_seat_is_free(current, client, retake=retake, now=now)
    return [SeatTaken(registration=registration, client=client, retake=retake, invoice=invoice)]


def free_seat(workshop: Workshop, registration: UUID, *, verifies: bool = False) -> Facts:
    """Give a seat back (INS-7).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver.
    """
    seat = roster_open(workshop, verifies=verifies).seats.get(registration)
    return [] if seat is None else [SeatFreed(registration=registration, client=seat.client)]


def hand_places_over(workshop: Workshop, client: UUID, to: UUID) -> Facts:
    """Two dossiers became one: what the client has here is the other one's (DOS-5).

    Also in a workshop that is closed or cancelled. Who has a seat waits for none; of two who wait the first
    in the list stays. Raises NoSuchWorkshop.
    """
    known = known_workshop(workshop)
    current = known.was if isinstance(known, CancelledWorkshop) else known
    entries, seats = current.waiting.entries, current.seats.values()
    had = {seat.client for seat in seats} | {hold.client for hold in current.waiting.holds.values()}
    had |= {absent.client for absent in current.closing.absents.values()}
    if client not in had | entries.keys():
        return []
    waiting = [c for c in entries if c in (client, to)] if known is current else []
    seated = any(seat.client in (client, to) for seat in seats)
    left = waiting if seated else waiting[1:]
    handed = [PlacesHandedOver(client=client, to=to)] if client in had | (entries.keys() - set(left)) else []
    return [*(WaitingListLeft(client=c) for c in left), *handed]


def pass_seat(
    workshop: Workshop,
    registration: UUID,
    *,
    to: UUID,
    retake: bool,
    invoice: UUID,
    now: datetime,
    verifies: bool = False,
) -> Facts:
    """Hand a seat to the registration that replaces this one, without freeing it (INS-10, INS-11).

    One that becomes a retake's needs room within their limit (ATE-1). Raises NoSuchWorkshop,
    WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver, NotOnRoster, RetakesFull.
    """
    current = roster_open(workshop, verifies=verifies)
    seat = current.seats.get(registration)
    if seat is None:
        raise NotOnRoster(registration=registration)
    a_seat_is_free(current, seat.client, retake=retake, now=now)
    return [SeatPassed(registration=registration, to=to, client=seat.client, retake=retake, invoice=invoice)]


def tick(
    workshop: Workshop, registrations: Sequence[UUID], *, now: datetime, verifies: bool = False
) -> Facts:
    """Tick these present; those already ticked stay so (INS-13).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver, NotOnRoster,
    NotYetStarted.
    """
    current = roster_open(workshop, verifies=verifies)
    attendance_from_the_first_day(current, now)
    absent = _on_roster(current, registrations, present=False)
    return [AttendanceTicked(registrations=absent)] if absent else []


def untick(workshop: Workshop, registrations: Sequence[UUID], *, verifies: bool = False) -> Facts:
    """Take the ticks back, until closing (INS-13).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver, NotOnRoster.
    """
    current = roster_open(workshop, verifies=verifies)
    present = _on_roster(current, registrations, present=True)
    return [AttendanceUnticked(registrations=present)] if present else []


def move(
    workshop: Workshop,
    *,
    sessions: Sequence[Session],
    zone: str,
    venue: UUID | None,
    region: Region | None,
    now: datetime,
) -> Facts:
    """Another date, time or place before the start; registrations stay (ATE-10).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopBegun, SessionsUnordered, MovedToPast.
    """
    current = planned(workshop)
    sessions_in_order(sessions)
    if (tuple(sessions), zone, venue) == (current.sessions, current.zone, current.venue):
        return []
    not_begun(current, now)
    not_into_the_past(sessions, now)
    return [
        WorkshopMoved(
            venue=venue,
            zone=zone,
            sessions=tuple(sessions),
            region=region,
            was_venue=current.venue,
            was_zone=current.zone,
            was_sessions=current.sessions,
        )
    ]


def cancel(workshop: Workshop, *, reason: str) -> Facts:
    """SUPPRIMER: all on the roster lose their date, all on the waiting list their wait (ATE-4).

    Raises NoSuchWorkshop, WorkshopIsClosed, RosterIsHandedOver, WorkshopFollowed.
    """
    if isinstance(workshop, CancelledWorkshop):
        return []
    current = roster_open(workshop, verifies=False)
    nobody_followed(current)
    return [
        WorkshopCancelled(
            reason=reason, registrations=tuple(current.seats), waiting=tuple(current.waiting.entries)
        )
    ]


def restore(workshop: Workshop, *, still_off: Collection[UUID], now: datetime) -> Facts:
    """« Restaurer l'atelier et enregistrer », before its start (ATE-5).

    `still_off`: registrations À PLANIFIER by this cancellation. They come back in the order in which they
    had their seats, retakes within their limit, while seats fit. Raises NoSuchWorkshop, WorkshopBegun.
    """
    current = known_workshop(workshop)
    if isinstance(current, Planned):
        return []
    not_begun(current.was, now)
    plan, back, retakes = current.plan, list[UUID](), 0
    for registration, seat in current.was.seats.items():
        fits = len(back) < plan.capacity and not (seat.retake and retakes >= plan.most_retakes)
        if registration in still_off and fits:
            back.append(registration)
            retakes += seat.retake
    rest = [registration for registration in current.was.seats if registration not in back]
    return [
        WorkshopRestored(
            back=tuple(back),
            moved_on=tuple(r for r in rest if r not in still_off),
            no_seat=tuple(r for r in rest if r in still_off),
        )
    ]


def _on_roster(workshop: Planned, registrations: Sequence[UUID], *, present: bool) -> tuple[UUID, ...]:
    for registration in registrations:
        if registration not in workshop.seats:
            raise NotOnRoster(registration=registration)
    return tuple(r for r in dict.fromkeys(registrations) if workshop.seats[r].present is present)
