"""From à la carte to a phase in one guided step: dates and seats pass, nothing is freed (INS-11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.phases.decisions import change_to_phase
from aggregates.client.phases.policies import open_a_la_carte
from aggregates.client.policies import red_flag_heeded
from aggregates.client.registrations.events import CancelReason, Registered
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.invoice.decisions import cancel_line
from aggregates.invoice.policies import cancellation_fee
from aggregates.invoice.pricing import full_payment_given
from aggregates.invoice.state import Invoice
from aggregates.kernel import Fact, Role
from aggregates.workshop.state import Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.passing_seats import passed_or_freed
from commands.paying import FirstPayment
from commands.paying_at_once import noted_at_once
from commands.registrations.register_for_phase import PhaseDate
from commands.selling import Sold
from commands.selling_phases import PhaseSale
from schema.store import Change, Loaded


class ChangeToPhase(Command):
    """End the open à-la-carte registrations of the phase and enrol the client with the same dates.

    `dates` may choose another date for an activity, whose old seat is then freed; so is the seat of an
    activity that counts as done. The client reads `note` on the old invoices, each of which gets a case
    without fee.

    Refused: as register-for-phase, but for registrations_in_phase. Makes `enrolment`, `invoice`; per place
    `registration-1`, `line-1` and so on; per old line `case-1` and so on; with a payment `payment`,
    `cheque`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-11", "INS-2", "INS-3", "INS-4", "INS-12", "FAC-1")

    client: UUID
    phase: UUID
    note: Text
    dates: tuple[PhaseDate, ...] = Field(default=(), max_length=50)
    discount: UUID | None = None
    although_free: bool = False
    red_flag_confirmed: bool = False
    waive_reason: Text | None = None
    payment: FirstPayment | None = None


@dataclass(frozen=True)
class Passing:
    """What the step comes to, decided but for its payment: the page that offers it shares this."""

    wish: PhaseSale
    held: Sequence[ToSchedule | Scheduled]
    """À la carte until now."""
    kept: Mapping[UUID, UUID]
    """The workshop whose seat passes, by activity."""
    workshops: Mapping[UUID, Loaded[Workshop]]
    old_invoices: Mapping[UUID, Loaded[Invoice]]
    invoice: Loaded[Invoice]
    sold: Sequence[Sold]
    facts: Sequence[Fact]

    @property
    def anew(self) -> list[Sold]:
        """Those that take no date from before."""
        return [s for s in self.sold if s.place.activity.id not in self.kept]

    @property
    def successors(self) -> dict[UUID, Registered]:
        """The registrations that the seats pass to, by activity."""
        return {
            s.place.activity.id: s.registered
            for s in self.sold
            if s.registered is not None and s.place.activity.id in self.kept
        }


def handle(command: ChangeToPhase, act: Act) -> list[Change]:
    passing = passed(command, act)
    sale, anew = passing.wish.sale, passing.anew
    paid = None if command.payment is None else command.payment.amount
    full_payment_given([s.quote for s in anew], paid=paid, waived=command.waive_reason is not None)
    # What passes with its date was paid before: only what is dated now can be waived.
    waived = {s.line.id: command.waive_reason for s in anew}
    exceptions = [e for s in passing.sold for e in sale.gone_past(s, waive_reason=waived.get(s.line.id))]
    bill = sale.invoice(passing.invoice, passing.sold)
    return [
        Change(passing.wish.client, [*passing.facts, *exceptions]),
        *passed_or_freed(act, passing.held, passing.successors, passing.workshops),
        *sale.seats(anew),
        *_old_lines(passing.held, passing.old_invoices, command.note, act),
        noted_at_once(command.payment, act, bill, passing.sold, newly_dated=anew),
    ]


def passed(command: ChangeToPhase, act: Act) -> Passing:
    """All of it but its payment and what the old invoices say."""
    wish = PhaseSale.load(act, command.client, command.phase)
    red_flag_heeded(wish.sale.dossier, by_staff=True, confirmed=command.red_flag_confirmed)
    if command.waive_reason is not None:
        act.need(Role.OFFICE, Role.ACCOUNTING)
    wish.not_free_a_la_carte(although=command.although_free)
    held = open_a_la_carte(wish.sale.dossier.places, wish.phase.activities)
    dated = {h.sale.activity: h.workshop for h in held if isinstance(h, Scheduled)}
    chosen = {d.activity: d.workshop for d in command.dates if dated.get(d.activity) != d.workshop}
    kept = {a: w for a, w in dated.items() if a not in chosen and not wish.counts_as_done(a)}
    places, workshops, invoices = wish.load_places(
        kept | chosen,
        command.discount,
        also_workshops=list(dated.values()),
        also_invoices=list(dict.fromkeys(i for h in held for i in h.sale.invoices)),
    )
    invoice = wish.sale.fresh_invoice()
    sold = wish.sell(places, invoice.id)
    wish.no_date_for_what_is_done(sold, chosen)
    registered = [s.registered for s in sold if s.registered is not None]
    changed = change_to_phase(wish.client.state, wish.enrolled(invoice.id, sold), registered)
    return Passing(wish, held, kept, workshops, invoices, invoice, sold, changed)


def _old_lines(
    held: Sequence[ToSchedule | Scheduled],
    invoices: Mapping[UUID, Loaded[Invoice]],
    note: str,
    act: Act,
) -> list[Change]:
    """Each old line is cancelled without fee; what was paid waits in its case (INS-9, INS-11)."""
    facts: dict[UUID, list[Fact]] = {}
    for registration in held:
        fee = cancellation_fee(registration, None, now=act.now, why=CancelReason.TO_PHASE)
        for invoice, line in zip(registration.sale.invoices, registration.sale.lines, strict=True):
            case = act.new(f"case-{sum(map(len, facts.values())) + 1}")
            state = invoices[invoice].state
            cancelled = cancel_line(state, line, note=note, now=act.now, case=case, fee=fee)
            facts.setdefault(invoice, []).extend(cancelled)
    return [Change(invoices[id_], cancelled) for id_, cancelled in facts.items()]
