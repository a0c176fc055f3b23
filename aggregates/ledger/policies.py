"""Small predicates over the books, one per rule."""

from __future__ import annotations

from datetime import date

from aggregates.ledger.refusals import PeriodNotOver


def over(through: date, today: date) -> None:
    """Days still to come, and today, can't be closed (FAC-6). Raises PeriodNotOver."""
    if through >= today:
        raise PeriodNotOver(through=through)
