"""Why a wish on the catalogue is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchActivity(Missing):
    """No activity under this id."""

    code: ClassVar[str] = "no_such_activity"
    rule: ClassVar[str] = "CAT-1"


class NoSuchVenue(Missing):
    """No venue under this id."""

    code: ClassVar[str] = "no_such_venue"
    rule: ClassVar[str] = "CAT-1"


class NoSuchPhase(Missing):
    """No phase under this id."""

    code: ClassVar[str] = "no_such_phase"
    rule: ClassVar[str] = "CAT-1"


class NoSuchDiscount(Missing):
    """No discount under this id: prices are never free-form."""

    code: ClassVar[str] = "no_such_discount"
    rule: ClassVar[str] = "CAT-4"


class PriceTwice(Refused):
    """An activity has at most one price per currency, none below 0."""

    code: ClassVar[str] = "price_twice"
    rule: ClassVar[str] = "CAT-1"


class PriceOutsidePhase(Refused):
    """A phase has prices for its own activities only."""

    code: ClassVar[str] = "price_outside_phase"
    rule: ClassVar[str] = "INS-2"


class CardPriceMissing(Refused):
    """A retake has a price with the card, but not in every currency of the prices. Field `missing`."""

    code: ClassVar[str] = "card_price_missing"
    rule: ClassVar[str] = "INS-3"


class ActivityTwice(Refused):
    """A phase holds each activity once."""

    code: ClassVar[str] = "activity_twice"
    rule: ClassVar[str] = "CAT-1"


class UnknownZone(Refused):
    """The time zone is not a name of the IANA database. Field `zone`."""

    code: ClassVar[str] = "unknown_zone"
    rule: ClassVar[str] = "CAT-1"


class ActivityNoLongerSold(Refused):
    """The activity was taken off sale. Field `activity`."""

    code: ClassVar[str] = "activity_no_longer_sold"
    rule: ClassVar[str] = "CAT-1"


class ValidityUnordered(Refused):
    """A discount's first day comes after its last."""

    code: ClassVar[str] = "validity_unordered"
    rule: ClassVar[str] = "CAT-1"
