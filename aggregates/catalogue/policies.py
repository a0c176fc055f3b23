"""Small predicates over the catalogue, one per rule."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import available_timezones

from aggregates.catalogue.refusals import NoSuchActivity, NoSuchVenue, PriceTwice, UnknownZone
from aggregates.catalogue.state import Activity, MaybeActivity, MaybeVenue, Venue
from aggregates.kernel import Money

_ZONES = frozenset(available_timezones())


def known_activity(activity: MaybeActivity) -> Activity:
    """The activity. Raises NoSuchActivity (CAT-1)."""
    if not isinstance(activity, Activity):
        raise NoSuchActivity
    return activity


def known_venue(venue: MaybeVenue) -> Venue:
    """The venue. Raises NoSuchVenue (CAT-1)."""
    if not isinstance(venue, Venue):
        raise NoSuchVenue
    return venue


def one_price_per_currency(prices: Sequence[Money]) -> None:
    """One price per currency, none below 0 (CAT-1)."""
    if len({p.currency for p in prices}) != len(prices) or any(p.minor < 0 for p in prices):
        raise PriceTwice


def known_zone(zone: str) -> None:
    """Times stand in a zone of the IANA database (CAT-1, ATE-1)."""
    if zone not in _ZONES:
        raise UnknownZone(zone=zone)
