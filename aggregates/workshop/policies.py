"""Small predicates over a workshop, one per rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.catalogue.settings import Region
from aggregates.client.registrations.policies import GivenUp
from aggregates.workshop.events import Session
from aggregates.workshop.refusals import (
    NoSuchWorkshop,
    NotOnRoster,
    NotYetStarted,
    RetakeLimitAboveCapacity,
    RetakesFull,
    SessionsUnordered,
    WorkshopFull,
    WorkshopStarted,
)
from aggregates.workshop.state import Planned, Workshop


def planned(workshop: Workshop) -> Planned:
    """The planned workshop. Raises NoSuchWorkshop."""
    if not isinstance(workshop, Planned):
        raise NoSuchWorkshop
    return workshop


def checked_seats(workshop: Planned, registrations: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """The seats of these registrations: registration → client (LIS-2). Raises NotOnRoster."""
    for registration in registrations:
        if registration not in workshop.seats:
            raise NotOnRoster(registration=registration)
    return {registration: workshop.seats[registration].client for registration in registrations}


def a_seat_is_free(workshop: Planned, *, retake: bool) -> None:
    """Capacity counts everybody, of whom at most the retake limit are retakes (ATE-1, ATE-2)."""
    plan = workshop.plan
    if len(workshop.seats) >= plan.capacity:
        raise WorkshopFull(capacity=plan.capacity, organiser=plan.organiser)
    limit = plan.capacity if plan.retake_limit is None else plan.retake_limit
    if retake and workshop.retakes >= limit:
        raise RetakesFull(retake_limit=limit, organiser=plan.organiser)


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
