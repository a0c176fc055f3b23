"""Facts of the catalogue: activities, phases, venues and the school's settings."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.kernel import Fact, Money, Role, Value


class ActivityAdded(Fact):
    """An activity entered the catalogue (CAT-1)."""

    TOPIC: ClassVar[str] = "activity.added"
    VISIBLE: ClassVar[bool] = False

    name: str
    category: Category
    days: int
    prices: tuple[Money, ...]
    note: str | None
    retake_price_with_card: tuple[Money, ...] = ()
    """What a retake costs a card holder, where it isn't free: phase 3 as observer (INS-3)."""
    roster_cap_per_day: tuple[Money, ...] = ()
    """Most that the roster of an independent ÊTRE BIEN may take in per day and participant (FAC-5)."""


class PhasePrice(Value):
    """What one activity costs inside a phase (INS-2)."""

    activity: UUID
    price: Money


class PhaseAdded(Fact):
    """A phase is an ordered list of activities (CAT-1)."""

    TOPIC: ClassVar[str] = "phase.added"
    VISIBLE: ClassVar[bool] = False

    number: int
    name: str
    activities: tuple[UUID, ...]
    prices: tuple[PhasePrice, ...] = ()
    """Where one lacks, the activity's own price holds."""


class VenueAdded(Fact):
    """A place where workshops are held (CAT-1)."""

    TOPIC: ClassVar[str] = "venue.added"
    VISIBLE: ClassVar[bool] = False

    name: str
    city: str
    country: str
    region: Region
    zone: str
    address: str | None
    note: str | None


class DiscountAdded(Fact):
    """A discount that may be chosen: a percentage, or an amount per currency (CAT-1)."""

    TOPIC: ClassVar[str] = "discount.added"
    VISIBLE: ClassVar[bool] = False

    name: str
    percent: int | None
    amounts: tuple[Money, ...]
    proof_needed: bool
    chosen_by: tuple[Role, ...]
    """Who may choose it."""
    valid_from: date | None
    """In the school's zone, this day included."""
    valid_until: date | None
    """This day included."""


class SettingsChanged(Fact):
    """The school's settings were set anew as a whole."""

    TOPIC: ClassVar[str] = "settings.changed"
    REVISION: ClassVar[int] = 2
    VISIBLE: ClassVar[bool] = False

    settings: SchoolSettings


ActivityFact = ActivityAdded
PhaseFact = PhaseAdded
VenueFact = VenueAdded
DiscountFact = DiscountAdded
SettingsFact = SettingsChanged
