"""What the catalogue says at a moment, one stream per activity, phase and venue, one for the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID, uuid5

from aggregates.catalogue.events import (
    ActivityAdded,
    DiscountAdded,
    PhaseAdded,
    PhasePrice,
    SettingsChanged,
    VenueAdded,
)
from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.kernel import Aggregate, Money, Role

PORTAIL = UUID("6f2b7f0e-54a3-5c0c-9a8e-1d5b2f7c9e41")
"""Namespace of the singletons' ids."""
SETTINGS_ID = uuid5(PORTAIL, "settings")


@dataclass(frozen=True)
class Nothing:
    """Nothing known under this id."""


@dataclass(frozen=True)
class Activity:
    """What is taught."""

    name: str
    category: Category
    days: int
    prices: tuple[Money, ...]
    retake_price_with_card: tuple[Money, ...] = ()
    roster_cap_per_day: tuple[Money, ...] = ()


@dataclass(frozen=True)
class Phase:
    """An ordered list of activities."""

    number: int
    name: str
    activities: tuple[UUID, ...]
    prices: tuple[PhasePrice, ...] = ()


@dataclass(frozen=True)
class Discount:
    """What may be taken off a price (CAT-1)."""

    name: str
    percent: int | None
    amounts: tuple[Money, ...]
    proof_needed: bool
    chosen_by: tuple[Role, ...]
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True)
class Venue:
    """Where workshops are held."""

    name: str
    country: str
    region: Region
    zone: str


MaybeActivity: TypeAlias = Nothing | Activity
MaybePhase: TypeAlias = Nothing | Phase
MaybeVenue: TypeAlias = Nothing | Venue
MaybeDiscount: TypeAlias = Nothing | Discount


def evolve_activity(_activity: MaybeActivity, fact: ActivityAdded) -> MaybeActivity:
    return Activity(
        name=fact.name,
        category=fact.category,
        days=fact.days,
        prices=fact.prices,
        retake_price_with_card=fact.retake_price_with_card,
        roster_cap_per_day=fact.roster_cap_per_day,
    )


def evolve_phase(_phase: MaybePhase, fact: PhaseAdded) -> MaybePhase:
    return Phase(number=fact.number, name=fact.name, activities=fact.activities, prices=fact.prices)


def evolve_venue(_venue: MaybeVenue, fact: VenueAdded) -> MaybeVenue:
    return Venue(name=fact.name, country=fact.country, region=fact.region, zone=fact.zone)


def evolve_discount(_discount: MaybeDiscount, fact: DiscountAdded) -> MaybeDiscount:
    return Discount(
        name=fact.name,
        percent=fact.percent,
        amounts=fact.amounts,
        proof_needed=fact.proof_needed,
        chosen_by=fact.chosen_by,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
    )


def evolve_settings(_settings: SchoolSettings, fact: SettingsChanged) -> SchoolSettings:
    return fact.settings


ACTIVITY: Aggregate[MaybeActivity] = Aggregate("activity", Nothing(), evolve_activity, (ActivityAdded,))
PHASE: Aggregate[MaybePhase] = Aggregate("phase", Nothing(), evolve_phase, (PhaseAdded,))
VENUE: Aggregate[MaybeVenue] = Aggregate("venue", Nothing(), evolve_venue, (VenueAdded,))
DISCOUNT: Aggregate[MaybeDiscount] = Aggregate("discount", Nothing(), evolve_discount, (DiscountAdded,))
SETTINGS: Aggregate[SchoolSettings] = Aggregate(
    "settings", SchoolSettings(), evolve_settings, (SettingsChanged,)
)
