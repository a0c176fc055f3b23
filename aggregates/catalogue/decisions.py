"""What may happen to the catalogue: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.catalogue.events import ActivityAdded, DiscountAdded, PhaseAdded, SettingsChanged, VenueAdded
from aggregates.catalogue.policies import known_zone, one_price_per_currency, prices_of_its_activities
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import MaybeActivity, MaybeDiscount, MaybePhase, MaybeVenue, Nothing


def add_activity(activity: MaybeActivity, wanted: ActivityAdded) -> Sequence[ActivityAdded]:
    """Add an activity with its prices (CAT-1). Raises PriceTwice."""
    if not isinstance(activity, Nothing):
        return []
    for prices in (wanted.prices, wanted.retake_price_with_card, wanted.roster_cap_per_day):
        one_price_per_currency(prices)
    return [wanted]


def add_discount(discount: MaybeDiscount, wanted: DiscountAdded) -> Sequence[DiscountAdded]:
    """Add a discount (CAT-1). Raises PriceTwice."""
    if not isinstance(discount, Nothing):
        return []
    one_price_per_currency(wanted.amounts)
    return [wanted]


def add_phase(phase: MaybePhase, wanted: PhaseAdded) -> Sequence[PhaseAdded]:
    """Add a phase (CAT-1). Raises PriceTwice, PriceOutsidePhase."""
    if not isinstance(phase, Nothing):
        return []
    prices_of_its_activities(wanted.activities, wanted.prices)
    return [wanted]


def add_venue(venue: MaybeVenue, wanted: VenueAdded) -> Sequence[VenueAdded]:
    """Add a venue (CAT-1). Raises UnknownZone."""
    if not isinstance(venue, Nothing):
        return []
    known_zone(wanted.zone)
    return [wanted]


def change_settings(current: SchoolSettings, wanted: SchoolSettings) -> Sequence[SettingsChanged]:
    """Set the school's settings anew. Raises UnknownZone."""
    known_zone(wanted.zone)
    return [] if wanted == current else [SettingsChanged(settings=wanted)]
