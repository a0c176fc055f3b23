"""What the payments of an invoice are at a moment: each cent lies in exactly one pocket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from aggregates.invoice.payments.events import (
    ChequeSent,
    CreditMoved,
    Move,
    PaymentBounced,
    PaymentCorrected,
    PaymentDeposited,
    PaymentDescribed,
    PaymentFact,
    PaymentMethod,
    PaymentReallocated,
    PaymentReceived,
    PaymentSplit,
    PaymentWithdrawn,
    Pocket,
    PocketKind,
    RefundApproved,
    RefundMade,
    RefundProposed,
    RefundWithdrawn,
)
from aggregates.kernel import Money, replace

CREDIT = Pocket(kind=PocketKind.CREDIT)


class PaymentStatus(StrEnum):
    """How far a payment is (FAC-2)."""

    NOTED = "noted"
    """Typed: a receivable, « noté, à déposer »."""
    DEPOSITED = "deposited"
    BOUNCED = "bounced"
    WITHDRAWN = "withdrawn"


class RefundStatus(StrEnum):
    """How far a refund is (FAC-4)."""

    PROPOSED = "proposed"
    MADE = "made"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Payment:
    """Money that came in; `pockets` say where it lies and sum up to `amount`."""

    id: UUID
    method: PaymentMethod
    status: PaymentStatus
    amount: Money
    pockets: Mapping[Pocket, Money]
    registration: UUID | None = None
    cheque: UUID | None = None
    holder: UUID | None = None
    """Who holds the cheque; None once it was sent to accounting."""
    credit_from: UUID | None = None
    commented: bool = False
    """Somebody explained it, as a post-it did (ATE-7)."""

    @property
    def counts(self) -> bool:
        """Noted or deposited: what it pays is not asked for again."""
        return self.status in (PaymentStatus.NOTED, PaymentStatus.DEPOSITED)

    @property
    def deposited(self) -> bool:
        return self.status is PaymentStatus.DEPOSITED

    def held(self, pocket: Pocket) -> Money:
        """What lies in that pocket."""
        return self.pockets.get(pocket, Money.zero(self.amount.currency))

    def in_kinds(self, *kinds: PocketKind) -> Money:
        """What lies in pockets of these kinds."""
        amounts = (amount for pocket, amount in self.pockets.items() if pocket.kind in kinds)
        return Money.total(self.amount.currency, amounts)


@dataclass(frozen=True)
class Refund:
    """Money given back, or to be given back once a second person agrees."""

    id: UUID
    payment: UUID
    amount: Money
    method: PaymentMethod
    status: RefundStatus
    by: UUID | None
    """Who proposed it."""


@dataclass(frozen=True)
class Payments:
    """All payments of an invoice, in the order they came in, and what was given back."""

    known: Mapping[UUID, Payment] = field(default_factory=dict)
    refunds: Mapping[UUID, Refund] = field(default_factory=dict)
    sent: frozenset[UUID] = frozenset()
    """Payments that money of this invoice became on others."""

    def __iter__(self) -> Iterator[Payment]:
        return iter(self.known.values())


def evolve_payments(payments: Payments, fact: PaymentFact) -> Payments:
    """The payments after the fact. Raises ValueError on a fact that they can't meet."""
    match fact:
        case PaymentReceived():
            return moved(_with(payments, _received(fact)), fact.moves)
        case PaymentCorrected():
            before = payments.known[fact.payment]
            after = replace(before, method=fact.method, amount=fact.amount)
            return moved(_with(payments, after), fact.moves)
        case PaymentWithdrawn():
            before = payments.known[fact.payment]
            none = Money.zero(before.amount.currency)
            gone = replace(before, status=PaymentStatus.WITHDRAWN, amount=none)
            return moved(_with(payments, gone), fact.moves)
        case PaymentSplit():
            before = payments.known[fact.payment]
            left = before.amount - _sum(before.amount, fact.moves)
            kept = _with(payments, replace(before, amount=left))
            return moved(replace(kept, sent=kept.sent | {fact.part}), fact.moves)
        case CreditMoved():
            return moved(replace(payments, sent=payments.sent | {fact.payment}), fact.moves)
        case PaymentReallocated():
            return moved(payments, fact.moves)
        case RefundMade() | RefundProposed() | RefundApproved() | RefundWithdrawn():
            return moved(_refund(payments, fact), fact.moves)
        case PaymentDescribed():
            before = payments.known[fact.payment]
            return _with(payments, replace(before, commented=fact.commented))
        case PaymentDeposited() | PaymentBounced() | ChequeSent():
            return _with(payments, _marked(payments.known[fact.payment], fact))


def _received(fact: PaymentReceived) -> Payment:
    at_once = fact.method.at_once
    return Payment(
        id=fact.payment,
        method=fact.method,
        status=PaymentStatus.DEPOSITED if at_once else PaymentStatus.NOTED,
        amount=fact.amount,
        pockets={},
        registration=fact.registration,
        cheque=fact.cheque,
        holder=fact.holder,
        credit_from=fact.credit_from,
    )


def _marked(payment: Payment, fact: PaymentDeposited | PaymentBounced | ChequeSent) -> Payment:
    match fact:
        case PaymentDeposited():
            return replace(payment, status=PaymentStatus.DEPOSITED, holder=None)
        case PaymentBounced():
            return replace(payment, status=PaymentStatus.BOUNCED)
        case ChequeSent():
            return replace(payment, holder=None)


def _refund(
    payments: Payments, fact: RefundMade | RefundProposed | RefundApproved | RefundWithdrawn
) -> Payments:
    match fact:
        case RefundMade():
            refund = _new_refund(fact, RefundStatus.MADE, None)
        case RefundProposed():
            refund = _new_refund(fact, RefundStatus.PROPOSED, fact.by)
        case RefundApproved():
            refund = replace(payments.refunds[fact.refund], status=RefundStatus.MADE)
        case RefundWithdrawn():
            refund = replace(payments.refunds[fact.refund], status=RefundStatus.WITHDRAWN)
    return replace(payments, refunds={**payments.refunds, fact.refund: refund})


def _new_refund(fact: RefundMade | RefundProposed, status: RefundStatus, by: UUID | None) -> Refund:
    (move,) = fact.moves
    return Refund(fact.refund, move.payment, move.amount, fact.method, status, by)


def _with(payments: Payments, payment: Payment) -> Payments:
    return replace(payments, known={**payments.known, payment.id: payment})


def moved(payments: Payments, moves: Iterable[Move]) -> Payments:
    """The payments after these moves. Raises ValueError where a pocket holds less."""
    for move in moves:
        payment = payments.known[move.payment]
        pockets = dict(payment.pockets)
        if move.source is not None:
            left = payment.held(move.source) - move.amount
            if left.minor < 0:
                raise ValueError(f"{move.source} does not hold that much")
            pockets[move.source] = left
        if move.target is not None:
            before = pockets.get(move.target, Money.zero(move.amount.currency))
            pockets[move.target] = before + move.amount
        held = {pocket: amount for pocket, amount in pockets.items() if amount.minor}
        payments = _with(payments, replace(payment, pockets=held))
    return payments


def _sum(like: Money, moves: Iterable[Move]) -> Money:
    return Money.total(like.currency, (move.amount for move in moves))
