"""What may happen to a basket: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from aggregates.client.phases.events import Enrolled
from aggregates.client.registrations.events import Registered
from aggregates.invoice.basket.events import (
    BasketFact,
    BasketFinalised,
    BasketReleased,
    CardSaleBegun,
    CreditOpened,
    Item,
    ItemAdded,
    ItemRemoved,
)
from aggregates.invoice.basket.policies import (
    as_shown,
    being_paid,
    due_of,
    is_payable,
    no_equal_items,
    open_basket,
)
from aggregates.invoice.basket.refusals import NoBasket
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.events import Line
from aggregates.invoice.state import Invoice, NotIssued
from aggregates.kernel import Currency, Money

Facts = Sequence[BasketFact]


def put_in(basket: Invoice, client: UUID, item: Item) -> Facts:
    """Put something into the basket, which begins with it (FAC-1).

    Raises AlreadyInBasket (INS-12), BasketBeingPaid.
    """
    if isinstance(basket, Draft) and item in basket.items.values():
        return []
    no_equal_items(basket, [place.activity for place in item.places])
    return [ItemAdded(client=client, item=item)]


def take_out(basket: Invoice, item: UUID) -> Facts:
    """Take something out. Raises NoBasket, BasketBeingPaid."""
    draft = open_basket(basket)
    return [ItemRemoved(item=item)] if item in draft.items else []


def clear(basket: Invoice) -> Facts:
    """Take everything out: its client's dossier ends (DOS-8). Raises BasketBeingPaid."""
    if isinstance(basket, NotIssued):
        return []
    return [ItemRemoved(item=item) for item in open_basket(basket).items]


def finalise(
    basket: Invoice,
    *,
    attempt: UUID,
    currency: Currency,
    lines: Sequence[Line],
    registrations: Sequence[Registered],
    students: Sequence[Enrolled],
    shown_total: Money,
    shown_due: Money,
    now: datetime,
    hold: timedelta,
) -> Sequence[BasketFinalised]:
    """FINALISER: freeze the quote for as long as the seats are held (FAC-1).

    Raises NoBasket, BasketBeingPaid, QuoteChanged.
    """
    if not open_basket(basket).items:
        raise NoBasket
    as_shown(lines, currency, total=shown_total, due_now=shown_due)
    return [
        BasketFinalised(
            attempt=attempt,
            currency=currency,
            lines=tuple(lines),
            registrations=tuple(registrations),
            students=tuple(students),
            due_now=due_of(lines, currency),
            until=now + hold,
        )
    ]


def sell_by_card(
    basket: Invoice,
    begun: CardSaleBegun,
    *,
    attempt: UUID,
    currency: Currency,
    lines: Sequence[Line],
    registrations: Sequence[Registered],
    students: Sequence[Enrolled],
    now: datetime,
    hold: timedelta,
) -> Sequence[CardSaleBegun | BasketFinalised]:
    """Staff sell what is paid by card: the quote is frozen while the seats are held (INS-4, FAC-1)."""
    if not isinstance(basket, NotIssued):
        return []
    frozen = BasketFinalised(
        attempt=attempt,
        currency=currency,
        lines=tuple(lines),
        registrations=tuple(registrations),
        students=tuple(students),
        due_now=due_of(lines, currency),
        until=now + hold,
    )
    return [begun, frozen]


def release(basket: Invoice) -> Facts:
    """The payment was abandoned or failed, or the hold is over: nothing is left of it (FAC-1)."""
    if isinstance(basket, Draft):
        return []
    being_paid(basket)
    return [BasketReleased()]


def quote_of_attempt(basket: Invoice, attempt: UUID, amount: Money) -> BasketFinalised | None:
    """The frozen quote that a capture pays: the one awaited, or the last one that lapsed (FAC-1).

    None where the basket changed meanwhile, or the amount is not one that completes it (FAC-2).
    """
    match basket:
        case BeingPaid(quote=quote) if quote.attempt == attempt:
            found: BasketFinalised | None = quote
        case Draft(lapsed=quote) if quote is not None and quote.attempt == attempt:
            found = quote
        case _:
            return None
    assert found is not None
    return found if is_payable(amount, found.lines, found.currency) else None


def open_credit(credit: Invoice, client: UUID, currency: Currency, attempt: UUID) -> Facts:
    """A capture for which nothing can be given any more becomes the client's credit (FAC-1)."""
    if not isinstance(credit, NotIssued):
        return []
    return [CreditOpened(client=client, currency=currency, attempt=attempt)]
