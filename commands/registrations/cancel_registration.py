"""Cancel a registration for good, with the note on its invoice (INS-7, INS-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.registrations.decisions import cancel
from aggregates.client.registrations.events import CancelReason
from aggregates.client.registrations.policies import is_open, known_registration, note_from_staff
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT
from aggregates.invoice.decisions import cancel_line
from aggregates.invoice.policies import cancellation_fee
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.decisions import free_seat
from aggregates.workshop.policies import as_given_up, planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class CancelRegistration(Command):
    """Cancel a registration; staff write a `note` on the invoice, which the client reads.

    Refused: no_such_registration, registration_not_open, workshop_closed, roster_handed_over, note_needed,
    and for clients started_for_clients, note_by_staff_only. Makes `case-1` and, for each supplementary
    invoice, `case-2` and so on.
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
    registration = known_registration(active(client.state).places, command.registration)
    if is_open(registration):
        note_from_staff(command.note, by_staff=act.by_staff)
    invoices, dates = act.load_groups(
        [INVOICE.at(i) for i in registration.sale.invoices],
        [WORKSHOP.at(registration.workshop)] if isinstance(registration, Scheduled) else [],
    )
    cancelled = cancel(client.state, command.registration, now=act.now, by_staff=act.by_staff)
    if not isinstance(registration, ToSchedule | Scheduled):
        return [Change(client, cancelled)]
    date_ = as_given_up(planned(dates[0].state)) if dates else None
    fee = cancellation_fee(registration, date_, now=act.now, why=CancelReason.ASKED)
    return [
        Change(client, cancelled),
        *(Change(left, free_seat(left.state, command.registration, verifies=act.verifies)) for left in dates),
        *(
            Change(
                invoice,
                cancel_line(
                    invoice.state, line, note=command.note, now=act.now, case=act.new(f"case-{n}"), fee=fee
                ),
            )
            for n, (invoice, line) in enumerate(zip(invoices, registration.sale.lines, strict=True), 1)
        ),
    ]
