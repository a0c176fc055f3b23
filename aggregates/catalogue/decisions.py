"""What may happen to the catalogue: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.catalogue.events import ActivityAdded, PhaseAdded, SettingsChanged, VenueAdded
from aggregates.catalogue.policies import known_zone, one_price_per_currency
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import MaybeActivity, MaybePhase, MaybeVenue, Nothing


def add_activity(activity: MaybeActivity, wanted: ActivityAdded) -> Sequence[ActivityAdded]:
    """Add an activity with its prices (CAT-1). Raises PriceTwice."""
    if not isinstance(activity, Nothing):
        return []
    one_price_per_currency(wanted.prices)
    return [wanted]


def add_phase(phase: MaybePhase, wanted: PhaseAdded) -> Sequence[PhaseAdded]:
    """Add a phase (CAT-1)."""
    return [wanted] if isinstance(phase, Nothing) else []


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
