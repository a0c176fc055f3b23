"""What may become of credit: given back, at once or by two persons, or moved to another invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aggregates.invoice.payments.events import (
    CreditMoved,
    Move,
    PaymentFact,
    PaymentMethod,
    Pocket,
    PocketKind,
    RefundApproved,
    RefundMade,
    RefundProposed,
    RefundWithdrawn,
)
from aggregates.invoice.payments.policies import known_payment
from aggregates.invoice.payments.refusals import (
    CreditTooLow,
    NoSuchRefund,
    NotACardPayment,
    PaymentNotDeposited,
    RefundNotProposed,
    RefundTooHigh,
    SecondPersonNeeded,
)
from aggregates.invoice.payments.state import CREDIT, Payment, Refund, RefundStatus
from aggregates.invoice.policies import known_invoice, of_currency
from aggregates.invoice.state import Invoice, Issued
from aggregates.kernel import Money

Facts = Sequence[PaymentFact]


@dataclass(frozen=True)
class Giving:
    """Money of one payment to be given back."""

    refund: UUID
    payment: UUID
    amount: Money
    method: PaymentMethod


def refund(invoice: Invoice, wishes: Sequence[Giving], *, by: UUID, needs_second: bool) -> Facts:
    """Give credit back, per payment at most what it holds, in the invoice's currency (FAC-4).

    `needs_second`: above the limit it is set aside until a second person agrees. Raises NoSuchInvoice,
    NoSuchPayment, OtherCurrency, PaymentNotDeposited, NotACardPayment, RefundTooHigh.
    """
    issued = known_invoice(invoice)
    new = [wish for wish in wishes if wish.refund not in issued.payments.refunds]
    facts: list[PaymentFact] = []
    for wish in new:
        of_currency(issued, wish.amount)
        asked = [w.amount for w in new if w.payment == wish.payment and w.amount.currency == issued.currency]
        held = _refundable(issued, wish).held(CREDIT)
        if held < Money.total(issued.currency, asked):
            raise RefundTooHigh(held=held)
        kind = PocketKind.PROPOSED if needs_second else PocketKind.REFUNDED
        moves = (_given(wish.payment, wish.amount, CREDIT, Pocket(kind=kind, id=wish.refund)),)
        if needs_second:
            facts.append(RefundProposed(refund=wish.refund, method=wish.method, moves=moves, by=by))
        else:
            facts.append(RefundMade(refund=wish.refund, method=wish.method, moves=moves))
    return facts


def approve_refund(invoice: Invoice, refund_id: UUID, *, by: UUID) -> Facts:
    """The second person agrees; the payment may have bounced meanwhile (FAC-4).

    Raises NoSuchInvoice, NoSuchRefund, RefundNotProposed, SecondPersonNeeded, PaymentNotDeposited.
    """
    issued = known_invoice(invoice)
    found = _known_refund(issued, refund_id)
    if found.status is RefundStatus.MADE:
        return []
    if found.status is not RefundStatus.PROPOSED:
        raise RefundNotProposed
    if found.by == by:
        raise SecondPersonNeeded
    if not known_payment(issued, found.payment).deposited:
        raise PaymentNotDeposited
    set_aside = Pocket(kind=PocketKind.PROPOSED, id=refund_id)
    given = Pocket(kind=PocketKind.REFUNDED, id=refund_id)
    moves = (_given(found.payment, found.amount, set_aside, given),)
    return [RefundApproved(refund=refund_id, method=found.method, moves=moves)]


def withdraw_refund(invoice: Invoice, refund_id: UUID) -> Facts:
    """A proposed refund won't be made (FAC-4). Raises NoSuchInvoice, NoSuchRefund, RefundNotProposed."""
    found = _known_refund(known_invoice(invoice), refund_id)
    if found.status is RefundStatus.WITHDRAWN:
        return []
    if found.status is not RefundStatus.PROPOSED:
        raise RefundNotProposed
    set_aside = Pocket(kind=PocketKind.PROPOSED, id=refund_id)
    moves = (_given(found.payment, found.amount, set_aside, CREDIT),)
    return [RefundWithdrawn(refund=refund_id, moves=moves)]


def send_credit(invoice: Invoice, amount: Money, *, to: UUID, payment: UUID) -> Facts:
    """Credit goes to another invoice, where it is this payment; the oldest money first (FAC-4).

    Raises NoSuchInvoice, OtherCurrency, CreditTooLow.
    """
    issued = known_invoice(invoice)
    if payment in issued.payments.sent:
        return []
    of_currency(issued, amount)
    moves, left = [], amount
    for source in (p for p in issued.payments if p.deposited):
        share = min(left, source.held(CREDIT))
        if share.minor:
            target = Pocket(kind=PocketKind.OTHER_INVOICE, id=to)
            moves.append(_given(source.id, share, CREDIT, target))
            left -= share
    if left.minor:
        raise CreditTooLow(held=amount - left)
    return [CreditMoved(payment=payment, invoice=to, moves=tuple(moves))]


def _known_refund(invoice: Issued, refund_id: UUID) -> Refund:
    try:
        return invoice.payments.refunds[refund_id]
    except KeyError:
        raise NoSuchRefund from None


def _refundable(invoice: Issued, wish: Giving) -> Payment:
    """The payment, if it is deposited; a card gets back what that card paid."""
    payment = known_payment(invoice, wish.payment)
    if not payment.deposited:
        raise PaymentNotDeposited
    if wish.method is PaymentMethod.CARD and payment.method is not PaymentMethod.CARD:
        raise NotACardPayment
    return payment


def _given(payment: UUID, amount: Money, source: Pocket, target: Pocket) -> Move:
    return Move(payment=payment, amount=amount, source=source, target=target)
