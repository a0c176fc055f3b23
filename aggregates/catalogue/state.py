"""What the catalogue says at a moment, one stream per activity, phase and venue, one for the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, get_args
from uuid import UUID, uuid5

from aggregates.catalogue.events import (
    ActivityAdded,
    ActivityChanged,
    ActivityDetails,
    ActivityFact,
    ActivityResumed,
    ActivityRetired,
    DiscountAdded,
    DiscountChanged,
    DiscountDetails,
    DiscountFact,
    DiscountRetired,
    PhaseAdded,
    PhaseFact,
    PhasePrice,
    SettingsChanged,
    VenueAdded,
    VenueFact,
)
from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.kernel import Aggregate, Fact, Money, Role, replace

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
    note: str | None = None
    retake_price_with_card: tuple[Money, ...] = ()
    roster_cap_per_day: tuple[Money, ...] = ()
    retired: bool = False
    """No longer sold; registrations keep it."""


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
    retired: bool = False
    """Chosen no more."""


@dataclass(frozen=True)
class Venue:
    """Where workshops are held."""

    name: str
    city: str
    country: str
    region: Region
    zone: str
    address: str | None
    note: str | None


MaybeActivity: TypeAlias = Nothing | Activity
MaybePhase: TypeAlias = Nothing | Phase
MaybeVenue: TypeAlias = Nothing | Venue
MaybeDiscount: TypeAlias = Nothing | Discount


def evolve_activity(activity: MaybeActivity, fact: ActivityFact) -> MaybeActivity:
    """The activity after the fact. Raises ValueError on a fact that this state can't meet."""
    match activity, fact:
        case Nothing(), ActivityAdded():
            return _activity(fact, retired=False)
        case Activity(retired=retired), ActivityChanged():
            return _activity(fact, retired=retired)
        case Activity(), ActivityRetired():
            return replace(activity, retired=True)
        case Activity(), ActivityResumed():
            return replace(activity, retired=False)
        case _:
            raise _stray(activity, fact)


def _activity(fact: ActivityDetails, *, retired: bool) -> Activity:
    return Activity(
        name=fact.name,
        category=fact.category,
        days=fact.days,
        prices=fact.prices,
        note=fact.note,
        retake_price_with_card=fact.retake_price_with_card,
        roster_cap_per_day=fact.roster_cap_per_day,
        retired=retired,
    )


def evolve_phase(phase: MaybePhase, fact: PhaseFact) -> MaybePhase:
    """The phase after the fact. Raises ValueError on a fact that this state can't meet."""
    if isinstance(phase, Nothing) is not isinstance(fact, PhaseAdded):
        raise _stray(phase, fact)
    return Phase(number=fact.number, name=fact.name, activities=fact.activities, prices=fact.prices)


def evolve_venue(venue: MaybeVenue, fact: VenueFact) -> MaybeVenue:
    """The venue after the fact. Raises ValueError on a fact that this state can't meet."""
    if isinstance(venue, Nothing) is not isinstance(fact, VenueAdded):
        raise _stray(venue, fact)
    return Venue(
        name=fact.name,
        city=fact.city,
        country=fact.country,
        region=fact.region,
        zone=fact.zone,
        address=fact.address,
        note=fact.note,
    )


def evolve_discount(discount: MaybeDiscount, fact: DiscountFact) -> MaybeDiscount:
    """The discount after the fact. Raises ValueError on a fact that this state can't meet."""
    match discount, fact:
        case Nothing(), DiscountAdded():
            return _discount(fact, retired=False)
        case Discount(retired=retired), DiscountChanged():
            return _discount(fact, retired=retired)
        case Discount(), DiscountRetired():
            return replace(discount, retired=True)
        case _:
            raise _stray(discount, fact)


def _discount(fact: DiscountDetails, *, retired: bool) -> Discount:
    return Discount(
        name=fact.name,
        percent=fact.percent,
        amounts=fact.amounts,
        proof_needed=fact.proof_needed,
        chosen_by=fact.chosen_by,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        retired=retired,
    )


def _stray(state: object, fact: Fact) -> ValueError:
    return ValueError(f"{fact.TOPIC} cannot follow {type(state).__name__}")


def evolve_settings(_settings: SchoolSettings, fact: SettingsChanged) -> SchoolSettings:
    return fact.settings


ACTIVITY: Aggregate[MaybeActivity] = Aggregate("activity", Nothing(), evolve_activity, get_args(ActivityFact))
PHASE: Aggregate[MaybePhase] = Aggregate("phase", Nothing(), evolve_phase, get_args(PhaseFact))
VENUE: Aggregate[MaybeVenue] = Aggregate("venue", Nothing(), evolve_venue, get_args(VenueFact))
DISCOUNT: Aggregate[MaybeDiscount] = Aggregate("discount", Nothing(), evolve_discount, get_args(DiscountFact))
SETTINGS: Aggregate[SchoolSettings] = Aggregate(
    "settings", SchoolSettings(), evolve_settings, (SettingsChanged,)
)
