"""What may happen to an invoice: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from aggregates.invoice.events import (
    Fee,
    InvoiceFact,
    InvoiceIssued,
    Line,
    LineCancelled,
    LineReopened,
    PrintedTax,
)
from aggregates.invoice.refusals import NoSuchInvoice, NoSuchLine, NothingToInvoice
from aggregates.invoice.state import Invoice, Issued, NotIssued
from aggregates.kernel import Currency

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
) -> Facts:
    """Finalise a basket into an invoice (FAC-1). Raises NothingToInvoice, ValueError on mixed currencies."""
    if not isinstance(invoice, NotIssued):
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
        )
    ]


def cancel_line(
    invoice: Invoice, line: UUID, *, note: str | None, now: datetime, fee: Fee | None = None
) -> Facts:
    """Take a cancelled registration's line out of what is due, with the client-visible note (INS-8).

    Raises NoSuchInvoice, NoSuchLine.
    """
    if not isinstance(invoice, Issued):
        raise NoSuchInvoice
    if line in invoice.cancelled:
        return []
    if all(known.id != line for known in invoice.lines):
        raise NoSuchLine
    return [LineCancelled(person=invoice.client, line=line, note=note, cancelled_at=now, fee=fee)]


def reopen_line(invoice: Invoice, line: UUID) -> Facts:
    """The line stands again, on the old invoice (INS-14). Raises NoSuchInvoice, NoSuchLine."""
    if not isinstance(invoice, Issued):
        raise NoSuchInvoice
    if all(known.id != line for known in invoice.lines):
        raise NoSuchLine
    return [LineReopened(line=line)] if line in invoice.cancelled else []
