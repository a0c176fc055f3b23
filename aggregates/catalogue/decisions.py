"""What may happen to the catalogue: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

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
    PhaseChanged,
    PhaseFact,
    SettingsChanged,
    VenueAdded,
    VenueChanged,
    VenueFact,
)
from aggregates.catalogue.policies import (
    card_price_in_every_currency,
    each_activity_once,
    known_activity,
    known_discount,
    known_phase,
    known_venue,
    known_zone,
    one_price_per_currency,
    prices_of_its_activities,
    validity_in_order,
)
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import (
    MaybeActivity,
    MaybeDiscount,
    MaybePhase,
    MaybeVenue,
    Nothing,
    evolve_activity,
    evolve_discount,
    evolve_phase,
    evolve_venue,
)


def add_activity(activity: MaybeActivity, wanted: ActivityAdded) -> Sequence[ActivityFact]:
    """Add an activity with its prices (CAT-1). Raises PriceTwice, CardPriceMissing."""
    if not isinstance(activity, Nothing):
        return []
    _well_priced(wanted)
    return [wanted]


def change_activity(activity: MaybeActivity, wanted: ActivityChanged) -> Sequence[ActivityFact]:
    """Describe an activity anew; invoices and registrations keep what they say (CAT-1).

    Raises NoSuchActivity, PriceTwice, CardPriceMissing.
    """
    current = known_activity(activity)
    _well_priced(wanted)
    return [] if evolve_activity(current, wanted) == current else [wanted]


def _well_priced(wanted: ActivityDetails) -> None:
    for prices in (wanted.prices, wanted.retake_price_with_card, wanted.roster_cap_per_day):
        one_price_per_currency(prices)
    card_price_in_every_currency(wanted.retake_price_with_card, wanted.prices)


def retire_activity(activity: MaybeActivity) -> Sequence[ActivityFact]:
    """Sell it no more; registrations keep it, their dates can still be chosen (CAT-1).

    Raises NoSuchActivity.
    """
    return [] if known_activity(activity).retired else [ActivityRetired()]


def resume_activity(activity: MaybeActivity) -> Sequence[ActivityFact]:
    """Sell it again (CAT-1). Raises NoSuchActivity."""
    return [ActivityResumed()] if known_activity(activity).retired else []


def add_discount(discount: MaybeDiscount, wanted: DiscountAdded) -> Sequence[DiscountFact]:
    """Add a discount (CAT-1). Raises PriceTwice, ValidityUnordered."""
    if not isinstance(discount, Nothing):
        return []
    _usable(wanted)
    return [wanted]


def change_discount(discount: MaybeDiscount, wanted: DiscountChanged) -> Sequence[DiscountFact]:
    """Describe a discount anew; what was sold with it keeps its price (CAT-1).

    Raises NoSuchDiscount, PriceTwice, ValidityUnordered.
    """
    current = known_discount(discount)
    _usable(wanted)
    return [] if evolve_discount(current, wanted) == current else [wanted]


def _usable(wanted: DiscountDetails) -> None:
    one_price_per_currency(wanted.amounts)
    validity_in_order(wanted.valid_from, wanted.valid_until)


def retire_discount(discount: MaybeDiscount) -> Sequence[DiscountFact]:
    """Let it be chosen no more (CAT-1). Raises NoSuchDiscount."""
    return [] if known_discount(discount).retired else [DiscountRetired()]


def add_phase(phase: MaybePhase, wanted: PhaseAdded) -> Sequence[PhaseFact]:
    """Add a phase (CAT-1). Raises ActivityTwice, PriceTwice, PriceOutsidePhase."""
    if not isinstance(phase, Nothing):
        return []
    each_activity_once(wanted.activities)
    prices_of_its_activities(wanted.activities, wanted.prices)
    return [wanted]


def change_phase(phase: MaybePhase, wanted: PhaseChanged) -> Sequence[PhaseFact]:
    """Describe a phase anew; who is enrolled keeps the activities bought (CAT-1).

    Raises NoSuchPhase, ActivityTwice, PriceTwice, PriceOutsidePhase.
    """
    current = known_phase(phase)
    each_activity_once(wanted.activities)
    prices_of_its_activities(wanted.activities, wanted.prices)
    return [] if evolve_phase(current, wanted) == current else [wanted]


def add_venue(venue: MaybeVenue, wanted: VenueAdded) -> Sequence[VenueFact]:
    """Add a venue (CAT-1). Raises UnknownZone."""
    if not isinstance(venue, Nothing):
        return []
    known_zone(wanted.zone)
    return [wanted]


def change_venue(venue: MaybeVenue, wanted: VenueChanged) -> Sequence[VenueFact]:
    """Describe a venue anew; planned workshops keep their zone and region (CAT-1).

    Raises NoSuchVenue, UnknownZone.
    """
    current = known_venue(venue)
    known_zone(wanted.zone)
    return [] if evolve_venue(current, wanted) == current else [wanted]


def hand_responsibilities_over(current: SchoolSettings, leaving: UUID) -> Sequence[SettingsChanged]:
    """What a leaving staff user was given falls to office, until it is given anew (STF-1)."""
    kept = {r: holder for r, holder in current.responsibilities.items() if holder != leaving}
    return change_settings(current, current.model_copy(update={"responsibilities": kept}))


def change_settings(current: SchoolSettings, wanted: SchoolSettings) -> Sequence[SettingsChanged]:
    """Set the school's settings anew. Raises UnknownZone."""
    known_zone(wanted.zone)
    return [] if wanted == current else [SettingsChanged(settings=wanted)]
