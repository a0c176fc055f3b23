"""Facts of the catalogue: activities, phases, venues and the school's settings."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.kernel import Fact, Money, Role, Value


class ActivityDetails(Fact):
    """What the catalogue says of an activity (CAT-1)."""

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


class ActivityAdded(ActivityDetails):
    """An activity entered the catalogue (CAT-1)."""

    TOPIC: ClassVar[str] = "activity.added"


class ActivityChanged(ActivityDetails):
    """An activity was described anew as a whole; what was sold before keeps its price (CAT-1)."""

    TOPIC: ClassVar[str] = "activity.changed"


class ActivityRetired(Fact):
    """The activity is no longer sold; registrations keep it (CAT-1)."""

    TOPIC: ClassVar[str] = "activity.retired"
    VISIBLE: ClassVar[bool] = False


class ActivityResumed(Fact):
    """The activity is sold again (CAT-1)."""

    TOPIC: ClassVar[str] = "activity.resumed"
    VISIBLE: ClassVar[bool] = False


class PhasePrice(Value):
    """What one activity costs inside a phase (INS-2)."""

    activity: UUID
    price: Money


class PhaseDetails(Fact):
    """A phase is an ordered list of activities (CAT-1)."""

    VISIBLE: ClassVar[bool] = False

    number: int
    name: str
    activities: tuple[UUID, ...]
    prices: tuple[PhasePrice, ...] = ()
    """Where one lacks, the activity's own price holds."""


class PhaseAdded(PhaseDetails):
    """A phase entered the catalogue (CAT-1)."""

    TOPIC: ClassVar[str] = "phase.added"


class PhaseChanged(PhaseDetails):
    """A phase was described anew as a whole; who is enrolled keeps the activities bought (CAT-1)."""

    TOPIC: ClassVar[str] = "phase.changed"


class VenueDetails(Fact):
    """A place where workshops are held (CAT-1)."""

    VISIBLE: ClassVar[bool] = False

    name: str
    city: str
    country: str
    region: Region
    zone: str
    address: str | None
    note: str | None


class VenueAdded(VenueDetails):
    """A venue entered the catalogue (CAT-1)."""

    TOPIC: ClassVar[str] = "venue.added"


class VenueChanged(VenueDetails):
    """A venue was described anew as a whole; planned workshops keep zone and region (CAT-1)."""

    TOPIC: ClassVar[str] = "venue.changed"


class DiscountDetails(Fact):
    """A discount that may be chosen: a percentage, or an amount per currency (CAT-1)."""

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


class DiscountAdded(DiscountDetails):
    """A discount entered the catalogue (CAT-1)."""

    TOPIC: ClassVar[str] = "discount.added"


class DiscountChanged(DiscountDetails):
    """A discount was described anew as a whole; what was sold with it keeps its price (CAT-1)."""

    TOPIC: ClassVar[str] = "discount.changed"


class DiscountRetired(Fact):
    """The discount is chosen no more (CAT-1)."""

    TOPIC: ClassVar[str] = "discount.retired"
    VISIBLE: ClassVar[bool] = False


class SettingsChanged(Fact):
    """The school's settings were set anew as a whole."""

    TOPIC: ClassVar[str] = "settings.changed"
    REVISION: ClassVar[int] = 2
    VISIBLE: ClassVar[bool] = False

    settings: SchoolSettings


ActivityFact = ActivityAdded | ActivityChanged | ActivityRetired | ActivityResumed
PhaseFact = PhaseAdded | PhaseChanged
VenueFact = VenueAdded | VenueChanged
DiscountFact = DiscountAdded | DiscountChanged | DiscountRetired
