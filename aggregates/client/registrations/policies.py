"""Small predicates over registrations and phases, one per rule."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.client.registrations.events import Terms
from aggregates.client.registrations.refusals import (
    AlreadyEnrolled,
    AlreadyRegistered,
    AlreadyToSchedule,
    NoSuchEnrolment,
    NoSuchRegistration,
    PlaceInPhase,
    RegistrationsInPhase,
    StartedForClients,
)
from aggregates.client.registrations.state import (
    Cancelled,
    Enrolment,
    Followed,
    Places,
    Registration,
    Scheduled,
    ToSchedule,
)

R = TypeVar("R", bound=Registration)
DONE_IN_PHASES = (1, 2)
"""Phases in which an activity followed within two years counts as done (INS-2)."""


@dataclass(frozen=True)
class FollowedBefore:
    """Why a place is a retake: what was followed, and until which day in that workshop's zone (INS-3)."""

    registration: UUID
    last_day: date


def is_open(registration: Registration) -> bool:
    """À PLANIFIER or INSCRIT (INS-12)."""
    return isinstance(registration, ToSchedule | Scheduled)


def known_registration(places: Places, registration: UUID) -> Registration:
    """The registration. Raises NoSuchRegistration."""
    try:
        return places.registrations[registration]
    except KeyError:
        raise NoSuchRegistration from None


def known_enrolment(places: Places, enrolment: UUID) -> Enrolment:
    """The enrolment. Raises NoSuchEnrolment."""
    try:
        return places.enrolments[enrolment]
    except KeyError:
        raise NoSuchEnrolment from None


def followed_before(places: Places, activity: UUID) -> FollowedBefore | None:
    """The last time the client followed the activity, abroad too: another one is a retake (INS-3, ATE-8)."""
    found = [
        FollowedBefore(r.sale.id, r.last_day)
        for r in places.registrations.values()
        if isinstance(r, Followed) and r.sale.activity == activity
    ]
    found += [FollowedBefore(a.id, a.last_day) for a in places.abroad.values() if a.activity == activity]
    return max(found, key=lambda f: f.last_day, default=None)


def months_before(day: date, months: int) -> date:
    """The same day of the month that many months before, or that month's last (INS-2, INS-9)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def within_years(last_day: date, today: date, years: int) -> bool:
    """Followed on the day that many years ago, or later (INS-2)."""
    return last_day >= months_before(today, 12 * years)


def only_one_active_registration(places: Places, activity: UUID) -> None:
    """One active registration per client and activity; À PLANIFIER leads to choosing its date (INS-12)."""
    for registration in places.registrations.values():
        if registration.sale.activity == activity:
            if isinstance(registration, ToSchedule):
                raise AlreadyToSchedule(registration=registration.sale.id)
            if isinstance(registration, Scheduled):
                raise AlreadyRegistered(registration=registration.sale.id)


@dataclass(frozen=True)
class MissingPlace:
    """A place of a phase that the student neither has nor followed (INS-14)."""

    enrolment: Enrolment
    registration: Registration | None
    """The cancelled one; None when it was never made."""


def missing_place(places: Places, activity: UUID) -> MissingPlace | None:
    """What became of the student's place for an activity never followed and not registered (INS-14)."""
    if followed_before(places, activity) is not None:
        return None
    registrations = [r for r in places.registrations.values() if r.sale.activity == activity]
    if any(is_open(r) for r in registrations):
        return None
    for enrolment in reversed(places.enrolments.values()):  # type: ignore[call-overload]
        if activity in enrolment.activities:
            lost = [r for r in registrations if r.sale.enrolment == enrolment.id]
            return MissingPlace(enrolment, lost[-1] if lost else None)
    return None


def not_sold_outside_the_phase(places: Places, activity: UUID) -> None:
    """A student isn't sold a missing place of the phase à la carte: it is reopened (INS-14)."""
    missing = missing_place(places, activity)
    if missing is not None:
        lost = missing.registration
        raise PlaceInPhase(
            enrolment=missing.enrolment.id, registration=None if lost is None else lost.sale.id
        )


def open_a_la_carte(places: Places, activities: Iterable[UUID]) -> list[ToSchedule | Scheduled]:
    """Open registrations à la carte for activities of a phase (INS-11)."""
    within = set(activities)
    return [
        r
        for r in places.registrations.values()
        if isinstance(r, ToSchedule | Scheduled) and r.sale.activity in within and r.sale.enrolment is None
    ]


def no_a_la_carte_left(places: Places, activities: Iterable[UUID]) -> None:
    """Who holds places of the phase à la carte goes the guided way from these to the phase (INS-11)."""
    held = open_a_la_carte(places, activities)
    if held:
        raise RegistrationsInPhase(count=len(held))


def no_place_of_the_phase_open(places: Places, phase: UUID) -> None:
    """A phase is taken again once no place of it is open any more (INS-2, INS-12)."""
    if any(is_open(r) and r.sale.phase == phase for r in places.registrations.values()):
        raise AlreadyEnrolled


def not_started_for_clients(starts: datetime, now: datetime, *, by_staff: bool) -> None:
    """Clients defer, move or cancel until the start; after it, staff only (INS-8)."""
    if not by_staff and now >= starts:
        raise StartedForClients(starts=starts)


@dataclass(frozen=True)
class GivenUp:
    """The date that is given up, as the terms look at it (INS-9)."""

    starts: datetime
    zone: str
    in_person_in_europe: bool


def deposit_lost(terms: Terms | None, date_: GivenUp, now: datetime) -> bool:
    """Whether giving this date up now loses the deposit (INS-9).

    Within one month before the start, that day included, on the clocks of the workshop's zone: every
    workshop in person in Europe; everywhere ÊTRE BIEN and two-day workshops. After the start too.
    """
    if terms is None or not (date_.in_person_in_europe or terms.deposit_lost_everywhere):
        return False
    zone = ZoneInfo(date_.zone)
    first_day = months_before(date_.starts.astimezone(zone).date(), terms.late_months)
    return now.astimezone(zone).date() >= first_day


def phase_finished(places: Places, enrolment: Enrolment) -> bool:
    """Every activity of the phase is followed, on whatever invoice, also abroad (ATT-2)."""
    return all(followed_before(places, activity) is not None for activity in enrolment.activities)


def would_finish(places: Places, enrolment: Enrolment, registration: Registration) -> bool:
    """« 9e atelier: phase terminée »: all other activities of the phase are followed (ATT-2)."""
    if registration.sale.activity not in enrolment.activities or isinstance(registration, Cancelled):
        return False
    others = (a for a in enrolment.activities if a != registration.sale.activity)
    return all(followed_before(places, activity) is not None for activity in others)
