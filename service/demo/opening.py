"""How the demo school opens: staff, settings and the catalogue, before the first client comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from aggregates.kernel import Currency, Money
from service.demo.acts import (
    Act,
    AddActivity,
    AddDiscount,
    AddPhase,
    AddStaff,
    AddVenue,
    ChangeSettings,
    PhasePrice,
)
from service.demo.school import PhaseRow, School

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
            regions=staff.regions,
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
            prices=_amounts(activity.prices),
            note=activity.note,
            retake_price_with_card=_amounts(activity.retake_price_with_card),
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
            prices=tuple(_phase_prices(data, phase)),
        )
        at += _EVERY
    for discount in data.discounts:
        yield AddDiscount(
            at=at,
            by=admin,
            discount=f"discount/{discount.key}",
            name=discount.name,
            percent=discount.percent,
            amounts=_amounts(discount.amounts),
            proof_needed=discount.proof_needed,
            chosen_by=discount.chosen_by,
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


def _amounts(minor: Mapping[Currency, int]) -> tuple[Money, ...]:
    return tuple(Money(minor=amount, currency=currency) for currency, amount in minor.items())


def _phase_prices(data: School, phase: PhaseRow) -> Iterator[PhasePrice]:
    days = {activity.key: activity.days for activity in data.activities}
    for key in phase.activities:
        minor = phase.price_of_days.get(days[key])
        if minor is not None:
            for currency in Currency:
                yield PhasePrice(f"activity/{key}", Money(minor=minor, currency=currency))
