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


class PriceTwice(Refused):
    """An activity has at most one price per currency, none below 0."""

    code: ClassVar[str] = "price_twice"
    rule: ClassVar[str] = "CAT-1"


class UnknownZone(Refused):
    """The time zone is not a name of the IANA database. Field `zone`."""

    code: ClassVar[str] = "unknown_zone"
    rule: ClassVar[str] = "CAT-1"
