"""What the catalogue says at a moment, one stream per activity, phase and venue, one for the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID, uuid5

from aggregates.catalogue.events import (
    ActivityAdded,
    Category,
    PhaseAdded,
    Region,
    SettingsChanged,
    VenueAdded,
)
from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Aggregate, Money

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


@dataclass(frozen=True)
class Phase:
    """An ordered list of activities."""

    number: int
    name: str
    activities: tuple[UUID, ...]


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


def evolve_activity(_activity: MaybeActivity, fact: ActivityAdded) -> MaybeActivity:
    return Activity(name=fact.name, category=fact.category, days=fact.days, prices=fact.prices)


def evolve_phase(_phase: MaybePhase, fact: PhaseAdded) -> MaybePhase:
    return Phase(number=fact.number, name=fact.name, activities=fact.activities)


def evolve_venue(_venue: MaybeVenue, fact: VenueAdded) -> MaybeVenue:
    return Venue(name=fact.name, country=fact.country, region=fact.region, zone=fact.zone)


def evolve_settings(_settings: SchoolSettings, fact: SettingsChanged) -> SchoolSettings:
    return fact.settings


ACTIVITY: Aggregate[MaybeActivity] = Aggregate("activity", Nothing(), evolve_activity, (ActivityAdded,))
PHASE: Aggregate[MaybePhase] = Aggregate("phase", Nothing(), evolve_phase, (PhaseAdded,))
VENUE: Aggregate[MaybeVenue] = Aggregate("venue", Nothing(), evolve_venue, (VenueAdded,))
SETTINGS: Aggregate[SchoolSettings] = Aggregate(
    "settings", SchoolSettings(), evolve_settings, (SettingsChanged,)
)
