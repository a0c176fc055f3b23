"""The provider captured a client's payment: the basket becomes an invoice, or the money credit (FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.decisions import quote_of_attempt
from aggregates.invoice.basket.policies import card_sale
from aggregates.invoice.payments.decisions import Incoming, receive
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import for_invoice
from aggregates.invoice.policies import known_invoice
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Money, Refused, Role
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.claims import CAPTURE
from commands.late_captures import kept_as_credit
from commands.merged import followed
from commands.message import Act, Command
from commands.selling_baskets import completed, recorded
from schema.store import Change, fold


class CapturePayment(Command):
    """A card payment of `amount` for the finalised basket's `attempt`; `payment` is one per capture.

    The same capture twice is one. After the hold it completes while the seats are still free; else the
    money opens a credit of the client (a to-do of accounting). Refused: nothing that loses money.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-1", "FAC-2", "FAC-3")

    client: UUID
    basket: UUID
    attempt: UUID
    payment: UUID
    amount: Money


def handle(command: CapturePayment, act: Act) -> list[Change]:
    if act.holder(CAPTURE, str(command.payment)) is not None:
        return []
    client, basket, settings = act.load(
        CLIENT.at(command.client), INVOICE.at(command.basket), SETTINGS.at(SETTINGS_ID)
    )
    client = followed(act, client)
    incoming = Incoming(payment=command.payment, method=PaymentMethod.CARD, amount=command.amount)
    quote = quote_of_attempt(basket.state, command.attempt, command.amount)
    workshops = act.load_all(
        [WORKSHOP.at(r.workshop) for r in (quote.registrations if quote else ()) if r.workshop is not None]
    )
    try:
        if quote is None:
            return kept_as_credit(act, client, incoming, command.attempt)
        dates = {workshop.id: workshop for workshop in workshops}
        taken = recorded(client, quote, card_sale(basket.state))
        changes = completed(act, client, basket, [], quote, dates, settings.state, taken)
    except Refused:
        return kept_as_credit(act, client, incoming, command.attempt)
    *others, invoice = changes
    issued = fold(INVOICE, invoice.facts, basket.state)
    starts = {r.registration: r.starts for r in quote.registrations if r.starts is not None}
    soon = [line.id for line in quote.lines if line.due_now == line.price]
    paid = receive(issued, incoming, for_invoice(known_invoice(issued), starts, soon))
    return [*others, Change(basket, [*invoice.facts, *paid])]
