"""Small predicates over the catalogue, one per rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import available_timezones

from aggregates.catalogue.events import PhasePrice
from aggregates.catalogue.refusals import (
    ActivityNoLongerSold,
    ActivityTwice,
    CardPriceMissing,
    NoSuchActivity,
    NoSuchDiscount,
    NoSuchPhase,
    NoSuchVenue,
    PriceOutsidePhase,
    PriceTwice,
    UnknownZone,
    ValidityUnordered,
)
from aggregates.catalogue.state import (
    Activity,
    Discount,
    MaybeActivity,
    MaybeDiscount,
    MaybePhase,
    MaybeVenue,
    Phase,
    Venue,
)
from aggregates.kernel import Money

_ZONES = frozenset(available_timezones())


def known_activity(activity: MaybeActivity) -> Activity:
    """The activity. Raises NoSuchActivity (CAT-1)."""
    if not isinstance(activity, Activity):
        raise NoSuchActivity
    return activity


def on_sale(activity: MaybeActivity) -> Activity:
    """The activity, if it is still sold. Raises NoSuchActivity, ActivityNoLongerSold (CAT-1)."""
    known = known_activity(activity)
    if known.retired:
        raise ActivityNoLongerSold(activity=known.name)
    return known


def known_venue(venue: MaybeVenue) -> Venue:
    """The venue. Raises NoSuchVenue (CAT-1)."""
    if not isinstance(venue, Venue):
        raise NoSuchVenue
    return venue


def known_discount(discount: MaybeDiscount) -> Discount:
    """The discount. Raises NoSuchDiscount (CAT-4)."""
    if not isinstance(discount, Discount):
        raise NoSuchDiscount
    return discount


def known_phase(phase: MaybePhase) -> Phase:
    """The phase. Raises NoSuchPhase (CAT-1)."""
    if not isinstance(phase, Phase):
        raise NoSuchPhase
    return phase


def one_price_per_currency(prices: Sequence[Money]) -> None:
    """One price per currency, none below 0 (CAT-1)."""
    if len({p.currency for p in prices}) != len(prices) or any(p.minor < 0 for p in prices):
        raise PriceTwice


def card_price_in_every_currency(with_card: Sequence[Money], prices: Sequence[Money]) -> None:
    """Once a retake with the card costs something, it does in every currency sold (INS-3, CAT-2).

    Raises CardPriceMissing.
    """
    missing = {p.currency for p in prices} - {p.currency for p in with_card}
    if with_card and missing:
        raise CardPriceMissing(missing=tuple(sorted(missing)))


def each_activity_once(activities: Sequence[UUID]) -> None:
    """A student has one place per activity of the phase (CAT-1, INS-12). Raises ActivityTwice."""
    if len(set(activities)) != len(activities):
        raise ActivityTwice


def prices_of_its_activities(activities: Sequence[UUID], prices: Sequence[PhasePrice]) -> None:
    """One price per activity of the phase and currency (INS-2). Raises PriceTwice, PriceOutsidePhase."""
    if not {p.activity for p in prices} <= set(activities):
        raise PriceOutsidePhase
    for activity in activities:
        one_price_per_currency([p.price for p in prices if p.activity == activity])


def validity_in_order(valid_from: date | None, valid_until: date | None) -> None:
    """A discount's first day is not after its last (CAT-1). Raises ValidityUnordered."""
    if valid_from is not None and valid_until is not None and valid_from > valid_until:
        raise ValidityUnordered


def known_zone(zone: str) -> None:
    """Times stand in a zone of the IANA database (CAT-1, ATE-1)."""
    if zone not in _ZONES:
        raise UnknownZone(zone=zone)
