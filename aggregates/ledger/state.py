"""What of the books is closed, and where the provider's account differs; there is one stream of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Aggregate, replace
from aggregates.ledger.events import (
    DifferenceOutcome,
    DifferenceSettled,
    LedgerFact,
    PaymentDiffered,
    PeriodClosed,
)

LEDGER_ID = uuid5(PORTAIL, "ledger")


@dataclass(frozen=True)
class Books:
    """The last closed day, None while all is open; differences by id, with what became of them."""

    closed_through: date | None = None
    differences: Mapping[UUID, DifferenceOutcome | None] = field(default_factory=dict)


def evolve(books: Books, fact: LedgerFact) -> Books:
    """The books after the fact."""
    match fact:
        case PeriodClosed():
            return replace(books, closed_through=fact.through)
        case PaymentDiffered():
            return replace(books, differences={**books.differences, fact.difference: None})
        case DifferenceSettled():
            return replace(books, differences={**books.differences, fact.difference: fact.outcome})


LEDGER: Aggregate[Books] = Aggregate(
    "ledger", Books(), evolve, (PeriodClosed, PaymentDiffered, DifferenceSettled)
)
