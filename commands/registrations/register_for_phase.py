"""Staff register a client for a whole phase on one invoice, each place dated or À PLANIFIER (INS-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from aggregates.client.phases.decisions import enrol
from aggregates.client.phases.policies import no_a_la_carte_left
from aggregates.client.policies import red_flag_heeded
from aggregates.kernel import Role, Value
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.paying import FirstPayment, paid_in_one_way
from commands.selling_at_once import Purchase
from commands.selling_phases import PhaseSale
from schema.store import Change


class PhaseDate(Value):
    """The date chosen for one activity of the phase."""

    activity: UUID
    workshop: UUID


class RegisterForPhase(Command):
    """Enrol a client; activities without a date in `dates` become À PLANIFIER, those done are at 0.00.

    `although_free`: a card holder who repeats a whole phase 1 or 2 pays half here, and nothing à la carte.
    `by_card`: the seats are held and nobody is enrolled until the client has paid; `attempt` is made too.

    Refused: no_such_dossier, dossier_not_active, no_such_phase, red_flag_unconfirmed, registrations_in_phase,
    already_enrolled, already_registered, already_to_schedule, nothing_to_follow, not_in_phase,
    free_a_la_carte, workshop_full, retakes_full, no_price_in_currency, discount_not_allowed,
    discount_not_valid, full_payment_needed, other_currency, roster_cap_exceeded, card_awaited. Makes
    `enrolment`, `invoice`; per place `registration-1`, `line-1` and so on, in the phase's order; with a
    payment `payment`, `cheque`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-2", "INS-3", "INS-4", "INS-11", "INS-12", "FAC-1", "ATE-2")

    client: UUID
    phase: UUID
    dates: tuple[PhaseDate, ...] = Field(default=(), max_length=50)
    discount: UUID | None = None
    although_free: bool = False
    red_flag_confirmed: bool = False
    waive_reason: Text | None = None
    payment: FirstPayment | None = None
    by_card: bool = False

    _one_way = model_validator(mode="after")(paid_in_one_way)


def handle(command: RegisterForPhase, act: Act) -> list[Change]:
    wish = purchase(command, act)
    if command.by_card:
        return wish.by_card()
    return wish.invoiced(command.payment, waive_reason=command.waive_reason)


def purchase(command: RegisterForPhase, act: Act) -> Purchase:
    """All of it but its payment."""
    wish = PhaseSale.load(act, command.client, command.phase)
    dossier = wish.sale.dossier
    red_flag_heeded(dossier, by_staff=True, confirmed=command.red_flag_confirmed)
    wish.not_free_a_la_carte(although=command.although_free)
    no_a_la_carte_left(dossier.places, wish.phase.activities)
    if command.waive_reason is not None:
        act.need(Role.OFFICE, Role.ACCOUNTING)
    dates = {chosen.activity: chosen.workshop for chosen in command.dates}
    places, _, _ = wish.load_places(dates, command.discount)
    invoice = wish.sale.fresh_invoice()
    sold = wish.sell(places, invoice.id)
    wish.no_date_for_what_is_done(sold, dates)
    student = wish.enrolled(invoice.id, sold)
    facts = enrol(wish.client.state, student, [s.registered for s in sold if s.registered is not None])
    return Purchase(wish.sale, wish.client, invoice, sold, facts, wish.sale.seats(sold))
