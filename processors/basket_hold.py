"""A basket that nobody paid in time is open again, and its seats are free (FAC-1)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.invoice.basket.events import BasketFinalised, CardSaleBegun, ItemAdded
from aggregates.invoice.events import InvoiceHandedOver
from commands.baskets.release_basket import ReleaseBasket
from processors.runtime.effects import Do, Due, Processor, Timer
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Timer]:
    """The end of the hold is in the fact; where nothing was due there is none."""
    match event.fact:
        case BasketFinalised() as fact:
            return [Timer("over", fact.until)]
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Do]:
    """Ends that attempt; a payment that comes later still completes it while the seats are free.

    The command does nothing where the basket was paid, given up or finalised anew meanwhile.
    """
    facts = [event.fact for event in history]
    client = next(
        fact.client if isinstance(fact, ItemAdded) else fact.person
        for fact in facts
        if isinstance(fact, ItemAdded | CardSaleBegun)
    )
    for handed in [fact for fact in facts if isinstance(fact, InvoiceHandedOver)]:
        client = handed.to
    return [
        Do(f"over/{fact.attempt}", ReleaseBasket(client=client, attempt=fact.attempt))
        for fact in facts
        if isinstance(fact, BasketFinalised) and fact.until == timer.due
    ]


PROCESSOR = Processor("basket_hold", react, fire, frozenset({BasketFinalised}))
