"""What may be paid by card on an invoice or a finalised basket: from what is due now to the whole (FAC-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier
from aggregates.invoice.basket.decisions import quote_of_attempt
from aggregates.invoice.basket.policies import card_sale, due_of, total_of
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.events import Line
from aggregates.invoice.policies import known_invoice, starts_soon
from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Money
from commands.message import Act
from commands.selling_baskets import completes_now, open_basket_of


@dataclass(frozen=True)
class Payable:
    """An amount from `least` to `most`; nothing is left to pay where `most` is 0."""

    client: UUID
    invoice: UUID
    """A basket's stream becomes its invoice."""
    number: str
    """Empty for a basket."""
    least: Money
    most: Money
    attempt: UUID | None = None
    until: datetime | None = None
    """A basket's seats are held until then."""

    def takes(self, amount: Money) -> bool:
        """Whether that amount may be paid."""
        return amount.currency == self.most.currency and max(1, self.least.minor) <= amount.minor <= (
            self.most.minor
        )


def asked_of(invoice: Issued) -> Money:
    """What the lines still ask for, noted cheques taken off: more would be an overpayment."""
    return Money.total(
        invoice.currency, (invoice.due(line) - invoice.paid(line.id) for line in _decided(invoice))
    )


def payable_invoice(act: Act, invoice: UUID) -> Payable:
    """What may be paid on an issued invoice: what is due now at least, any part of the balance otherwise.

    Due now are the deposits that are lacking, and all of what starts within the hours of INS-4.
    Raises NoSuchInvoice.
    """
    issued = known_invoice(act.load(INVOICE.at(invoice)).state)
    client = act.load(CLIENT.at(issued.client))
    if not isinstance(client.state, Dossier | DeactivatedDossier):
        raise NoSuchInvoice
    soon = {
        id_
        for id_, r in client.state.registrations.items()
        if isinstance(r, Scheduled) and starts_soon(r.starts, act.now, r.sale.full_payment_hours)
    }
    zero = Money.zero(issued.currency)
    due = Money.total(
        issued.currency,
        (
            max(zero, (invoice_due if line.registration in soon else min(line.deposit, invoice_due)) - paid)
            for line in _decided(issued)
            for invoice_due, paid in [(issued.due(line), issued.paid(line.id))]
        ),
    )
    return Payable(issued.client, invoice, issued.number, due, max(zero, asked_of(issued)))


def payable_basket(act: Act, client: UUID) -> Payable | None:
    """What the client's finalised basket takes (FAC-1); None where none awaits a payment."""
    known = open_basket_of(act, client)
    if known is None:
        return None
    basket = act.load(known)
    return _awaited(basket.id, basket.state) if isinstance(basket.state, BeingPaid) else None


def payable_by_link(act: Act, invoice: UUID) -> Payable | None:
    """What a link names: an invoice, or what staff sell by card; None where that waits no more (INS-4).

    Raises NoSuchInvoice, also for a client's own basket.
    """
    state = act.load(INVOICE.at(invoice)).state
    if card_sale(state) is None:
        return payable_invoice(act, invoice)
    return _awaited(invoice, state) if isinstance(state, BeingPaid) else None


def _awaited(basket: UUID, state: BeingPaid) -> Payable:
    quote = state.quote
    return Payable(
        state.client,
        basket,
        "",
        due_of(quote.lines, quote.currency),
        total_of(quote.lines, quote.currency),
        quote.attempt,
        quote.until,
    )


def still_wanted(act: Act, invoice: UUID, attempt: UUID | None, amount: Money) -> bool:
    """Whether this money is still asked for, the moment before it is taken: else it stays with the payer.

    For a basket while its seats are held, and after that where they are still free: money is not taken for
    what may be somebody else's (FAC-1).
    """
    known = act.load(INVOICE.at(invoice))
    state = known.state
    if attempt is None or isinstance(state, Issued):
        return attempt is None and isinstance(state, Issued) and amount <= asked_of(state)
    quote = quote_of_attempt(state, attempt, amount)
    if quote is None or not isinstance(state, BeingPaid | Draft):
        return False
    # While it is held too: somebody may have registered the client meanwhile.
    return completes_now(act, known, quote, state.client)


def sold_by_school(act: Act, invoice: UUID) -> bool:
    """Whether it is what staff sell by card, not paid yet."""
    return card_sale(act.load(INVOICE.at(invoice)).state) is not None


def booked_on(act: Act, invoice: UUID, payments: Sequence[UUID]) -> bool:
    """Whether all these card payments stand on that invoice."""
    state = act.load(INVOICE.at(invoice)).state
    return isinstance(state, Issued) and all(payment in state.payments.known for payment in payments)


def _decided(invoice: Issued) -> list[Line]:
    return [line for line in invoice.lines if line.id not in invoice.undecided]
