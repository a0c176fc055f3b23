"""How the demo school opens: staff, settings and the catalogue, before the first client comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from aggregates.kernel import Money
from service.demo.acts import Act, AddActivity, AddPhase, AddStaff, AddVenue, ChangeSettings
from service.demo.school import School

_EVERY = timedelta(minutes=3)


def opening(data: School, begins: datetime) -> Iterator[Act]:
    """One act every few minutes; the first staff user is added by the system, all else by that user."""
    admin = f"staff/{data.staff[0].key}"
    at = begins
    for staff in data.staff:
        yield AddStaff(
            at=at,
            by=None if at == begins else admin,
            staff=f"staff/{staff.key}",
            name=staff.name,
            email=staff.email,
            roles=staff.roles,
            account=staff.account,
        )
        at += _EVERY
    yield ChangeSettings(at=at, by=admin, settings=data.settings)
    yield from _catalogue(data, admin, at + _EVERY)


def _catalogue(data: School, admin: str, at: datetime) -> Iterator[Act]:
    for activity in data.activities:
        yield AddActivity(
            at=at,
            by=admin,
            activity=f"activity/{activity.key}",
            name=activity.name,
            category=activity.category,
            days=activity.days,
            prices=tuple(
                Money(minor=minor, currency=currency) for currency, minor in activity.prices.items()
            ),
            note=activity.note,
        )
        at += _EVERY
    for phase in data.phases:
        yield AddPhase(
            at=at,
            by=admin,
            phase=f"phase/{phase.number}",
            number=phase.number,
            name=phase.name,
            activities=tuple(f"activity/{key}" for key in phase.activities),
        )
        at += _EVERY
    for venue in data.venues:
        yield AddVenue(
            at=at,
            by=admin,
            venue=f"venue/{venue.key}",
            name=venue.name,
            city=venue.city,
            country=venue.country,
            region=venue.region,
            zone=venue.zone,
            address=venue.address,
            note=venue.note,
        )
        at += _EVERY
