"""What may happen to an invoice: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from aggregates.invoice.basket.state import Draft
from aggregates.invoice.events import (
    CaseDecided,
    CreditNote,
    Fee,
    InvoiceAddressed,
    InvoiceFact,
    InvoiceHandedOver,
    InvoiceIssued,
    Line,
    LineCancelled,
    LineCredited,
    LineReopened,
    PrintedTax,
)
from aggregates.invoice.payments.events import Move
from aggregates.invoice.payments.policies import on_line, overpaid
from aggregates.invoice.payments.state import CREDIT
from aggregates.invoice.policies import (
    credited_by,
    known_case,
    known_invoice,
    known_line,
    not_in_a_case,
    of_currency,
    proposed_fee,
)
from aggregates.invoice.refunds.decisions import Giving, refund, send_credit
from aggregates.invoice.refusals import (
    CaseAlreadyDecided,
    CreditNoteTooHigh,
    MoreThanPaid,
    NothingToInvoice,
)
from aggregates.invoice.state import Case, Invoice, Issued, evolve
from aggregates.kernel import Currency, Money

Facts = Sequence[InvoiceFact]


def issue(
    invoice: Invoice,
    *,
    person: UUID,
    number: str,
    issued_on: date,
    currency: Currency,
    billing_name: str,
    billing_address: str | None = None,
    taxes: Sequence[PrintedTax] = (),
    lines: Sequence[Line],
    supplement_of: UUID | None = None,
    reason: str | None = None,
) -> Facts:
    """Finalise a basket into an invoice (FAC-1), or add to a first one, with a reason (FAC-9).

    Raises NothingToInvoice, ValueError on mixed currencies.
    """
    if isinstance(invoice, Issued):
        return []
    if not lines:
        raise NothingToInvoice
    if any(line.price.currency != currency for line in lines):
        raise ValueError("a line is priced in another currency than its invoice")
    return [
        InvoiceIssued(
            person=person,
            number=number,
            issued_on=issued_on,
            currency=currency,
            billing_name=billing_name,
            lines=tuple(lines),
            billing_address=billing_address,
            taxes=tuple(taxes),
            supplement_of=supplement_of,
            reason=reason,
        )
    ]


def make_out_to(invoice: Invoice, *, name: str, address: str | None) -> Facts:
    """Make an issued invoice out to a company, or to anybody else; its lines stay (DOS-16, FAC-9).

    Raises NoSuchInvoice.
    """
    issued = known_invoice(invoice)
    if (issued.billing_name, issued.billing_address) == (name, address):
        return []
    return [InvoiceAddressed(person=issued.client, name=name, address=address)]


def cancel_line(
    invoice: Invoice, line: UUID, *, note: str | None, now: datetime, case: UUID, fee: Fee | None = None
) -> Facts:
    """Take a cancelled registration's line out of what is due, with the client-visible note (INS-8).

    What was paid on it waits in a case, with the fee that the terms propose (INS-9). Raises
    NoSuchInvoice, NoSuchLine.
    """
    issued = known_invoice(invoice)
    if line in issued.cancelled:
        return []
    known = known_line(issued, line)
    return [
        LineCancelled(
            person=issued.client,
            line=line,
            note=note,
            cancelled_at=now,
            fee=fee,
            case=case,
            proposed=proposed_fee(issued, known, fee),
            due=issued.price(known),
        )
    ]


def hand_over(invoice: Invoice, to: UUID) -> Facts:
    """Two dossiers became one: the invoice, or open basket, is the surviving one's (DOS-5)."""
    if not isinstance(invoice, Issued | Draft) or invoice.client == to:
        return []
    return [InvoiceHandedOver(client=invoice.client, to=to)]


def reopen_line(invoice: Invoice, line: UUID) -> Facts:
    """The line stands again, on the old invoice, with what was paid on it (INS-14).

    Raises NoSuchInvoice, NoSuchLine, CaseAlreadyDecided.
    """
    issued = known_invoice(invoice)
    known = known_line(issued, line)
    case = issued.case_of(line)
    if case is not None and not case.is_open:
        raise CaseAlreadyDecided
    return [] if case is None else [LineReopened(line=line, due=issued.price(known))]


@dataclass(frozen=True)
class Verdict:
    """What accounting decide about a cancellation; all else that was paid is credit (FAC-4)."""

    kept: Money
    """The fee."""
    refunds: Sequence[Giving] = ()
    credit: Money | None = None
    """To another invoice."""
    credit_to: UUID | None = None
    credit_payment: UUID | None = None
    """The payment that it is there."""


