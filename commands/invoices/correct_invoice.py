"""« Modifier la facture / création récente »: what was registered by mistake is put right (INS-10, FAC-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from aggregates.catalogue.policies import known_phase
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import ACTIVITY, DISCOUNT, PHASE, SETTINGS, SETTINGS_ID
from aggregates.client.events import ClientFact
from aggregates.client.phases.decisions import enrol
from aggregates.client.policies import active, red_flag_heeded
from aggregates.client.registrations.decisions import register, take_back
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Client
from aggregates.invoice.corrections.decisions import take_off, taken_off
from aggregates.invoice.corrections.policies import correctable, only_line_of
from aggregates.invoice.corrections.refusals import NothingToCorrect
from aggregates.invoice.policies import of_currency
from aggregates.invoice.pricing import full_payment_given
from aggregates.invoice.state import INVOICE, Invoice, Issued
from aggregates.kernel import Money, Role, Value
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.access import Scope, anyone
from commands.crediting import credit_note_number
from commands.message import Act, Command, Text
from commands.passing_seats import passed_or_freed
from commands.paying import FirstPayment, Invoices
from commands.paying_at_once import noted_at_once
from commands.registrations.register_for_phase import PhaseDate
from commands.selling import Place, Sale, Sold
from commands.selling_phases import PhaseSale
from schema.store import Change, Loaded, fold


class AddedPlace(Value):
    """An activity that should have been sold, as register-client has it; without `workshop` À PLANIFIER."""

    activity: UUID
    workshop: UUID | None
    discount: UUID | None = None
    trainee: bool = False


class AddedPhase(Value):
    """A phase that should have been sold, as register-for-phase has it."""

    phase: UUID
    dates: tuple[PhaseDate, ...] = Field(default=(), max_length=50)
    discount: UUID | None = None
    although_free: bool = False


class CorrectInvoice(Command):
    """Take registrations off an invoice of today that nothing was paid on, and sell others in their stead.

    The invoice and its number stay. What is in `remove` ends without fee and is credited by one credit
    note; a phase goes with all its places. What is in `add`, or the `phase`, stands on a new invoice linked
    to the first; a seat in the same workshop passes over. The client reads `reason` on both. `waive_reason`
    and `payment` as in register-client.

    Refused: no_such_dossier, dossier_not_active, no_such_invoice, nothing_to_correct,
    invoice_of_another_day, invoice_has_payment, no_such_registration, no_such_line, line_already_cancelled,
    registration_not_open, price_was_raised, phase_goes_whole, workshop_closed, roster_handed_over; for what
    is added as register-client, or register-for-phase, and other_currency. Makes `case-1` and so on; with
    places added `invoice`, `registration-1`, `line-1` and so on, with a phase `enrolment`; with a payment
    `payment`, `cheque`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-10", "INS-4", "INS-12", "FAC-1", "FAC-9", "ATE-2")

    client: UUID
    invoice: UUID
    reason: Text
    remove: tuple[UUID, ...] = Field(default=(), max_length=50)
    add: tuple[AddedPlace, ...] = Field(default=(), max_length=50)
    phase: AddedPhase | None = None
    red_flag_confirmed: bool = False
    waive_reason: Text | None = None
    payment: FirstPayment | None = None

    @model_validator(mode="after")
    def _paid_is_what_is_added(self) -> CorrectInvoice:
        if self.payment is not None and not self.add and self.phase is None:
            raise ValueError("a payment is for what is added")
        if self.add and self.phase is not None:
            raise ValueError("either places or a phase")
        return self


@dataclass(frozen=True)
class Correction:
    """What ends and what is sold instead."""

    client: Loaded[Client]
    first: Loaded[Invoice]
    issued: Issued
    school: SchoolSettings
    ended: Sequence[ClientFact]
    held: Sequence[ToSchedule | Scheduled]
    workshops: Mapping[UUID, Loaded[Workshop]]
    sale: Sale
    sold: Sequence[Sold]
    wish: PhaseSale | None


def correction(command: CorrectInvoice, act: Act) -> Correction:
    """All of it but the invoices. Raises what the command refuses of places and phases."""
    wanted = command.phase
    (client,), (first,), (settings,), phases = act.load_groups(
        [CLIENT.at(command.client)],
        [INVOICE.at(command.invoice)],
        [SETTINGS.at(SETTINGS_ID)],
        [] if wanted is None else [PHASE.at(wanted.phase)],
    )
    dossier, school = active(client.state), settings.state
    issued = Invoices.of([first]).state_of(first.id, client)
    if not command.remove and not command.add and wanted is None:
        raise NothingToCorrect
    correctable(issued, school.day_of(act.now))
    ended: list[ClientFact] = [*take_back(client.state, command.remove, now=act.now)]
    gone = [known_registration(dossier.places, id_) for id_ in dict.fromkeys(command.remove)]
    held = [registration for registration in gone if isinstance(registration, ToSchedule | Scheduled)]
    sale = Sale(act, client.id, active(fold(CLIENT, ended, client.state)), school)
    wish = None
    if wanted is None:
        places, workshops = _load(command, act, held)
    else:
        wish = PhaseSale(act, client, wanted.phase, known_phase(phases[0].state), sale)
        places, workshops = _load_phase(wish, wanted, held)
    sold = _sold(command, act, sale, issued, places, wish)
    return Correction(client, first, issued, school, ended, held, workshops, sale, sold, wish)


