"""What a basket is at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from aggregates.invoice.basket.events import (
    BasketFact,
    BasketFinalised,
    BasketReleased,
    CardSaleBegun,
    Item,
    ItemAdded,
    ItemRemoved,
)
from aggregates.kernel import replace


@dataclass(frozen=True)
class Draft:
    """An open basket; one per client, beside what staff sell them by card."""

    client: UUID
    items: Mapping[UUID, Item]
    lapsed: BasketFinalised | None = None
    """The last quote whose hold ended, as long as the basket is unchanged: a capture may still come."""
    sale: CardSaleBegun | None = None
    """What staff sell by card; None: the client's own basket."""

    @property
    def activities(self) -> frozenset[UUID]:
        """Every activity that lies in it."""
        return frozenset(place.activity for item in self.items.values() for place in item.places)


@dataclass(frozen=True)
class BeingPaid:
    """A basket whose quote is frozen until the payment comes or the hold ends."""

    draft: Draft
    quote: BasketFinalised

    @property
    def client(self) -> UUID:
        return self.draft.client


Basket: TypeAlias = Draft | BeingPaid


def begun(fact: ItemAdded | CardSaleBegun) -> Draft:
    """The basket that begins with this item, or what staff sell by card: its quote comes in the same act."""
    if isinstance(fact, CardSaleBegun):
        return Draft(client=fact.person, items={}, sale=fact)
    return Draft(client=fact.client, items={fact.item.id: fact.item})


def evolve_basket(basket: Basket, fact: BasketFact) -> Basket:
    """The basket after the fact. Raises ValueError on a fact that it can't meet."""
    match basket, fact:
        case Draft(), ItemAdded():
            return replace(basket, items={**basket.items, fact.item.id: fact.item}, lapsed=None)
        case Draft(), ItemRemoved():
            left = {k: i for k, i in basket.items.items() if k != fact.item}
            return replace(basket, items=left, lapsed=None)
        case Draft(), BasketFinalised():
            return BeingPaid(basket, fact)
        case BeingPaid(), BasketReleased():
            return replace(basket.draft, lapsed=basket.quote)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(basket).__name__}")
