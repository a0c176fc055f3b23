"""What may happen to the books: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from aggregates.ledger.events import (
    DifferenceOutcome,
    DifferenceSettled,
    LedgerFact,
    PaymentDiffered,
    PeriodClosed,
)
from aggregates.ledger.policies import known_difference, over
from aggregates.ledger.state import Books


def close_period(books: Books, through: date, *, today: date, zone: str) -> Sequence[LedgerFact]:
    """Close all days up to this one for good (FAC-6). Raises PeriodNotOver."""
    if books.closed_through is not None and through <= books.closed_through:
        return []
    over(through, today)
    return [PeriodClosed(through=through, zone=zone)]


def report_difference(books: Books, found: PaymentDiffered) -> Sequence[LedgerFact]:
    """The provider's account and the books differ; what was found before stays as it is (FAC-3)."""
    return [] if found.difference in books.differences else [found]


def settle_difference(books: Books, difference: UUID, outcome: DifferenceOutcome) -> Sequence[LedgerFact]:
    """Accounting say what became of a difference (FAC-3). Raises NoSuchDifference."""
    if known_difference(books, difference) is outcome:
        return []
    return [DifferenceSettled(difference=difference, outcome=outcome)]
