"""From what accounting decide to credit, refunds and credit notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from aggregates.catalogue.settings import SchoolSettings
from aggregates.client.state import Client
from aggregates.invoice.payments.decisions import Incoming, receive
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import for_invoice, same_owner
from aggregates.invoice.policies import of_currency
from aggregates.invoice.refunds.decisions import Giving
from aggregates.invoice.state import Issued
from aggregates.kernel import Money, Value
from commands.message import Act
from commands.paying import Amount, Invoices, file_of, starts_of
from schema.store import Loaded

RefundMethod = Literal[PaymentMethod.CARD, PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER]


class RefundOf(Value):
    """Money of one payment to give back; a refund by card goes to the card that paid."""

    payment: UUID
    amount: Amount
    method: RefundMethod


def givings(act: Act, refunds: Sequence[RefundOf]) -> list[Giving]:
    """The refunds under their new ids."""
    return [Giving(act.new(f"refund-{n}"), r.payment, r.amount, r.method) for n, r in enumerate(refunds, 1)]


def needs_second(school: SchoolSettings, invoice: Issued, refunds: Sequence[RefundOf]) -> bool:
    """All refunds of one act together are above the limit (FAC-4). Raises OtherCurrency."""
    for refund in refunds:
        of_currency(invoice, refund.amount)
    together = Money.total(invoice.currency, (refund.amount for refund in refunds))
    return school.above_refund_limit(together)


def credit_note_number(act: Act, school: SchoolSettings, invoice: Issued) -> str:
    """The next number of the credit notes of that currency: CA-N-2026-0007 (FAC-4)."""
    return act.number(f"{school.series[invoice.currency]}-N", school.day_of(act.now).year)


def credit_received(
    invoices: Invoices, client: Loaded[Client], source: UUID, target: UUID, payment: UUID, amount: Money
) -> None:
    """Credit that left one invoice of the client comes in on another (FAC-4).

    Raises NoSuchDossier, NoSuchInvoice, SameInvoice, OtherClient, OtherCurrency.
    """
    other = invoices.state(target)
    same_owner(invoices.state_of(source, client), source, other, target)
    marks = for_invoice(other, starts_of(file_of(client.state).places))
    incoming = Incoming(payment, PaymentMethod.CREDIT, amount, credit_from=source)
    invoices.take(target, lambda state: receive(state, incoming, marks))
