"""Take over a place that is not taught yet, dated or À PLANIFIER, with its invoice (IMP-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.policies import known_activity, known_phase
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import ACTIVITY, PHASE, SETTINGS, SETTINGS_ID, Activity, Phase
from aggregates.client.imports.decisions import take_over_registration
from aggregates.client.phases.events import DonePlace, Enrolled
from aggregates.client.phases.refusals import NotInPhase
from aggregates.client.policies import active
from aggregates.client.registrations.events import Registered
from aggregates.client.registrations.policies import followed_before
from aggregates.client.registrations.refusals import OtherActivity
from aggregates.client.registrations.state import Places
from aggregates.client.state import CLIENT
from aggregates.invoice.events import Line, PriceReason, Reason
from aggregates.invoice.imports.decisions import take_over_place
from aggregates.invoice.pricing import deposit_of, terms_for
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.decisions import take_seat
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import Scope, anyone
from commands.importing import Amount, imported_id, old_invoice, old_invoice_id, old_money
from commands.merged import followed
from commands.message import Act, Command, Name
from commands.registrations.add_followed_workshop import PastDay
from schema.store import Change


class ImportRegistration(Command):
    """The client whom `source` knew under the key `client` has a place, sold there for `price`.

    `workshop` is the key of a planned one; without it the place is À PLANIFIER. `invoice` is the number
    there (else the key), common to the places of one invoice. Nobody gets a mail, and no number of ours is
    drawn.

    Refused: no_such_dossier, dossier_not_active, no_such_activity, no_such_phase, not_in_phase,
    no_such_workshop, other_activity, already_registered, already_to_schedule, place_in_phase,
    already_enrolled, already_on_roster, workshop_cancelled, workshop_closed, roster_handed_over,
    workshop_full, retakes_full, already_taken_over, invoiced_in_future, other_currency. Tells
    `registration`, `invoice`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("IMP-1", "INS-1", "INS-12", "ATE-2")

    source: Name
    key: Name
    client: Name
    activity: UUID
    workshop: Name | None = None
    phase: UUID | None = None
    invoice: Name | None = None
    invoiced_on: PastDay | None = None
    currency: Currency | None = None
    price: Amount
    deposit: Amount | None = None
    paid: Amount | None = None


def handle(command: ImportRegistration, act: Act) -> list[Change]:
    number = command.invoice or command.key
    client, activity, settings, invoice = act.load(
        CLIENT.at(imported_id(command.source, "client", command.client)),
        ACTIVITY.at(command.activity),
        SETTINGS.at(SETTINGS_ID),
        INVOICE.at(old_invoice_id(command.source, command.client, command.invoice, f"place/{command.key}")),
    )
    client = followed(act, client)
    dossier = active(client.state)
    workshops, phases = act.load_groups(
        [WORKSHOP.at(imported_id(command.source, "workshop", w)) for w in (command.workshop,) if w],
        [] if command.phase is None else [PHASE.at(command.phase)],
    )
    old = _Old(command, known_activity(activity.state), settings.state, invoice.id, dossier.places)
    money = old_money(settings.state, dossier, command.currency)
    date = None if not workshops else planned(workshops[0].state)
    if date is not None and date.activity != command.activity:
        raise OtherActivity
    phase = known_phase(phases[0].state) if phases else None
    sold = old.sold(money(command.price), None if not workshops else workshops[0].id, date, phase)
    act.tell("registration", sold.registration)
    act.tell("invoice", invoice.id)
    registered = take_over_registration(client.state, sold, None if phase is None else old.student(phase))
    billed = take_over_place(
        invoice.state,
        old_invoice(act, settings.state, dossier, number, command.invoiced_on),
        old.line(sold),
        paid=money(command.paid),
        payment=imported_id(command.source, "payment", command.key),
        today=settings.state.day_of(act.now),
    )
    seats = [
        take_seat(
            workshop.state,
            sold.registration,
            client=client.id,
            retake=sold.retake,
            now=act.now,
            by_staff=True,
            invoice=invoice.id,
        )
        for workshop in workshops
    ]
    taken = [Change(w, facts) for w, facts in zip(workshops, seats, strict=True)]
    return [Change(client, registered), *taken, Change(invoice, billed)]


@dataclass(frozen=True)
class _Old:
    """A place as the other system had it."""

    command: ImportRegistration
    activity: Activity
    school: SchoolSettings
    invoice: UUID
    places: Places

    @property
    def enrolment(self) -> UUID:
        """One for all places of a client in a phase."""
        command = self.command
        return imported_id(command.source, "enrolment", f"{command.client}/{command.phase}")

    def sold(
        self, price: Money, workshop: UUID | None, date: Planned | None, phase: Phase | None
    ) -> Registered:
        """What the file says of it; a retake follows from what was followed before (INS-3).

        Raises NotInPhase.
        """
        command = self.command
        if phase is not None and command.activity not in phase.activities:
            raise NotInPhase
        terms = self.school.terms_of(self.activity.category, price.currency)
        deposit = deposit_of(self.activity, price, terms)
        if command.deposit is not None:
            deposit = min(price, Money(minor=int(command.deposit * 100), currency=price.currency))
        return Registered(
            registration=imported_id(command.source, "registration", command.key),
            activity=command.activity,
            workshop=workshop,
            starts=None if date is None else date.starts,
            retake=followed_before(self.places, command.activity) is not None,
            phase=command.phase,
            invoice=self.invoice,
            line=imported_id(command.source, "line", command.key),
            price=price,
            deposit=deposit,
            enrolment=None if phase is None else self.enrolment,
            terms=terms_for(self.activity, terms),
            taken_over=True,
        )

    def student(self, phase: Phase) -> Enrolled:
        """Activities of the phase that were followed before are done."""
        assert self.command.phase is not None
        before = {activity: followed_before(self.places, activity) for activity in phase.activities}
        return Enrolled(
            enrolment=self.enrolment,
            phase=self.command.phase,
            number=phase.number,
            activities=phase.activities,
            invoice=self.invoice,
            done=tuple(
                DonePlace(activity=activity, evidence=found.registration, followed_on=found.last_day)
                for activity, found in before.items()
                if found is not None and activity != self.command.activity
            ),
        )

    def line(self, sold: Registered) -> Line:
        """Its line, priced as it was there."""
        return Line(
            id=sold.line,
            registration=sold.registration,
            activity=sold.activity,
            activity_name=self.activity.name,
            price=sold.price,
            deposit=sold.deposit,
            due_now=sold.deposit,
            reasons=(
                Reason(code=PriceReason.TAKEN_OVER, after=sold.price),
                Reason(code=PriceReason.DEPOSIT, after=sold.deposit),
            ),
            starts=sold.starts,
        )
