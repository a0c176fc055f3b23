"""What may happen to the books: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aggregates.ledger.events import LedgerFact, PeriodClosed
from aggregates.ledger.policies import over
from aggregates.ledger.state import Books


def close_period(books: Books, through: date, *, today: date, zone: str) -> Sequence[LedgerFact]:
    """Close all days up to this one for good (FAC-6). Raises PeriodNotOver."""
    if books.closed_through is not None and through <= books.closed_through:
        return []
    over(through, today)
    return [PeriodClosed(through=through, zone=zone)]
