"""Give a registration a date, or another one; the old seat is freed in the same step (INS-7, INS-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.registrations import decisions as registrations
from aggregates.client.registrations.events import ExceptionGranted, ExceptionKind
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.state import Sale, Scheduled
from aggregates.client.state import CLIENT, Client
from aggregates.invoice.policies import paid_before_a_near_date, starts_soon
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.kernel import Role
from aggregates.workshop.decisions import free_seat, take_seat
from aggregates.workshop.policies import as_given_up, planned
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change, Loaded


class ChooseDate(Command):
    """Move a registration to a workshop of its activity; to the same workshop nothing happens.

    A workshop that starts within 48 h asks for the registration's balance first. `waive_reason`: office or
    accounting do without.

    Refused: no_such_registration, registration_not_open, other_activity, no_such_workshop,
    workshop_cancelled, workshop_closed, roster_handed_over, workshop_full, retakes_full,
    full_payment_needed, and for clients started_for_clients, workshop_started.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("INS-4", "INS-7", "INS-8", "ATE-2")

    client: UUID
    registration: UUID
    workshop: UUID
    waive_reason: Text | None = None


def handle(command: ChooseDate, act: Act) -> list[Change]:
    client, workshop = act.load(CLIENT.at(command.client), WORKSHOP.at(command.workshop))
    if command.waive_reason is not None:
        act.need(Role.OFFICE, Role.ACCOUNTING)
    return change_date(act, client, workshop, command.registration, waive_reason=command.waive_reason)


def change_date(
    act: Act,
    client: Loaded[Client],
    workshop: Loaded[Workshop],
    registration: UUID,
    *,
    waive_reason: str | None,
) -> list[Change]:
    """Move the registration there; the second of the two loads is for the workshop it leaves, and for the
    invoices that a near date asks about."""
    dossier, date = active(client.state), planned(workshop.state)
    before = known_registration(dossier.places, registration)
    near = starts_soon(date.starts, act.now, before.sale.full_payment_hours)
    left, invoices = act.load_groups(
        [WORKSHOP.at(before.workshop)] if isinstance(before, Scheduled) else [],
        [INVOICE.at(invoice) for invoice in before.sale.invoices] if near else [],
    )
    chosen = registrations.choose_date(
        client.state,
        registration,
        workshop=workshop.id,
        activity=date.activity,
        starts=date.starts,
        left=as_given_up(planned(left[0].state)) if left else None,
        now=act.now,
        by_staff=act.by_staff,
    )
    if not chosen:
        return [Change(client, [])]
    seat = take_seat(
        workshop.state,
        registration,
        client=client.id,
        retake=before.sale.retake,
        now=act.now,
        by_staff=act.by_staff,
        verifies=act.verifies,
        invoice=before.sale.invoice,
    )
    # After the seat: nobody is asked to pay for a full workshop.
    past = _gone_past(client.id, before.sale, invoices, waive_reason) if near else []
    freed = [Change(w, free_seat(w.state, registration, verifies=act.verifies)) for w in left]
    return [Change(client, [*chosen, *past]), Change(workshop, seat), *freed]


def _gone_past(
    client: UUID, sale: Sale, invoices: Sequence[Loaded[Invoice]], waive_reason: str | None
) -> list[ExceptionGranted]:
    states = [invoice.state for invoice in invoices]
    if paid_before_a_near_date(sale, states, waived=waive_reason is not None):
        return []
    kind = ExceptionKind.PAYMENT_WAIVED
    return [ExceptionGranted(person=client, registration=sale.id, kind=kind, reason=waive_reason)]
