"""What an invoice is at a moment: its lines, which of them were cancelled, what is owed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, get_args
from uuid import UUID

from aggregates.invoice.basket.events import BasketFact, ItemAdded
from aggregates.invoice.basket.state import BeingPaid, Draft, evolve_basket, first_item
from aggregates.invoice.events import InvoiceFact, InvoiceIssued, Line, LineCancelled, LineReopened
from aggregates.kernel import Aggregate, Currency, Money


@dataclass(frozen=True)
class NotIssued:
    """Nothing known under this id."""


@dataclass(frozen=True)
class Issued:
    """An issued invoice; its lines never change (FAC-9)."""

    client: UUID
    number: str
    currency: Currency
    lines: tuple[Line, ...]
    cancelled: frozenset[UUID] = frozenset()
    """Lines whose registration was cancelled: nothing more is due on them."""

    @property
    def total(self) -> Money:
        """Sum of the lines that stand."""
        standing = (line.price for line in self.lines if line.id not in self.cancelled)
        return Money.total(self.currency, standing)

    @property
    def balance(self) -> Money:
        """What the client still owes; nothing is paid in yet, so the whole total."""
        return self.total


Invoice: TypeAlias = NotIssued | Draft | BeingPaid | Issued


def evolve(invoice: Invoice, fact: InvoiceFact | BasketFact) -> Invoice:
    """The invoice after the fact. Raises ValueError on a fact that this state can't meet."""
    match invoice, fact:
        case NotIssued(), ItemAdded():
            return first_item(fact)
        case Draft() | BeingPaid(), _ if isinstance(fact, BasketFact):
            return evolve_basket(invoice, fact)
        case NotIssued() | BeingPaid(), InvoiceIssued():
            return Issued(client=fact.person, number=fact.number, currency=fact.currency, lines=fact.lines)
        case Issued(), LineCancelled():
            return replace(invoice, cancelled=invoice.cancelled | {fact.line})
        case Issued(), LineReopened():
            return replace(invoice, cancelled=invoice.cancelled - {fact.line})
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(invoice).__name__}")


INVOICE: Aggregate[Invoice] = Aggregate(
    "invoice", NotIssued(), evolve, (*get_args(BasketFact), *get_args(InvoiceFact))
)
