"""Take a payment back that was typed by mistake, before its deposit (FAC-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.registrations.state import Followed, Scheduled
from aggregates.client.state import CLIENT
from aggregates.invoice.payments.decisions import withdraw
from aggregates.invoice.payments.policies import known_payment
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.paying import Invoices, file_of, roster_takes_money, takes_text
from schema.store import Change


class WithdrawPayment(Command):
    """Withdraw a payment that is not deposited yet: what it paid is owed again.

    Refused: no_such_dossier, dossier_not_active, no_such_invoice, no_such_payment, payment_not_noted,
    workshop_closed, roster_handed_over.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-2", "ATE-7")

    client: UUID
    invoice: UUID
    payment: UUID
    reason: Text


def handle(command: WithdrawPayment, act: Act) -> list[Change]:
    client, invoice = act.load(CLIENT.at(command.client), INVOICE.at(command.invoice))
    file, issued = file_of(client.state), Invoices.of([invoice]).state_of(invoice.id, client)
    takes_text(file)
    typed_for = known_payment(issued, command.payment).registration
    registration = None if typed_for is None else file.registrations[typed_for]
    if isinstance(registration, Scheduled | Followed):
        roster_takes_money(act, act.load(WORKSHOP.at(registration.workshop)).state, registration)
    return [Change(invoice, withdraw(issued, command.payment, reason=command.reason))]
