"""Cancel a registration for good, with the note on its invoice (INS-7, INS-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import cancel
from aggregates.client.events import RegistrationCancelled
from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.invoice.decisions import cancel_line
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.decisions import free_seat
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class CancelRegistration(Command):
    """Cancel a registration; the client reads `note` on the invoice.

    Refused: no_such_registration, registration_not_open, and for clients started_for_clients.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("INS-7", "INS-8")

    client: UUID
    registration: UUID
    note: Text | None


def handle(command: CancelRegistration, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    cancelled = cancel(client.state, command.registration, now=act.now, by_staff=act.by_staff)
    changes = [Change(client, cancelled)]
    for fact in cancelled:
        assert isinstance(fact, RegistrationCancelled)
        sale = active(client.state).registrations[fact.registration].sale
        if fact.workshop is None:
            invoice = act.load(INVOICE.at(sale.invoice))
        else:
            invoice, left = act.load(INVOICE.at(sale.invoice), WORKSHOP.at(fact.workshop))
            changes.append(Change(left, free_seat(left.state, fact.registration)))
        line = cancel_line(invoice.state, sale.line, note=command.note, now=act.now)
        changes.append(Change(invoice, line))
    return changes
