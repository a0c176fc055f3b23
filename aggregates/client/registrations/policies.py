"""Small predicates over registrations and phases, one per rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.client.registrations.events import Terms
from aggregates.client.registrations.refusals import (
    AlreadyRegistered,
    AlreadyToSchedule,
    NoSuchRegistration,
    NoteByStaffOnly,
    NoteNeeded,
    StartedForClients,
)
from aggregates.client.registrations.state import (
    Cancelled,
    Followed,
    Places,
    Registration,
    Scheduled,
    ToSchedule,
)
from aggregates.kernel import months_from

R = TypeVar("R", bound=Registration)


@dataclass(frozen=True)
class FollowedBefore:
    """Why a place is a retake: what was followed, and until which day in that workshop's zone (INS-3)."""

    registration: UUID
    last_day: date
    zone: str | None = None
    """Of that workshop; None is the school's."""


def is_open(registration: Registration) -> bool:
    """À PLANIFIER or INSCRIT (INS-12)."""
    return isinstance(registration, ToSchedule | Scheduled)


def known_registration(places: Places, registration: UUID) -> Registration:
    """The registration. Raises NoSuchRegistration."""
    try:
        return places.registrations[registration]
    except KeyError:
        raise NoSuchRegistration from None


def open_registration(places: Places, activity: UUID) -> ToSchedule | Scheduled | None:
    """The active registration for an activity: there is one at most (INS-12)."""
    for registration in places.registrations.values():
        if registration.sale.activity == activity and isinstance(registration, ToSchedule | Scheduled):
            return registration
    return None


def taken_off_by(places: Places, registration: UUID, workshop: UUID) -> bool:
    """Still À PLANIFIER since the school cancelled this workshop (ATE-5)."""
    found = places.registrations.get(registration)
    return isinstance(found, ToSchedule) and found.sale.deferred_by_school == workshop


def followed_before(places: Places, activity: UUID) -> FollowedBefore | None:
    """The last time the client followed the activity, abroad too: another one is a retake (INS-3, ATE-8)."""
    found = [
        FollowedBefore(r.sale.id, r.last_day, r.zone)
        for r in places.registrations.values()
        if isinstance(r, Followed) and r.sale.activity == activity
    ]
    found += [FollowedBefore(a.id, a.last_day) for a in places.abroad.values() if a.activity == activity]
    return max(found, key=lambda f: f.last_day, default=None)


def only_one_active_registration(places: Places, activity: UUID) -> None:
    """One active registration per client and activity; À PLANIFIER leads to choosing its date (INS-12)."""
    for registration in places.registrations.values():
        if registration.sale.activity == activity:
            if isinstance(registration, ToSchedule):
                raise AlreadyToSchedule(registration=registration.sale.id)
            if isinstance(registration, Scheduled):
                raise AlreadyRegistered(registration=registration.sale.id)


def taken_back(places: Places, invoice: UUID) -> list[Cancelled]:
    """What was sold on that invoice by mistake and ended as such (INS-10)."""
    return [
        r
        for r in places.registrations.values()
        if isinstance(r, Cancelled) and r.by_mistake and r.sale.invoice == invoice
    ]


def note_from_staff(note: str | None, *, by_staff: bool) -> None:
    """Staff cancel with a note on the invoice, asked first; it is the school's, not the client's (INS-8).

    Raises NoteNeeded, NoteByStaffOnly.
    """
    if by_staff and note is None:
        raise NoteNeeded
    if not by_staff and note is not None:
        raise NoteByStaffOnly


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
    first_day = months_from(date_.starts.astimezone(zone).date(), -terms.late_months)
    return now.astimezone(zone).date() >= first_day
