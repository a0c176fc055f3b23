"""Note money that staff received: on the roster, on invoices, or one cheque for several (FAC-2, FAC-5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from pydantic import Field, model_validator

from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.state import ACTIVITY, Activity, MaybeActivity
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.state import Followed, Registration, Scheduled
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier
from aggregates.invoice.payments.decisions import receive
from aggregates.invoice.payments.policies import (
    Mark,
    for_invoice,
    for_registration,
    independent_etre_bien,
    still_asked,
    under_roster_cap,
    within_roster_cap,
)
from aggregates.invoice.policies import not_in_a_case, of_currency
from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Money, Role, Value
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP, Planned, Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command
from commands.paying import (
    Amount,
    Invoices,
    Typed,
    file_of,
    roster_takes_money,
    starts_of,
    takes_text,
)
from schema.store import Change, Loaded


class Part(Value):
    """What of the money is for one registration, or for one invoice as a whole."""

    client: UUID
    registration: UUID | None = None
    invoice: UUID | None = None
    amount: Amount

    @model_validator(mode="after")
    def _one_of_both(self) -> Part:
        if (self.registration is None) is (self.invoice is None):
            raise ValueError("a registration or an invoice")
        return self


class NotePayment(Command):
    """Note a payment, to be deposited by accounting; one cheque may pay several parts of one currency.

    What is for a registration goes to its lines, what is for an invoice to its deposits, then its
    balances; an excess is credit. Trainers note payments of independent ÊTRE BIEN workshops only.

    Refused: no_such_dossier, dossier_not_active, no_such_registration, no_such_invoice, case_open,
    other_currency, roster_cap_exceeded, workshop_closed, roster_handed_over. Makes `payment-1` and so on;
    `cheque`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.TRAINER: Scope.OWN_WORKSHOPS
    }
    RULES: ClassVar[tuple[str, ...]] = ("FAC-2", "FAC-1", "FAC-5", "LIS-3", "INS-6", "ATE-6", "ATE-7")

    payment: Typed
    parts: tuple[Part, ...] = Field(min_length=1, max_length=50)


def handle(command: NotePayment, act: Act) -> list[Change]:
    clients = act.load_all([CLIENT.at(id_) for id_ in dict.fromkeys(part.client for part in command.parts)])
    files = {client.id: file_of(client.state) for client in clients}
    if command.payment.says_something:
        for file in files.values():
            takes_text(file)
    sold = [_sold(files[part.client], part) for part in command.parts]
    invoices, workshops, activities = act.load_groups(
        [INVOICE.at(i) for i in dict.fromkeys(i for s in sold for i in s.invoices)],
        [WORKSHOP.at(w) for w in dict.fromkeys(w for s in sold for w in s.workshops)],
        [ACTIVITY.at(a) for a in dict.fromkeys(r.sale.activity for s in sold for r in s.registrations)],
    )
    desk = _Desk(
        act,
        command.payment,
        Invoices.of(invoices),
        {workshop.id: workshop for workshop in workshops},
        {activity.id: activity for activity in activities},
    )
    for part, found in zip(command.parts, sold, strict=True):
        if found.registration is None:
            desk.on_invoice(part, found)
        else:
            desk.on_roster(found.registration, part.amount)
    return desk.invoices.changes


@dataclass(frozen=True)
class _Found:
    """What a part is about."""

    file: Dossier | DeactivatedDossier
    registration: Registration | None
    registrations: tuple[Registration, ...]
    """That one, or all of the invoice."""
    invoices: tuple[UUID, ...]

    @property
    def workshops(self) -> Iterator[UUID]:
        return (r.workshop for r in self.registrations if isinstance(r, Scheduled | Followed))


def _sold(file: Dossier | DeactivatedDossier, part: Part) -> _Found:
    if part.registration is not None:
        registration = known_registration(file.places, part.registration)
        return _Found(file, registration, (registration,), registration.sale.invoices)
    assert part.invoice is not None
    on_it = tuple(r for r in file.registrations.values() if part.invoice in r.sale.invoices)
    if not on_it and not (isinstance(file, Dossier) and part.invoice in file.placeless):
        raise NoSuchInvoice
    return _Found(file, None, on_it, (part.invoice,))


@dataclass
class _Desk:
    """Takes the parts one after the other."""

    act: Act
    typed: Typed
    invoices: Invoices
    workshops: Mapping[UUID, Loaded[Workshop]]
    activities: Mapping[UUID, Loaded[MaybeActivity]]
    noted: int = 0

    def on_invoice(self, part: Part, found: _Found) -> None:
        """The deposit of an independent ÊTRE BIEN is sent to the head office: accounting book it (FAC-5)."""
        assert part.invoice is not None
        invoice = self.invoices.state(part.invoice)
        if not invoice.lines:
            raise NoSuchInvoice
        if self.act.who.role is Role.TRAINER or any(map(self._capped, found.registrations)):
            self.act.need(Role.ACCOUNTING)
        marks = for_invoice(invoice, starts_of(found.file.places))
        self._note(part.invoice, part.amount, marks)

    def on_roster(self, registration: Registration, amount: Money) -> None:
        """To the lines of the registration; what exceeds them all lies on its first invoice (INS-6)."""
        sale, taught = registration.sale, self._taught(registration)
        if isinstance(registration, Scheduled | Followed):
            roster_takes_money(self.act, self.workshops[registration.workshop].state, registration)
        if self.act.who.role is Role.TRAINER and (taught is None or not independent_etre_bien(*taught)):
            self.act.need(Role.ACCOUNTING)
        states = {invoice: self.invoices.state(invoice) for invoice in sale.invoices}
        for state, line in zip(states.values(), sale.lines, strict=True):
            of_currency(state, amount)
            not_in_a_case(state, line)
        if taught is not None and under_roster_cap(*taught):
            within_roster_cap(taught[1], states.values(), sale.id, amount)
        marks = {invoice: for_registration(state, sale.id) for invoice, state in states.items()}
        shares = {invoice: still_asked(states[invoice], marks[invoice]) for invoice in sale.invoices}
        left = amount
        for invoice, asked in shares.items():
            shares[invoice] = min(left, asked)
            left -= shares[invoice]
        shares[sale.invoice] += left
        for invoice, share in shares.items():
            if share.minor:
                self._note(invoice, share, marks[invoice], sale.id)

    def _note(
        self, invoice: UUID, amount: Money, marks: Sequence[Mark], registration: UUID | None = None
    ) -> None:
        self.noted += 1
        incoming = self.typed.incoming(self.act, f"payment-{self.noted}", amount, registration=registration)
        self.invoices.take(invoice, lambda state: receive(state, incoming, marks))

    def _taught(self, registration: Registration) -> tuple[Planned, Activity] | None:
        """The date and the activity of a place that has a date."""
        if not isinstance(registration, Scheduled | Followed):
            return None
        workshop = planned(self.workshops[registration.workshop].state)
        return workshop, known_activity(self.activities[registration.sale.activity].state)

    def _capped(self, registration: Registration) -> bool:
        """The roster takes only so much for it (FAC-5)."""
        taught = self._taught(registration)
        return taught is not None and under_roster_cap(*taught)
