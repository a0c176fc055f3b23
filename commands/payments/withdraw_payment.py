"""Take a payment back that was typed by mistake, before its deposit (FAC-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.state import CLIENT
from aggregates.invoice.payments.decisions import withdraw
from aggregates.invoice.policies import known_invoice
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.paying import file_of, takes_text
from schema.store import Change


class WithdrawPayment(Command):
    """Withdraw a payment that is not deposited yet: what it paid is owed again.

    Refused: no_such_invoice, no_such_payment, payment_not_noted, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-2",)

    invoice: UUID
    payment: UUID
    reason: Text


def handle(command: WithdrawPayment, act: Act) -> list[Change]:
    invoice = act.load(INVOICE.at(command.invoice))
    client = act.load(CLIENT.at(known_invoice(invoice.state).client))
    takes_text(file_of(client.state))
    return [Change(invoice, withdraw(invoice.state, command.payment, reason=command.reason))]
