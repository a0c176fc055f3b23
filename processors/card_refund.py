"""A refund by card that accounting made or approved goes out through the payment provider (FAC-4)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.invoice.payments.events import PaymentMethod, RefundApproved, RefundMade
from processors.runtime.effects import CardRefund, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[CardRefund]:
    """Money of a card goes back to that card; all other refunds are made by hand."""
    match event.fact:
        case RefundMade() | RefundApproved() as fact if fact.method is PaymentMethod.CARD:
            (move,) = fact.moves
            return [CardRefund(fact.refund, event.originator_id, move.payment, move.amount)]
        case _:
            return []


PROCESSOR = Processor("card_refund", react)
