"""Small predicates over the correction of a recent invoice, one per rule."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from aggregates.client.registrations.state import Sale
from aggregates.invoice.corrections.refusals import InvoiceHasPayment, InvoiceOfAnotherDay, PriceWasRaised
from aggregates.invoice.payments.state import PaymentStatus
from aggregates.invoice.refusals import NoSuchLine
from aggregates.invoice.state import Issued


def correctable(invoice: Issued, today: date) -> None:
    """« Création récente »: on the day it was made, in the school's zone, and without a payment (INS-10).

    What was typed and withdrawn was no payment. Raises InvoiceOfAnotherDay, InvoiceHasPayment.
    """
    if invoice.issued_on != today:
        raise InvoiceOfAnotherDay(issued_on=invoice.issued_on)
    if any(payment.status is not PaymentStatus.WITHDRAWN for payment in invoice.payments):
        raise InvoiceHasPayment


def only_line_of(sale: Sale, invoice: UUID) -> UUID:
    """The line of a registration that this invoice alone is about. Raises NoSuchLine, PriceWasRaised."""
    if sale.invoice != invoice:
        raise NoSuchLine
    if sale.supplements:
        raise PriceWasRaised(registration=sale.id)
    return sale.line
