"""What is taken over of another system's invoices: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from aggregates.invoice.events import InvoiceFact, InvoiceTakenOver, Line, PriceReason, Reason
from aggregates.invoice.imports.refusals import AlreadyTakenOver, InvoicedInFuture
from aggregates.invoice.payments.decisions import Incoming, receive
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import Mark
from aggregates.invoice.policies import of_currency
from aggregates.invoice.state import Invoice, Issued, NotIssued, evolve
from aggregates.kernel import Money

Facts = Sequence[InvoiceFact]


@dataclass(frozen=True)
class OldInvoice:
    """An invoice as another system knew it."""

    person: UUID
    number: str
    issued_on: date
    billing_name: str


def take_over_place(
    invoice: Invoice, old: OldInvoice, line: Line, *, paid: Money, payment: UUID, today: date
) -> Facts:
    """The invoice of a place, or one more place on it, with what was paid for it there (IMP-1).

    What was paid above the price is credit. Raises AlreadyTakenOver, InvoicedInFuture, OtherCurrency.
    """
    if isinstance(invoice, Issued):
        if any(known.id == line.id for known in invoice.lines):
            return []
        of_currency(invoice, line.price)
        if not invoice.lines or not all(known.registration for known in invoice.lines):
            raise AlreadyTakenOver(invoice=invoice.number)
    taken = _taken(invoice, old, line.price, line, today)
    incoming = Incoming(payment, PaymentMethod.TAKEN_OVER, paid, registration=line.registration)
    return _with_payment(invoice, taken, incoming, [Mark(line.id, line.price)])


def take_over_balance(
    invoice: Invoice, old: OldInvoice, amount: Money, *, line: UUID, payment: UUID, today: date
) -> Facts:
    """What was still owed on an invoice, below 0 what was the client's; of 0 nothing (IMP-1).

    Raises AlreadyTakenOver, InvoicedInFuture.
    """
    if isinstance(invoice, Issued):
        raise AlreadyTakenOver(invoice=invoice.number)
    owed = None if amount.minor <= 0 else _owed(line, amount)
    taken = _taken(invoice, old, amount, owed, today)
    credit = max(Money.zero(amount.currency), Money.zero(amount.currency) - amount)
    return _with_payment(invoice, taken, Incoming(payment, PaymentMethod.TAKEN_OVER, credit), [])


def _taken(
    invoice: Invoice, old: OldInvoice, amount: Money, line: Line | None, today: date
) -> InvoiceTakenOver:
    """What was said of the invoice with its first place holds for the next ones."""
    if old.issued_on > today:
        raise InvoicedInFuture(issued_on=old.issued_on)
    known = invoice if isinstance(invoice, Issued) else None
    return InvoiceTakenOver(
        person=old.person,
        number=old.number,
        issued_on=old.issued_on if known is None or known.issued_on is None else known.issued_on,
        currency=amount.currency,
        billing_name=old.billing_name,
        line=line,
    )


def _owed(line: UUID, amount: Money) -> Line:
    return Line(
        id=line,
        registration=None,
        activity=None,
        activity_name=None,
        price=amount,
        deposit=Money.zero(amount.currency),
        due_now=amount,
        reasons=(Reason(code=PriceReason.TAKEN_OVER, after=amount),),
    )


def _with_payment(
    invoice: Invoice, taken: InvoiceTakenOver, incoming: Incoming, marks: Sequence[Mark]
) -> Facts:
    if not incoming.amount.minor:
        return [taken] if taken.line is not None else []
    before = invoice if isinstance(invoice, Issued) else NotIssued()
    return [taken, *receive(evolve(before, taken), incoming, marks)]
