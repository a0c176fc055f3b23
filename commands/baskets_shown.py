"""What a client's basket holds and costs now, by the code that sells it; nothing is done (FAC-1, CAT-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.catalogue.policies import known_discount
from aggregates.catalogue.state import DISCOUNT, SETTINGS, SETTINGS_ID, Discount
from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.events import Item
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.policies import may_choose
from aggregates.kernel import Money, Refused
from commands.message import Act
from commands.quoting import QuotedLine, line_of
from commands.selling import Sale
from commands.selling_baskets import Contents, open_basket_of


@dataclass(frozen=True)
class ShownItem:
    """One thing in the basket, at today's price or with why it can't be had any more."""

    item: Item
    lines: Sequence[QuotedLine]
    refused: Refused | None = None


@dataclass(frozen=True)
class ShownBasket:
    """The whole basket; `until` while its seats are held for a payment."""

    items: Sequence[ShownItem]
    total: Money
    due_now: Money
    until: datetime | None


def basket_of(client: UUID, act: Act) -> ShownBasket:
    """Empty where there is none. Raises NoSuchDossier, DossierNotActive."""
    known = open_basket_of(act, client)
    clients, (settings,), baskets = act.load_groups(
        [CLIENT.at(client)], [SETTINGS.at(SETTINGS_ID)], [] if known is None else [known]
    )
    sale = Sale(act, client, active(clients[0].state), settings.state)
    basket = baskets[0].state if baskets else None
    if isinstance(basket, BeingPaid):
        draft, until = basket.draft, basket.quote.until
    elif isinstance(basket, Draft):
        draft, until = basket, None
    else:
        zero = Money.zero(sale.buyer.currency)
        return ShownBasket([], zero, zero, None)
    items = list(draft.items.values())
    contents = Contents.load(act, items)
    shown = [_shown(contents, sale, item, client) for item in items]
    quotes = [line.quote for one in shown for line in one.lines]
    currency = sale.buyer.currency
    return ShownBasket(
        shown,
        Money.total(currency, (quote.price for quote in quotes)),
        Money.total(currency, (quote.due_now for quote in quotes)),
        until,
    )


def _shown(contents: Contents, sale: Sale, item: Item, client: UUID) -> ShownItem:
    try:
        sold = contents.sell(sale, [item], client)
    except Refused as refused:
        return ShownItem(item, [], refused)
    return ShownItem(item, [line_of(sale, s.place, s.quote) for one in sold for s in one.sold])


def choosable(discounts: Sequence[UUID], client: UUID, act: Act) -> list[tuple[UUID, Discount]]:
    """Of these discounts those that the asker may choose for the client today (CAT-1, CAT-4)."""
    clients, (settings,), loaded = act.load_groups(
        [CLIENT.at(client)], [SETTINGS.at(SETTINGS_ID)], [DISCOUNT.at(d) for d in discounts]
    )
    today = Sale(act, client, active(clients[0].state), settings.state).today
    found = []
    for one in loaded:
        discount = known_discount(one.state)
        try:
            may_choose(discount, sorted(act.who.roles), today)
        except Refused:
            continue
        found.append((one.id, discount))
    return found
