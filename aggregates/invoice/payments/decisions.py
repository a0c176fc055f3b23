"""What may happen to payments before money is given back: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aggregates.invoice.payments.events import (
    ChequeSent,
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
    PocketKind,
)
from aggregates.invoice.payments.policies import Mark, allocated, known_payment, on_line
from aggregates.invoice.payments.refusals import (
    AllocationTooHigh,
    CannotBounce,
    NotACheque,
    NotHolder,
    PaymentGone,
    PaymentNotDeposited,
    PaymentNotNoted,
)
from aggregates.invoice.payments.state import CREDIT, Payment, PaymentStatus
from aggregates.invoice.policies import known_invoice, known_line, not_in_a_case, of_currency
from aggregates.invoice.state import Invoice, Issued
from aggregates.kernel import Money

Facts = Sequence[PaymentFact]


@dataclass(frozen=True)
class Incoming:
    """Money that comes in."""

    payment: UUID
    method: PaymentMethod
    amount: Money
    registration: UUID | None = None
    cheque: UUID | None = None
    holder: UUID | None = None
    credit_from: UUID | None = None
    number: str | None = None
    """What stands on the cheque, and the comment."""
    drawer: str | None = None
    comment: str | None = None


def receive(invoice: Invoice, incoming: Incoming, marks: Sequence[Mark]) -> Facts:
    """Note or book a payment and allocate it by these marks; an excess is credit (FAC-1, FAC-2).

    Raises NoSuchInvoice, OtherCurrency.
    """
    issued = known_invoice(invoice)
    if incoming.payment in issued.payments.known:
        return []
    of_currency(issued, incoming.amount)
    received = PaymentReceived(
        payment=incoming.payment,
        method=incoming.method,
        amount=incoming.amount,
        moves=_into(issued, incoming.payment, incoming.amount, marks),
        registration=incoming.registration,
        cheque=incoming.cheque,
        holder=incoming.holder,
        credit_from=incoming.credit_from,
    )
    if incoming.number is None and incoming.drawer is None and incoming.comment is None:
        return [received]
    described = PaymentDescribed(
        person=issued.client,
        payment=incoming.payment,
        number=incoming.number,
        drawer=incoming.drawer,
        comment=incoming.comment,
        explained=incoming.comment is not None,
    )
    return [received, described]


def correct(
    invoice: Invoice,
    payment: UUID,
    *,
    amount: Money,
    method: PaymentMethod,
    marks: Sequence[Mark],
    reason: str,
) -> Facts:
    """Put a typing error right before the deposit; more is allocated by the marks, less taken off (FAC-2).

    Raises NoSuchInvoice, NoSuchPayment, PaymentNotNoted, OtherCurrency.
    """
    issued = known_invoice(invoice)
    before = _noted(issued, payment)
    of_currency(issued, amount)
    if (before.amount, before.method) == (amount, method):
        return []
    if before.amount < amount:
        moves = _into(issued, payment, amount - before.amount, marks)
    else:
        moves = _out(before, before.amount - amount)
    return [
        PaymentCorrected(
            person=issued.client,
            payment=payment,
            method=method,
            amount=amount,
            moves=moves,
            reason=reason,
            was_amount=before.amount,
            was_method=before.method,
        )
    ]


def withdraw(invoice: Invoice, payment: UUID, *, reason: str) -> Facts:
    """A payment typed by mistake was never made (FAC-2).

    Raises NoSuchInvoice, NoSuchPayment, PaymentNotNoted.
    """
    issued = known_invoice(invoice)
    if known_payment(issued, payment).status is PaymentStatus.WITHDRAWN:
        return []
    before = _noted(issued, payment)
    return [
        PaymentWithdrawn(
            person=issued.client,
            payment=payment,
            moves=_out(before, before.amount),
            reason=reason,
            amount=before.amount,
            method=before.method,
        )
    ]


def deposit(invoice: Invoice, payment: UUID) -> Facts:
    """Accounting have the money (FAC-2). Raises NoSuchInvoice, NoSuchPayment, PaymentNotNoted."""
    issued = known_invoice(invoice)
    if known_payment(issued, payment).deposited:
        return []
    noted = _noted(issued, payment)
    return [PaymentDeposited(payment=payment, amount=noted.amount, method=noted.method)]


def bounce(invoice: Invoice, payment: UUID) -> Facts:
    """The bank gave a cheque or transfer back: what it had paid is owed again (FAC-2).

    Raises NoSuchInvoice, NoSuchPayment, CannotBounce, PaymentNotDeposited.
    """
    found = known_payment(known_invoice(invoice), payment)
    if found.status is PaymentStatus.BOUNCED:
        return []
    if found.method not in (PaymentMethod.CHEQUE, PaymentMethod.TRANSFER):
        raise CannotBounce
    if not found.deposited:
        raise PaymentNotDeposited
    return [PaymentBounced(payment=payment, amount=found.amount)]


def reallocate(invoice: Invoice, payment: UUID, shares: Mapping[UUID, Money]) -> Facts:
    """Put what the payment has on other lines, the rest is credit (FAC-1).

    Raises NoSuchInvoice, NoSuchPayment, PaymentGone, NoSuchLine, CaseOpen, OtherCurrency,
    AllocationTooHigh.
    """
    issued = known_invoice(invoice)
    found = known_payment(issued, payment)
    if not found.counts:
        raise PaymentGone
    free = {
        pocket.id: amount
        for pocket, amount in found.pockets.items()
        if pocket.kind is PocketKind.LINE and pocket.id is not None and pocket.id not in issued.undecided
    }
    none = Money.zero(issued.currency)
    for line, share in shares.items():
        most = _room(issued, line, share) + free.get(line, none)
        if most < share:
            raise AllocationTooHigh(most=most)
    most = Money.total(issued.currency, free.values()) + found.held(CREDIT)
    if most < Money.total(issued.currency, shares.values()):
        raise AllocationTooHigh(most=most)
    moves = [
        *_shifts(payment, {line: amount - shares.get(line, none) for line, amount in free.items()}, out=True),
        *_shifts(payment, {line: share - free.get(line, none) for line, share in shares.items()}, out=False),
    ]
    return [PaymentReallocated(payment=payment, moves=tuple(moves))] if moves else []


def split(invoice: Invoice, payment: UUID, amount: Money, *, to: UUID, part: UUID) -> Facts:
    """Note a part of a payment's credit on another invoice, before its deposit (FAC-2, FAC-9).

    Raises NoSuchInvoice, NoSuchPayment, PaymentNotNoted.
    """
    issued = known_invoice(invoice)
    if part in issued.payments.sent:
        return []
    found = _noted(issued, payment)
    if found.held(CREDIT) < amount:
        raise ValueError("only credit is split off")
    moves = (Move(payment=payment, amount=amount, source=CREDIT),)
    return [PaymentSplit(payment=payment, invoice=to, part=part, moves=moves, method=found.method)]


def send_cheque(invoice: Invoice, payment: UUID, *, by: UUID | None, for_others: bool) -> Facts:
    """The holder sends a cheque to accounting (FAC-10).

    Raises NoSuchInvoice, NoSuchPayment, NotACheque, PaymentNotNoted, NotHolder.
    """
    issued = known_invoice(invoice)
    found = known_payment(issued, payment)
    if found.method is not PaymentMethod.CHEQUE:
        raise NotACheque
    if found.deposited:
        return []
    if _noted(issued, payment).holder is None:
        return []
    if found.holder != by and not for_others:
        raise NotHolder
    return [ChequeSent(payment=payment)]


def _noted(invoice: Issued, payment: UUID) -> Payment:
    """The payment, typed and not yet deposited. Raises NoSuchPayment, PaymentNotNoted."""
    found = known_payment(invoice, payment)
    if found.status is not PaymentStatus.NOTED:
        raise PaymentNotNoted
    return found


def _into(invoice: Issued, payment: UUID, amount: Money, marks: Sequence[Mark]) -> tuple[Move, ...]:
    return tuple(
        Move(payment=payment, amount=share, target=pocket)
        for pocket, share in allocated(invoice, amount, marks)
    )


def _out(payment: Payment, amount: Money) -> tuple[Move, ...]:
    """Take off credit first, then what was put down last."""
    moves, newest_first = [], reversed(list(payment.pockets))
    for pocket in sorted(newest_first, key=lambda p: p != CREDIT):
        share = min(amount, payment.held(pocket))
        if share.minor:
            moves.append(Move(payment=payment.id, amount=share, source=pocket))
            amount -= share
    return tuple(moves)


def _room(invoice: Issued, line: UUID, share: Money) -> Money:
    """What the line still asks for. Raises NoSuchLine, CaseOpen, OtherCurrency."""
    of_currency(invoice, share)
    found = known_line(invoice, line)
    not_in_a_case(invoice, line)
    return invoice.due(found) - invoice.paid(line)


def _shifts(payment: UUID, amounts: Mapping[UUID, Money], *, out: bool) -> list[Move]:
    """From these lines to credit, or from credit to them."""
    return [
        Move(
            payment=payment,
            amount=amount,
            source=on_line(line) if out else CREDIT,
            target=CREDIT if out else on_line(line),
        )
        for line, amount in amounts.items()
        if amount.minor > 0
    ]
