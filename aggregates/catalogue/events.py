"""Facts of the catalogue: activities, phases, venues and the school's settings."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Fact, Money


class Category(StrEnum):
    """Kinds of activity (requirements, Words)."""

    REGULAR = "regular"
    ETRE_BIEN = "etre_bien"
    COMPLEMENTARY = "complementary"


class Region(StrEnum):
    """Where a venue lies: decides terms and closing (INS-9, ATE-7)."""

    CANADA = "canada"
    EUROPE = "europe"
    ABROAD = "abroad"


class ActivityAdded(Fact):
    """An activity entered the catalogue (CAT-1)."""

    TOPIC: ClassVar[str] = "activity.added"
    VISIBLE: ClassVar[bool] = False

    name: str
    category: Category
    days: int
    prices: tuple[Money, ...]
    note: str | None


class PhaseAdded(Fact):
    """A phase is an ordered list of activities (CAT-1)."""

    TOPIC: ClassVar[str] = "phase.added"
    VISIBLE: ClassVar[bool] = False

    number: int
    name: str
    activities: tuple[UUID, ...]


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


class SettingsChanged(Fact):
    """The school's settings were set anew as a whole."""

    TOPIC: ClassVar[str] = "settings.changed"
    VISIBLE: ClassVar[bool] = False

    settings: SchoolSettings


ActivityFact = ActivityAdded
PhaseFact = PhaseAdded
VenueFact = VenueAdded
SettingsFact = SettingsChanged
