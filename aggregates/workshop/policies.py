"""Small predicates over a workshop, one per rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.catalogue.settings import Region
from aggregates.client.registrations.policies import GivenUp
from aggregates.staff.policies import works_at_workshops
from aggregates.staff.state import Staff
from aggregates.workshop.closing.state import Stage
from aggregates.workshop.events import Session
from aggregates.workshop.refusals import (
    MovedToPast,
    NoSuchWorkshop,
    NotOnRoster,
    NotStaff,
    NotYetStarted,
    RetakeLimitAboveCapacity,
    RosterIsHandedOver,
    SessionsUnordered,
    WorkshopBegun,
    WorkshopFollowed,
    WorkshopIsCancelled,
    WorkshopIsClosed,
    WorkshopOver,
    WorkshopStarted,
)
from aggregates.workshop.state import CancelledWorkshop, NotPlanned, Planned, Workshop


def known_workshop(workshop: Workshop) -> Planned | CancelledWorkshop:
    """The workshop, whether it takes place or not. Raises NoSuchWorkshop."""
    if isinstance(workshop, NotPlanned):
        raise NoSuchWorkshop
    return workshop


def planned(workshop: Workshop) -> Planned:
    """The workshop that takes place. Raises NoSuchWorkshop, WorkshopIsCancelled."""
    found = known_workshop(workshop)
    if isinstance(found, CancelledWorkshop):
        raise WorkshopIsCancelled
    return found


def not_closed(workshop: Workshop) -> Planned:
    """A workshop that is not LECTURE SEULE (ATE-6).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed.
    """
    found = planned(workshop)
    if is_closed(found):
        raise WorkshopIsClosed
    return found


def is_closed(workshop: Planned) -> bool:
    """LECTURE SEULE (ATE-6)."""
    return workshop.closing.stage is Stage.CLOSED


def roster_open(workshop: Workshop, *, verifies: bool) -> Planned:
    """A workshop whose roster this person may still change: once handed over, who verifies it (ATE-7).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, RosterIsHandedOver.
    """
    found = not_closed(workshop)
    if found.closing.stage is Stage.HANDED_OVER and not verifies:
        raise RosterIsHandedOver
    return found


def not_begun(workshop: Planned, now: datetime) -> None:
    """Once started, a workshop is neither moved nor restored (ATE-5, ATE-10)."""
    if now >= workshop.starts:
        raise WorkshopBegun(starts=workshop.starts)


def not_into_the_past(sessions: Sequence[Session], now: datetime) -> None:
    """Nobody can follow a workshop to a date that is over (ATE-10)."""
    if now >= sessions[0].starts:
        raise MovedToPast(starts=sessions[0].starts)


def still_to_come(sessions: Sequence[Session], now: datetime) -> None:
    """What began in another system is no date to plan here (IMP-1)."""
    if sessions and now >= sessions[0].starts:
        raise WorkshopOver(starts=sessions[0].starts)


def nobody_followed(workshop: Planned) -> None:
    """A workshop with a SUIVI registration took place (ATE-4)."""
    present = sum(seat.present for seat in workshop.seats.values())
    if present:
        raise WorkshopFollowed(count=present)


def begun(workshop: Planned, now: datetime) -> None:
    """Absences and closing come after the start (ATE-7)."""
    if now < workshop.starts:
        raise NotYetStarted(starts=workshop.starts)


def checked_seats(workshop: Planned, registrations: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """The seats of these registrations: registration → client (LIS-2). Raises NotOnRoster."""
    for registration in registrations:
        if registration not in workshop.seats:
            raise NotOnRoster(registration=registration)
    return {registration: workshop.seats[registration].client for registration in registrations}


def clients_only_before_the_start(workshop: Planned, now: datetime, *, by_staff: bool) -> None:
    """Staff register until closing, clients only before the start (INS-15)."""
    if not by_staff and now >= workshop.starts:
        raise WorkshopStarted(starts=workshop.starts)


def attendance_from_the_first_day(workshop: Planned, now: datetime) -> None:
    """Nobody was present before the first day, in the workshop's zone (INS-13)."""
    zone = ZoneInfo(workshop.zone)
    if now.astimezone(zone).date() < workshop.starts.astimezone(zone).date():
        raise NotYetStarted(starts=workshop.starts)


def as_given_up(workshop: Planned) -> GivenUp:
    """The date as the cancellation terms look at it (INS-9)."""
    return GivenUp(workshop.starts, workshop.zone, in_person_in_europe=workshop.region is Region.EUROPE)


def last_day(workshop: Planned) -> date:
    """Its last day in its own zone: the two years of INS-2 count from it."""
    return workshop.ends.astimezone(ZoneInfo(workshop.zone)).date()


def sessions_in_order(sessions: Sequence[Session]) -> None:
    """At least one session, each after the one before (ATE-1)."""
    if not sessions or any(s.ends <= s.starts for s in sessions):
        raise SessionsUnordered
    if any(after.starts < before.ends for before, after in pairwise(sessions)):
        raise SessionsUnordered


def retake_limit_within_capacity(capacity: int, retake_limit: int | None) -> None:
    """Retake limit 0 = none, never above capacity; no limit = equal to capacity (ATE-1)."""
    if retake_limit is not None and retake_limit > capacity:
        raise RetakeLimitAboveCapacity(capacity=capacity, retake_limit=retake_limit)


def staff_at_workshops(people: Mapping[UUID, Staff]) -> None:
    """Organiser and trainers are of the school (ATE-1). Raises NotStaff."""
    others = tuple(person for person, staff in people.items() if not works_at_workshops(staff))
    if others:
        raise NotStaff(people=others)
