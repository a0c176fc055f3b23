"""Facts of the books as a whole."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from aggregates.kernel import Fact


class PeriodClosed(Fact):
    """All days up to `through`, in the zone of that time, were closed for good (FAC-6).

    What is dated before their end and comes later is posted on the first day after it.
    """

    TOPIC: ClassVar[str] = "ledger.period_closed"
    VISIBLE: ClassVar[bool] = False

    through: date
    zone: str


LedgerFact = PeriodClosed
