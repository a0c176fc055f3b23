"""Small predicates over the books, one per rule."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from aggregates.ledger.events import DifferenceOutcome
from aggregates.ledger.refusals import NoSuchDifference, PeriodNotOver
from aggregates.ledger.state import Books


def over(through: date, today: date) -> None:
    """Days still to come, and today, can't be closed (FAC-6). Raises PeriodNotOver."""
    if through >= today:
        raise PeriodNotOver(through=through)


def known_difference(books: Books, difference: UUID) -> DifferenceOutcome | None:
    """What became of a difference, None while it is open. Raises NoSuchDifference."""
    if difference not in books.differences:
        raise NoSuchDifference
    return books.differences[difference]
