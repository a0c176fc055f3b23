"""Small predicates over phases, one per rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.client.phases.refusals import (
    AlreadyEnrolled,
    DonePlaceRestsOnIt,
    NoSuchEnrolment,
    PhaseGoesWhole,
    PlaceInPhase,
    RegistrationsInPhase,
)
from aggregates.client.phases.state import Enrolment
from aggregates.client.registrations.policies import FollowedBefore, followed_before, is_open
from aggregates.client.registrations.state import (
    Cancelled,
    Followed,
    Places,
    Registration,
    Scheduled,
    ToSchedule,
)
from aggregates.kernel import months_from

DONE_IN_PHASES = (1, 2)
"""Phases in which an activity followed within two years counts as done (INS-2)."""


WITH_LETTER = (1, 2)
"""Phases at whose end a letter goes (ATT-2)."""


def within_years(last_day: date, today: date, years: int) -> bool:
    """Followed on the day that many years ago, or later (INS-2)."""
    return last_day >= months_from(today, -12 * years)


def done_in_phase(
    followed: FollowedBefore | None, phase_number: int, *, now: datetime, zone: str, years: int
) -> bool:
    """In phases 1 and 2 an activity followed within two years counts as done (INS-2).

    The day of registering is that of the followed workshop's zone; `zone` is the school's.
    """
    if followed is None or phase_number not in DONE_IN_PHASES:
        return False
    today = now.astimezone(ZoneInfo(followed.zone or zone)).date()
    return within_years(followed.last_day, today, years)


def known_enrolment(places: Places, enrolment: UUID) -> Enrolment:
    """The enrolment. Raises NoSuchEnrolment."""
    try:
        return places.enrolments[enrolment]
    except KeyError:
        raise NoSuchEnrolment from None


class PlaceFate(StrEnum):
    """What became of a student's missing place (INS-14)."""

    GIVEN_UP = "given_up"
    """Its date was given up, then it was cancelled."""
    CANCELLED = "cancelled"
    NEVER_MADE = "never_made"


@dataclass(frozen=True)
class MissingPlace:
    """A place of a phase that the student neither has nor followed (INS-14)."""

    enrolment: Enrolment
    registration: Registration | None
    """The cancelled one; None when it was never made."""

    @property
    def fate(self) -> PlaceFate:
        if self.registration is None:
            return PlaceFate.NEVER_MADE
        return PlaceFate.GIVEN_UP if self.registration.sale.given_up else PlaceFate.CANCELLED


def is_student(places: Places, enrolment: Enrolment) -> bool:
    """An enrolment lasts as long as one of its places is open or followed (INS-14)."""
    return any(
        r.sale.enrolment == enrolment.id and not isinstance(r, Cancelled)
        for r in places.registrations.values()
    )


def missing_place(places: Places, activity: UUID) -> MissingPlace | None:
    """What became of the student's place for an activity never followed and not registered (INS-14)."""
    if followed_before(places, activity) is not None:
        return None
    registrations = [r for r in places.registrations.values() if r.sale.activity == activity]
    if any(is_open(r) for r in registrations):
        return None
    for enrolment in reversed(places.enrolments.values()):  # type: ignore[call-overload]
        if activity in enrolment.activities and is_student(places, enrolment):
            lost = [r for r in registrations if r.sale.enrolment == enrolment.id]
            return MissingPlace(enrolment, lost[-1] if lost else None)
    return None


def not_sold_outside_the_phase(places: Places, activity: UUID) -> None:
    """A student isn't sold a missing place of the phase à la carte: it is reopened (INS-14)."""
    missing = missing_place(places, activity)
    if missing is not None:
        lost = missing.registration
        raise PlaceInPhase(
            enrolment=missing.enrolment.id,
            registration=None if lost is None else lost.sale.id,
            fate=missing.fate,
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


def phase_is_over(places: Places, phase: UUID) -> None:
    """A phase is taken again once no place of it is open any more, and none is missing (INS-2, INS-14).

    Raises AlreadyEnrolled, PlaceInPhase.
    """
    if any(is_open(r) and r.sale.phase == phase for r in places.registrations.values()):
        raise AlreadyEnrolled
    for enrolment in places.enrolments.values():
        if enrolment.phase == phase:
            for activity in enrolment.activities:
                not_sold_outside_the_phase(places, activity)


def phases_go_whole(places: Places, gone: Collection[UUID]) -> None:
    """A phase is one purchase: by mistake or not, all its places stand or none (INS-10, INS-2).

    Raises PhaseGoesWhole.
    """
    enrolments = {r.sale.enrolment for id_, r in places.registrations.items() if id_ in gone} - {None}
    left = [
        id_
        for id_, r in places.without(gone).registrations.items()
        if r.sale.enrolment in enrolments and not isinstance(r, Cancelled)
    ]
    if left:
        raise PhaseGoesWhole(count=len(left))


def nothing_rests_on(places: Places, registration: UUID) -> None:
    """A registration that made a place of a phase count as done stays followed, while the phase lasts.

    INS-13, INS-2. Raises DonePlaceRestsOnIt.
    """
    lasting = (enrolment for enrolment in places.enrolments.values() if is_student(places, enrolment))
    if any(registration in enrolment.done.values() for enrolment in lasting):
        raise DonePlaceRestsOnIt


def phase_finished(places: Places, enrolment: Enrolment) -> bool:
    """Every activity of the phase is followed, on whatever invoice, also abroad (ATT-2)."""
    return all(followed_before(places, activity) is not None for activity in enrolment.activities)


def finishing_workshops_over(places: Places, enrolment: Enrolment, now: datetime) -> bool:
    """Each activity's first workshop followed is over; a later retake may still run (ATT-2)."""

    def first_end(activity: UUID) -> datetime | None:
        ends = [
            r.ends
            for r in places.registrations.values()
            if isinstance(r, Followed) and r.sale.activity == activity
        ]
        abroad = any(a.activity == activity for a in places.abroad.values())
        return None if abroad or not ends else min(ends)

    return all((end := first_end(activity)) is None or end <= now for activity in enrolment.activities)
