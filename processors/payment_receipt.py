"""The client gets a receipt of each payment, of a typed one as soon as it is noted (COM-2, FAC-2)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.invoice.basket.events import CreditOpened
from aggregates.invoice.events import InvoiceHandedOver, InvoiceIssued, InvoiceTakenOver
from aggregates.invoice.payments.events import PaymentMethod, PaymentReceived
from processors.runtime.effects import Due, Mail, Processor, Timer
from schema.envelope import Recorded

_PAID = frozenset({PaymentMethod.CARD, PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER})
"""Credit moved between invoices and what another system took are no payments of the client's."""


def react(event: Recorded) -> Sequence[Timer]:
    """Whose payment it is, the invoice's other facts tell."""
    match event.fact:
        case PaymentReceived() as fact if fact.method in _PAID:
            return [Timer("received", event.envelope.at)]
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Mail]:
    """One mail per payment; one that came too late says that the money is kept (FAC-1)."""
    client, template = None, "payment_received"
    mails = []
    for event in history:
        match event.fact:
            case InvoiceIssued() | InvoiceTakenOver() as fact:
                client = fact.person
            case InvoiceHandedOver(to=to):
                client = to
            case CreditOpened() as fact:
                client, template = fact.client, "payment_kept"
            case PaymentReceived() as fact if event.envelope.at == timer.due and fact.method in _PAID:
                assert client is not None
                params = {"invoice": timer.stream, "payment": fact.payment}
                mails.append(Mail(f"received/{fact.payment}", template, "client", client, params))
            case _:
                pass
    return mails


PROCESSOR = Processor("payment_receipt", react, fire)
