"""Small predicates over baskets, one per rule."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.invoice.basket.events import CardSaleBegun
from aggregates.invoice.basket.refusals import (
    AlreadyInBasket,
    BasketBeingPaid,
    NoBasket,
    NotBeingPaid,
    QuoteChanged,
)
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.events import Line
from aggregates.invoice.state import Invoice, NotIssued
from aggregates.kernel import Currency, Money


def open_basket(basket: Invoice) -> Draft:
    """The basket as something that can still be changed. Raises NoBasket, BasketBeingPaid."""
    if isinstance(basket, BeingPaid):
        raise BasketBeingPaid(until=basket.quote.until)
    if not isinstance(basket, Draft):
        raise NoBasket
    return basket


def card_sale(basket: Invoice) -> CardSaleBegun | None:
    """What staff sell by card in it; None: the client's own basket, or none (INS-4)."""
    draft = basket.draft if isinstance(basket, BeingPaid) else basket
    return draft.sale if isinstance(draft, Draft) else None


def being_paid(basket: Invoice) -> BeingPaid:
    """The basket whose payment is awaited. Raises NotBeingPaid."""
    if not isinstance(basket, BeingPaid):
        raise NotBeingPaid
    return basket


def no_equal_items(basket: Invoice, activities: Sequence[object]) -> None:
    """Never two equal items, from whatever device (INS-12). Raises AlreadyInBasket."""
    if not isinstance(basket, NotIssued) and not open_basket(basket).activities.isdisjoint(activities):
        raise AlreadyInBasket


def total_of(lines: Sequence[Line], currency: Currency) -> Money:
    """What all lines cost."""
    return Money.total(currency, (line.price for line in lines))


def due_of(lines: Sequence[Line], currency: Currency) -> Money:
    """What is due now on all lines (INS-4)."""
    return Money.total(currency, (line.due_now for line in lines))


def as_shown(lines: Sequence[Line], currency: Currency, *, total: Money, due_now: Money) -> None:
    """A basket shown earlier is quoted anew, and a change is confirmed (INS-4, CAT-2).

    Raises QuoteChanged.
    """
    quoted, due = total_of(lines, currency), due_of(lines, currency)
    if (quoted, due) != (total, due_now):
        raise QuoteChanged(total=quoted, due_now=due)


def is_payable(amount: Money, lines: Sequence[Line], currency: Currency) -> bool:
    """Any amount from the sum due now to the whole (FAC-2)."""
    due, total = due_of(lines, currency), total_of(lines, currency)
    return amount.currency == currency and due.minor <= amount.minor <= total.minor


def is_paid_by(basket: Invoice, attempt: UUID) -> bool:
    """Whether the payment of this attempt is awaited (FAC-1)."""
    return isinstance(basket, BeingPaid) and basket.quote.attempt == attempt
