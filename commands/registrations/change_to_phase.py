"""From à la carte to a phase in one guided step: dates and seats pass, nothing is freed (INS-11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.phases.decisions import change_to_phase
from aggregates.client.policies import red_flag_heeded
from aggregates.client.registrations.events import CancelReason
from aggregates.client.registrations.policies import open_a_la_carte
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.invoice.decisions import cancel_line
from aggregates.invoice.policies import cancellation_fee
from aggregates.invoice.pricing import full_payment_given
from aggregates.invoice.state import Invoice
from aggregates.kernel import Role
from aggregates.workshop.decisions import free_seat, pass_seat
from aggregates.workshop.state import Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.registrations.register_for_phase import PhaseDate
from commands.selling import Sold
from commands.selling_phases import PhaseSale
from schema.store import Change, Loaded


class ChangeToPhase(Command):
    """End the open à-la-carte registrations of the phase and enrol the client with the same dates.

    `dates` may choose another date for an activity, whose old seat is then freed. The client reads `note`
    on the old invoices, each of which gets a case without fee.

    Refused: as register-for-phase, but for registrations_in_phase. Makes `enrolment`, `invoice`; per place
    `registration-1`, `line-1` and so on.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-11", "INS-2", "INS-4", "INS-12", "FAC-1")

    client: UUID
    phase: UUID
    note: Text
    dates: tuple[PhaseDate, ...] = Field(default=(), max_length=50)
    discount: UUID | None = None
    red_flag_confirmed: bool = False
    waive_reason: Text | None = None


def handle(command: ChangeToPhase, act: Act) -> list[Change]:
    wish = PhaseSale.load(act, command.client, command.phase)
    dossier = wish.sale.dossier
    red_flag_heeded(dossier, by_staff=True, confirmed=command.red_flag_confirmed)
    if command.waive_reason is not None:
        act.need(Role.OFFICE, Role.ACCOUNTING)
    held = open_a_la_carte(dossier.places, wish.phase.activities)
    kept = {h.sale.activity: h.workshop for h in held if isinstance(h, Scheduled)}
    places, workshops, invoices = wish.load_places(
        kept | {chosen.activity: chosen.workshop for chosen in command.dates},
        command.discount,
        also_workshops=list(kept.values()),
        also_invoices=list(dict.fromkeys(i for h in held for i in h.sale.invoices)),
    )
    invoice = wish.sale.fresh_invoice()
    sold = wish.sell(places, invoice.id)
    passing = {s.place.activity.id: s for s in sold if _keeps_its_date(s, kept)}
    newly_dated = [s for s in sold if not _keeps_its_date(s, kept)]
    full_payment_given([s.quote for s in newly_dated], paid=None, waived=command.waive_reason is not None)
    student = wish.enrolled(invoice.id, sold)
    registered = [s.registered for s in sold if s.registered is not None]
    changed = change_to_phase(wish.client.state, student, registered)
    return [
        Change(wish.client, [*changed, *wish.waived(newly_dated, command.waive_reason)]),
        *_old_seats(held, passing, workshops),
        *wish.sale.seats(newly_dated),
        *_old_lines(held, invoices, command.note, act),
        wish.sale.invoice(invoice, sold),
    ]


def _keeps_its_date(sold: Sold, kept: Mapping[UUID, UUID]) -> bool:
    workshop = sold.place.workshop
    return workshop is not None and kept.get(sold.place.activity.id) == workshop.id


def _old_seats(
    held: Sequence[ToSchedule | Scheduled],
    passing: Mapping[UUID, Sold],
    workshops: Mapping[UUID, Loaded[Workshop]],
) -> list[Change]:
    """Each old seat passes to the phase's registration, or is freed where another date was chosen."""
    changes = []
    for registration in held:
        if not isinstance(registration, Scheduled):
            continue
        workshop, successor = workshops[registration.workshop], passing.get(registration.sale.activity)
        if successor is None or successor.registered is None:
            facts = free_seat(workshop.state, registration.sale.id)
        else:
            facts = pass_seat(
                workshop.state,
                registration.sale.id,
                to=successor.registered.registration,
                retake=successor.registered.retake,
                invoice=successor.registered.invoice,
            )
        changes.append(Change(workshop, facts))
    return changes


def _old_lines(
    held: Sequence[ToSchedule | Scheduled],
    invoices: Mapping[UUID, Loaded[Invoice]],
    note: str,
    act: Act,
) -> list[Change]:
    """Each old line is cancelled without fee; what was paid waits in its case (INS-9, INS-11)."""
    facts: dict[UUID, list[object]] = {}
    for registration in held:
        fee = cancellation_fee(registration, None, now=act.now, why=CancelReason.TO_PHASE)
        lines = [(registration.sale.invoice, registration.sale.line)]
        lines += [(s.invoice, s.line) for s in registration.sale.supplements]
        for invoice, line in lines:
            cancelled = cancel_line(invoices[invoice].state, line, note=note, now=act.now, fee=fee)
            facts.setdefault(invoice, []).extend(cancelled)
    return [Change(invoices[id_], cancelled) for id_, cancelled in facts.items()]  # type: ignore[arg-type]
