"""What may happen to a workshop: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.workshop.events import (
    AttendanceTicked,
    AttendanceUnticked,
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopFact,
    WorkshopPlanChanged,
    WorkshopPlanned,
)
from aggregates.workshop.policies import (
    a_seat_is_free,
    attendance_from_the_first_day,
    clients_only_before_the_start,
    planned,
    retake_limit_within_capacity,
    sessions_in_order,
)
from aggregates.workshop.refusals import AlreadyOnRoster, NotOnRoster
from aggregates.workshop.state import NotPlanned, Plan, Planned, Workshop

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
) -> Facts:
    """Plan a dated session of an activity (ATE-1). Raises SessionsUnordered, RetakeLimitAboveCapacity."""
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
        )
    ]


def change_plan(workshop: Workshop, details: Plan) -> Facts:
    """Change capacity, limit, people or notes; below what is taken nobody loses a place (ATE-1).

    Raises NoSuchWorkshop, RetakeLimitAboveCapacity.
    """
    current = planned(workshop)
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


def take_seat(
    workshop: Workshop,
    registration: UUID,
    *,
    client: UUID,
    retake: bool,
    now: datetime,
    by_staff: bool,
    invoice: UUID | None = None,
) -> Facts:
    """Take a seat, never one too many (ATE-2).

    Raises NoSuchWorkshop, AlreadyOnRoster, WorkshopStarted, WorkshopFull, RetakesFull.
    """
    current = planned(workshop)
    if registration in current.seats:
        return []
    if any(seat.client == client for seat in current.seats.values()):
        raise AlreadyOnRoster
    clients_only_before_the_start(current, now, by_staff=by_staff)
    a_seat_is_free(current, retake=retake)
    return [SeatTaken(registration=registration, client=client, retake=retake, invoice=invoice)]


def free_seat(workshop: Workshop, registration: UUID) -> Facts:
    """Give a seat back (INS-7). Raises NoSuchWorkshop."""
    current = planned(workshop)
    seat = current.seats.get(registration)
    return [] if seat is None else [SeatFreed(registration=registration, client=seat.client)]


def pass_seat(workshop: Workshop, registration: UUID, *, to: UUID, retake: bool, invoice: UUID) -> Facts:
    """Hand a seat to the registration that replaces this one, without freeing it (INS-11).

    Raises NoSuchWorkshop, NotOnRoster.
    """
    seat = planned(workshop).seats.get(registration)
    if seat is None:
        raise NotOnRoster(registration=registration)
    return [SeatPassed(registration=registration, to=to, client=seat.client, retake=retake, invoice=invoice)]


def tick(workshop: Workshop, registrations: Sequence[UUID], *, now: datetime) -> Facts:
    """Tick these present; those already ticked stay so (INS-13). Raises NotOnRoster, NotYetStarted."""
    current = planned(workshop)
    attendance_from_the_first_day(current, now)
    absent = _on_roster(current, registrations, present=False)
    return [AttendanceTicked(registrations=absent)] if absent else []


def untick(workshop: Workshop, registrations: Sequence[UUID]) -> Facts:
    """Take the ticks back, until closing (INS-13). Raises NotOnRoster."""
    present = _on_roster(planned(workshop), registrations, present=True)
    return [AttendanceUnticked(registrations=present)] if present else []


def _on_roster(workshop: Planned, registrations: Sequence[UUID], *, present: bool) -> tuple[UUID, ...]:
    for registration in registrations:
        if registration not in workshop.seats:
            raise NotOnRoster(registration=registration)
    return tuple(r for r in dict.fromkeys(registrations) if workshop.seats[r].present is present)