def decide_case(
    invoice: Invoice,
    case_id: UUID,
    verdict: Verdict,
    *,
    number: str | None,
    today: date,
    by: UUID,
    needs_second: bool,
) -> Facts:
    """Keep the fee, give back or move the rest, or nothing: it is credit then (FAC-4).

    `number` is the credit note's, for what is not kept of the price; None when there is nothing to
    credit. Raises NoSuchInvoice, NoSuchCase, CaseAlreadyDecided, FeeTooHigh, MoreThanPaid and what
    refunds and moved credit are refused for.
    """
    issued = known_invoice(invoice)
    case = known_case(issued, case_id)
    if not case.is_open:
        if _is_met(issued, case, verdict):
            return []
        raise CaseAlreadyDecided
    for amount in (w.amount for w in verdict.refunds):
        of_currency(issued, amount)
    if verdict.credit is not None:
        of_currency(issued, verdict.credit)
    left = credited_by(issued, case, verdict.kept)
    if (number is None) is not (left.minor == 0):
        raise ValueError("a credit note has a number, and no other")
    credited = known_line(issued, case.line).price - (verdict.kept + left)
    decided = CaseDecided(
        case=case_id,
        line=case.line,
        kept=verdict.kept,
        credit_note=None if number is None else CreditNote(number=number, issued_on=today, amount=left),
        moves=_freed(issued, case.line, verdict),
        credited=credited if credited.minor else None,
    )
    after = evolve(issued, decided)
    given = refund(after, verdict.refunds, by=by, needs_second=needs_second)
    facts: list[InvoiceFact] = [decided, *given]
    if verdict.credit is not None and verdict.credit_to is not None and verdict.credit_payment is not None:
        for fact in given:
            after = evolve(after, fact)
        facts += send_credit(after, verdict.credit, to=verdict.credit_to, payment=verdict.credit_payment)
    return facts


def credit_line(
    invoice: Invoice, line: UUID, amount: Money, *, number: str, today: date, reason: str
) -> Facts:
    """Take something off a line by credit note, with a reason; an excess is credit (CAT-4, FAC-9).

    Raises NoSuchInvoice, NoSuchLine, CaseOpen, OtherCurrency, CreditNoteTooHigh.
    """
    issued = known_invoice(invoice)
    found = known_line(issued, line)
    if any(credit.note.number == number for credit in issued.credit_notes):
        return []
    of_currency(issued, amount)
    not_in_a_case(issued, line)
    due = issued.due(found)
    if due < amount:
        raise CreditNoteTooHigh(due=due)
    return [
        LineCredited(
            person=issued.client,
            line=line,
            credit_note=CreditNote(number=number, issued_on=today, amount=amount),
            reason=reason,
            moves=overpaid(issued, line, due - amount),
            of_fee=issued.case_of(line) is not None,
        )
    ]


def _is_met(invoice: Issued, case: Case, verdict: Verdict) -> bool:
    """The same was decided before."""
    moved = verdict.credit_payment is None or verdict.credit_payment in invoice.payments.sent
    refunded = all(wish.refund in invoice.payments.refunds for wish in verdict.refunds)
    return case.kept == verdict.kept and refunded and moved


def _freed(invoice: Issued, line: UUID, verdict: Verdict) -> tuple[Move, ...]:
    """What becomes credit of the money on the line: all but the fee. Raises MoreThanPaid.

    The fee is kept from deposited money that isn't given back or moved, then from what is only noted.
    """
    none = Money.zero(invoice.currency)
    paid = invoice.paid(line)
    given = Money.total(invoice.currency, [wish.amount for wish in verdict.refunds])
    given += verdict.credit or none
    if given.minor and paid < given + verdict.kept:
        raise MoreThanPaid(paid=paid)
    spare = max(none, invoice.paid(line, noted=False) - given)
    left, moves = verdict.kept, []
    for payment in sorted((p for p in invoice.payments if p.counts), key=lambda p: not p.deposited):
        held = payment.held(on_line(line))
        wanted = Money.total(invoice.currency, [w.amount for w in verdict.refunds if w.payment == payment.id])
        kept = min(left, max(none, held - wanted))
        if payment.deposited:
            kept = min(kept, spare)
            spare -= kept
        left -= kept
        if (held - kept).minor:
            freed = Move(payment=payment.id, amount=held - kept, source=on_line(line), target=CREDIT)
            moves.append(freed)
    return tuple(moves)
