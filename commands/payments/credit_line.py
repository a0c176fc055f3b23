"""Accounting adjust an invoice by credit note, with a reason (CAT-4, FAC-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.state import CLIENT
from aggregates.invoice.decisions import credit_line
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.crediting import credit_note_number
from commands.message import Act, Command, Text
from commands.paying import Amount, Invoices, file_of, takes_text
from schema.store import Change


class CreditLine(Command):
    """Take something off a line; what is overpaid by it becomes credit.

    Refused: no_such_dossier, dossier_not_active, no_such_invoice, no_such_line, case_open,
    other_currency, credit_note_too_high.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-9", "CAT-4")

    client: UUID
    invoice: UUID
    line: UUID
    amount: Amount
    reason: Text


def handle(command: CreditLine, act: Act) -> list[Change]:
    client, invoice, settings = act.load(
        CLIENT.at(command.client), INVOICE.at(command.invoice), SETTINGS.at(SETTINGS_ID)
    )
    state = Invoices.of([invoice]).state_of(invoice.id, client)
    takes_text(file_of(client.state))
    credited = credit_line(
        state,
        command.line,
        command.amount,
        number=credit_note_number(act, settings.state, state),
        today=settings.state.day_of(act.now),
        reason=command.reason,
    )
    return [Change(invoice, credited)]
