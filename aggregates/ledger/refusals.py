"""Why a wish on the books is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class PeriodNotOver(Refused):
    """The last day of the period is not past. Field `through`."""

    code: ClassVar[str] = "period_not_over"
    rule: ClassVar[str] = "FAC-6"


class NoSuchDifference(Missing):
    """No difference between the provider's account and the books is known under this id."""

    code: ClassVar[str] = "no_such_difference"
    rule: ClassVar[str] = "FAC-3"
