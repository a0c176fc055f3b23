"""What follows from an intent's state, what the provider says and what we want: one table, pure (FAC-3).

    wanted → open → asked → moved → done        a payment: the payer approves while it is open
    wanted → asked → done                       a refund
    any of the first three → ended              nothing was paid

Money is asked for by `open` and `asked` alone. What is over (`done`, `ended`) is only looked at, and what
was taken for it all the same is counted. `asked` ends only by an answer that shows that nothing moved.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from aggregates.kernel import Money
from processors.runtime.payments.answers import TAKEN, Movement, Order


class Says(StrEnum):
    """What the provider says of an order, or of a refund."""

    NOTHING = "nothing"
    """No answer, one that tells nothing, or a refusal to tell."""
    UNKNOWN = "unknown"
    """It knows no such order."""
    WAITING = "waiting"
    """The payer hasn't agreed yet; a refund wasn't made yet."""
    APPROVED = "approved"
    PENDING = "pending"
    TAKEN = "taken"
    """The money moved."""
    FAILED = "failed"
    VOIDED = "voided"
    OTHER = "other"
    """It answers about something else than was asked."""


class Ours(StrEnum):
    """What we want at that moment."""

    WANTED = "wanted"
    OVER = "over"
    """The payer's time is over."""
    DECLINED = "declined"
    """The card was declined, and no other one came for long."""
    SUPERSEDED = "superseded"
    """The payer began another payment of the same invoice."""
    UNWANTED = "unwanted"
    """The invoice or the basket doesn't ask for it any more."""
    IN_FLIGHT = "in_flight"
    """As before, but it was asked for moments ago: that request may still arrive."""


class Step(StrEnum):
    OPEN = "open"
    """Make the order."""
    LATER = "later"
    ASK = "ask"
    """Have the money moved, under the same id as before."""
    COUNT = "count"
    """Say to the log what moved."""
    END = "end"
    REST = "rest"
    """It stays over."""


def next_step(state: str, says: Says, ours: Ours) -> Step:
    """Of a payment."""
    match state, says:
        case "wanted", _:
            return Step.OPEN if ours is Ours.WANTED else Step.END
        case ("moved", _) | (_, Says.TAKEN):
            return Step.COUNT
        case _, Says.NOTHING | Says.PENDING:
            return Step.LATER
        case "done" | "ended", _:
            return Step.REST
        case "asked", Says.UNKNOWN | Says.OTHER:
            return Step.LATER
        case _, Says.WAITING:
            return Step.LATER if ours in (Ours.WANTED, Ours.IN_FLIGHT) else Step.END
        case _, Says.APPROVED if ours in (Ours.WANTED, Ours.OVER):
            return Step.ASK
        case _, Says.APPROVED if ours is Ours.IN_FLIGHT:
            return Step.LATER
        case _:
            return Step.END


def next_refund_step(state: str, says: Says) -> Step:
    """Of a refund that isn't over: once approved by accounting it stays wanted (FAC-4)."""
    match state, says:
        case _, Says.TAKEN:
            return Step.COUNT
        case (_, Says.NOTHING | Says.PENDING) | ("asked", Says.UNKNOWN):
            return Step.LATER
        case _, Says.WAITING | Says.APPROVED:
            return Step.ASK
        case _:
            return Step.END


def why(says: Says, ours: Ours) -> str:
    """The outcome of a payment that ends by `next_step`."""
    by_provider = {
        Says.UNKNOWN: "unknown_order",
        Says.FAILED: "declined",
        Says.VOIDED: "voided",
        Says.OTHER: "other_order",
    }
    by_us = {Ours.OVER: "not_approved", Ours.DECLINED: "declined", Ours.SUPERSEDED: "superseded"}
    return by_provider.get(says) or by_us.get(ours) or "not_asked_any_more"


def said_of_payment(id_: UUID, amount: Money, order: Order) -> Says:
    """What an order says about the intent that it was made for."""
    is_ours = order.ours == id_.hex
    if is_ours and any(c.status in TAKEN and c.amount is not None for c in order.captures):
        return Says.TAKEN
    if any(c.status == "PENDING" for c in order.captures):
        return Says.PENDING
    if order.captures and order.status == "COMPLETED":
        return Says.FAILED if is_ours else Says.OTHER
    if not is_ours or order.amount != amount:
        return Says.OTHER
    return {"APPROVED": Says.APPROVED, "VOIDED": Says.VOIDED}.get(order.status, Says.WAITING)


def said_of_refund(id_: UUID, amount: Money, refund: Movement | None) -> Says:
    """What the provider's refund says; None where it has none of ours."""
    if refund is None:
        return Says.WAITING
    if refund.status in ("FAILED", "CANCELLED"):
        return Says.FAILED
    if refund.ours != id_.hex or refund.amount != amount:
        return Says.OTHER
    return Says.TAKEN if refund.status == "COMPLETED" else Says.PENDING
