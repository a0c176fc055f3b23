"""What of the books is closed, at a moment; there is one stream of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Aggregate
from aggregates.ledger.events import LedgerFact, PeriodClosed

LEDGER_ID = uuid5(PORTAIL, "ledger")


@dataclass(frozen=True)
class Books:
    """The last closed day; None while all is open."""

    closed_through: date | None = None


def evolve(_books: Books, fact: LedgerFact) -> Books:
    return Books(fact.through)


LEDGER: Aggregate[Books] = Aggregate("ledger", Books(), evolve, (PeriodClosed,))
