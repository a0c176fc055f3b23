"""What staff sell by card, as its page shows it, and what a place lacks before a near date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.registrations.policies import known_registration
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.policies import card_sale, due_of, total_of
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.events import Line
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.policies import known_invoice
from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Money
from commands.message import Act


@dataclass(frozen=True)
class CardSale:
    """A sale whose payment is awaited, came, or came not in time."""

    lines: Sequence[Line]
    workshops: Sequence[UUID]
    due_now: Money
    total: Money
    attempt: UUID | None
    """None once it is paid."""
    until: datetime | None
    """While the seats are held."""
    number: str
    """Of the invoice, once it is paid."""
    phase: UUID | None = None
    given_up: bool = False
    """Its hold ended before its time."""
    awaited: bool = False
    """Its card is awaited, though the hold may just be over."""

    @property
    def activity(self) -> UUID | None:
        """The first place's, for who begins anew."""
        return self.lines[0].activity if self.lines else None


def card_sale_shown(client: UUID, basket: UUID, act: Act) -> CardSale:
    """Raises NoSuchInvoice for what is no sale by card of this client."""
    state = act.load(INVOICE.at(basket)).state
    if isinstance(state, Issued) and state.client == client and _by_card(state):
        due = total_of(state.lines, state.currency)
        return CardSale(state.lines, (), due, due, None, None, state.number)
    if card_sale(state) is None or not isinstance(state, BeingPaid | Draft) or state.client != client:
        raise NoSuchInvoice
    quote = state.quote if isinstance(state, BeingPaid) else state.lapsed
    assert quote is not None, "it is frozen in the act that begins it"
    return CardSale(
        quote.lines,
        [r.workshop for r in quote.registrations if r.workshop is not None],
        due_of(quote.lines, quote.currency),
        total_of(quote.lines, quote.currency),
        quote.attempt,
        quote.until if isinstance(state, BeingPaid) and act.now < quote.until else None,
        "",
        next((student.phase for student in quote.students), None),
        isinstance(state, Draft) and act.now < quote.until,
        isinstance(state, BeingPaid),
    )


def _by_card(invoice: Issued) -> bool:
    return any(payment.method is PaymentMethod.CARD for payment in invoice.payments)


@dataclass(frozen=True)
class Lacking:
    """What a place lacks on one of its invoices."""

    invoice: UUID
    number: str
    amount: Money


def lacking(client: UUID, registration: UUID, act: Act) -> Lacking:
    """On the first of its invoices where something is; else 0 on the last. Raises NoSuchRegistration.

    Noted money counts, as it does where the date is chosen (INS-4).
    """
    sale = known_registration(active(act.load(CLIENT.at(client)).state).places, registration).sale
    found: Lacking | None = None
    for loaded in act.load_all([INVOICE.at(invoice) for invoice in sale.invoices]):
        invoice = known_invoice(loaded.state)
        own = [line for line in invoice.lines if line.id in sale.lines]
        amounts = (invoice.due(line) - invoice.paid(line.id) for line in own)
        found = Lacking(loaded.id, invoice.number, Money.total(invoice.currency, amounts))
        if found.amount.minor > 0:
            break
    assert found is not None, "a place was sold on an invoice"
    return found