def handle(command: CorrectInvoice, act: Act) -> list[Change]:
    made = correction(command, act)
    client, first, issued, sale, sold = made.client, made.first, made.issued, made.sale, made.sold
    lines = [only_line_of(registration.sale, first.id) for registration in made.held]
    kept = _same_date(made.held, sold)
    client_facts = [*made.ended, *_registered(command, client.state, made.ended, sale, sold, made.wish)]
    # The invoice's series before that of the credit notes: the order in which their locks are taken.
    bill = _bill(command, act, sale, first.id, issued, sold)
    number = credit_note_number(act, made.school, issued) if taken_off(issued, lines).minor else None
    assert act.who.user is not None
    taken = take_off(
        issued,
        {line: act.new(f"case-{n}") for n, line in enumerate(lines, 1)},
        reason=command.reason,
        now=act.now,
        number=number,
        today=made.school.day_of(act.now),
        by=act.who.user,
    )
    successors = {s.place.activity.id: s.registered for s in kept if s.registered is not None}
    return [
        Change(client, client_facts),
        *passed_or_freed(act, made.held, successors, made.workshops),
        *sale.seats([s for s in sold if s not in kept]),
        Change(first, taken),
        *bill,
    ]


def _load_phase(
    wish: PhaseSale, wanted: AddedPhase, held: Sequence[ToSchedule | Scheduled]
) -> tuple[list[Place], dict[UUID, Loaded[Workshop]]]:
    """The second load where a phase is added. Raises FreeALaCarte, NotInPhase."""
    wish.not_free_a_la_carte(although=wanted.although_free)
    left = [r.workshop for r in held if isinstance(r, Scheduled)]
    dates = {chosen.activity: chosen.workshop for chosen in wanted.dates}
    places, workshops, _ = wish.load_places(dates, wanted.discount, also_workshops=left)
    return places, workshops


def _load(
    command: CorrectInvoice, act: Act, held: Sequence[ToSchedule | Scheduled]
) -> tuple[list[Place], dict[UUID, Loaded[Workshop]]]:
    """The second load: the places to add, and every workshop that this is about."""
    dates = [r.workshop for r in held if isinstance(r, Scheduled)]
    dates += [place.workshop for place in command.add if place.workshop is not None]
    activities, workshops, discounts = act.load_groups(
        [ACTIVITY.at(a) for a in dict.fromkeys(place.activity for place in command.add)],
        [WORKSHOP.at(w) for w in dict.fromkeys(dates)],
        [DISCOUNT.at(d) for d in dict.fromkeys(p.discount for p in command.add) if d is not None],
    )
    activity, discount = {a.id: a for a in activities}, {d.id: d for d in discounts}
    workshop = {w.id: w for w in workshops}
    places = [
        Place(
            activity[wanted.activity],
            None if wanted.workshop is None else workshop[wanted.workshop],
            discount=None if wanted.discount is None else discount[wanted.discount],
            trainee=wanted.trainee,
        )
        for wanted in command.add
    ]
    return places, workshop


def _sold(
    command: CorrectInvoice,
    act: Act,
    sale: Sale,
    first: Issued,
    places: Sequence[Place],
    wish: PhaseSale | None,
) -> list[Sold]:
    """What is added, at today's price and under the same rules as any registration.

    Raises RedFlagUnconfirmed, OtherCurrency, FullPaymentNeeded and what a place is refused for.
    """
    if not places:
        return []
    red_flag_heeded(sale.dossier, by_staff=True, confirmed=command.red_flag_confirmed)
    if command.waive_reason is not None:
        act.need(Role.OFFICE, Role.ACCOUNTING)
    of_currency(first, Money.zero(sale.buyer.currency))
    invoice = sale.fresh_invoice().id
    if wish is None or command.phase is None:
        sold = [sale.sell(place, invoice, name=f"-{n}") for n, place in enumerate(places, 1)]
    else:
        sold = wish.sell(places, invoice)
        wish.no_date_for_what_is_done(sold, [chosen.activity for chosen in command.phase.dates])
    paid = None if command.payment is None else command.payment.amount
    full_payment_given([s.quote for s in sold], paid=paid, waived=command.waive_reason is not None)
    return sold


def _same_date(held: Sequence[ToSchedule | Scheduled], sold: Sequence[Sold]) -> list[Sold]:
    """Those sold into a workshop where a registration that ends has its seat."""
    left = {registration.workshop for registration in held if isinstance(registration, Scheduled)}
    return [s for s in sold if s.place.workshop is not None and s.place.workshop.id in left]


def _registered(
    command: CorrectInvoice,
    client: Client,
    ended: Sequence[ClientFact],
    sale: Sale,
    sold: Sequence[Sold],
    wish: PhaseSale | None,
) -> list[ClientFact]:
    """The new registrations, each seeing those before it.

    Raises as register-client (INS-12, INS-14) or register-for-phase (INS-2, INS-11).
    """
    facts: list[ClientFact] = []
    if wish is not None:
        student = wish.enrolled(sale.fresh_invoice().id, sold)
        places = [s.registered for s in sold if s.registered is not None]
        facts += enrol(fold(CLIENT, ended, client), student, places)
        return facts + [e for s in sold for e in sale.gone_past(s, waive_reason=command.waive_reason)]
    for s in sold:
        assert s.registered is not None
        facts += register(fold(CLIENT, [*ended, *facts], client), s.registered)
        facts += sale.gone_past(s, waive_reason=command.waive_reason)
    return facts


def _bill(
    command: CorrectInvoice, act: Act, sale: Sale, first_id: UUID, first: Issued, sold: Sequence[Sold]
) -> list[Change]:
    """The new invoice, linked to the very first one of the chain."""
    if not sold:
        return []
    bill = sale.bill(
        sale.fresh_invoice(),
        [s.line for s in sold],
        first.currency,
        supplement_of=first.supplement_of or first_id,
        reason=command.reason,
    )
    return [noted_at_once(command.payment, act, bill, sold)]
