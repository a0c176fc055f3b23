"""The provider captured a client's payment of an invoice: it is booked, or kept as credit (FAC-2, FAC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier
from aggregates.invoice.payments.decisions import Incoming, receive
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import for_invoice
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Money, Role
from commands.access import Scope, anyone
from commands.claims import CAPTURE
from commands.late_captures import kept_as_credit
from commands.merged import followed
from commands.message import Act, Command
from commands.payable import asked_of
from commands.paying import starts_of
from schema.store import Change


class CaptureBalance(Command):
    """A card payment of `amount` for an issued invoice; `payment` is one per capture.

    The same capture twice is one. It fills the invoice's deposits, then its balances; an excess is credit
    of the invoice. Where nothing is asked for any more the money opens a credit of the client (a to-do of
    accounting). Refused: nothing that loses money.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-2", "FAC-1", "FAC-3")

    client: UUID
    invoice: UUID
    payment: UUID
    amount: Money
    registration: UUID | None = None  # whose lines are filled first: its date is near (INS-4)


def handle(command: CaptureBalance, act: Act) -> list[Change]:
    if act.holder(CAPTURE, str(command.payment)) is not None:
        return []
    client, invoice = act.load(CLIENT.at(command.client), INVOICE.at(command.invoice))
    client = followed(act, client)
    issued, file = invoice.state, client.state
    incoming = Incoming(payment=command.payment, method=PaymentMethod.CARD, amount=command.amount)
    if (
        not isinstance(issued, Issued)
        or issued.client != client.id
        or issued.currency != command.amount.currency
        or not asked_of(issued).minor
    ):
        return kept_as_credit(act, client, incoming, command.payment)
    starts = starts_of(file.places) if isinstance(file, Dossier | DeactivatedDossier) else {}
    first = [line.id for line in issued.lines if line.registration == command.registration is not None]
    return [Change(invoice, receive(issued, incoming, for_invoice(issued, starts, first)))]


def payment_of(capture: str) -> UUID:
    """The id in the log of what the provider captured: one per capture, whoever learns of it."""
    return uuid5(PORTAIL, f"capture/{capture}")
