"""Move credit to another invoice of the same client and currency (FAC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar
from uuid import UUID

from aggregates.client.state import CLIENT
from aggregates.invoice.refunds.decisions import send_credit
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.crediting import credit_received
from commands.message import Act, Command
from commands.paying import Amount, Invoices
from schema.store import Change


class MoveCredit(Command):
    """Pay another invoice with credit: deposits first, then balances by date.

    Refused: no_such_dossier, no_such_invoice, other_client, other_currency, same_invoice,
    credit_too_low. Makes `credit`, the payment on the other invoice.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-4", "CAT-2")

    client: UUID
    invoice: UUID
    to: UUID
    amount: Amount


def handle(command: MoveCredit, act: Act) -> list[Change]:
    client, *loaded = act.load(CLIENT.at(command.client), INVOICE.at(command.invoice), INVOICE.at(command.to))
    invoices, payment = Invoices.of(loaded), act.new("credit")
    invoices.take(
        command.invoice, partial(send_credit, amount=command.amount, to=command.to, payment=payment)
    )
    credit_received(invoices, client, command.invoice, command.to, payment, command.amount)
    return invoices.changes
