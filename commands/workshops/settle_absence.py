"""Decide what becomes of those who did not come, all in one append (ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.policies import active
from aggregates.client.registrations.decisions import cancel, defer
from aggregates.client.registrations.events import CancelReason
from aggregates.client.registrations.policies import known_registration, note_from_staff
from aggregates.client.registrations.state import Registration, Scheduled
from aggregates.client.state import CLIENT, Client
from aggregates.invoice.decisions import cancel_line
from aggregates.invoice.policies import cancellation_fee
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.kernel import Role, Value
from aggregates.workshop.closing.decisions import settle_absences
from aggregates.workshop.closing.events import AbsenceOutcome, AbsenceSettled
from aggregates.workshop.closing.policies import Absence, absence_fee
from aggregates.workshop.policies import as_given_up, planned
from aggregates.workshop.refusals import NotOnRoster
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import Scope, anyone
from commands.closing import trainers_of_independents_only
from commands.message import Act, Command, Text
from schema.store import Change, Loaded


class AbsentClient(Value):
    """One absent: what becomes of the registration, whether they had told before the start.

    `charge_deposit` for an independent ÊTRE BIEN in Europe; the client reads `note` on the invoice of a
    registration that is cancelled.
    """

    client: UUID
    registration: UUID
    outcome: AbsenceOutcome
    noticed: bool
    charge_deposit: bool | None = None
    note: Text | None = None

    def as_absence(self) -> Absence:
        return Absence(self.registration, self.outcome, self.noticed, self.charge_deposit)


class SettleAbsence(Command):
    """Defer or cancel the registrations of the absent; their seats are freed, a case is opened.

    Refused: no_such_dossier, no_such_registration, no_such_workshop, workshop_cancelled, workshop_closed,
    roster_handed_over, not_yet_started, not_on_roster, not_absent, absence_settled_otherwise,
    student_is_deferred, absent_without_notice, charge_undecided, note_needed.
    Makes `case-1` and so on, one for each line of a registration that is cancelled.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING) | dict.fromkeys(
        (Role.ORGANISER, Role.TRAINER), Scope.OWN_WORKSHOPS
    )
    RULES: ClassVar[tuple[str, ...]] = ("ATE-7", "INS-13", "INS-9")

    workshop: UUID
    absents: tuple[AbsentClient, ...] = Field(min_length=1, max_length=1_000)


def handle(command: SettleAbsence, act: Act) -> list[Change]:
    absents = {absent.registration: absent for absent in command.absents}
    (workshop,), loaded = act.load_groups(
        [WORKSHOP.at(command.workshop)],
        [CLIENT.at(c) for c in dict.fromkeys(a.client for a in absents.values())],
    )
    date_, clients = planned(workshop.state), {client.id: client for client in loaded}
    trainers_of_independents_only(act, date_)
    registrations = {r: _registration(date_, clients[a.client], a) for r, a in absents.items()}
    settled = settle_absences(
        date_,
        [a.as_absence() for a in absents.values()],
        students={r for r, registration in registrations.items() if registration.sale.phase is not None},
        now=act.now,
        verifies=act.verifies,
    )
    new = [f.registration for f in settled if isinstance(f, AbsenceSettled)]
    invoices = {
        invoice.id: invoice
        for invoice in act.load_all(
            [INVOICE.at(i) for i in dict.fromkeys(i for r in new for i in registrations[r].sale.invoices)]
        )
    }
    changes = [Change(workshop, settled)]
    for r in new:
        registration = registrations[r]
        assert isinstance(registration, Scheduled)
        client = clients[absents[r].client]
        if absents[r].outcome is AbsenceOutcome.DEFERRED:
            gone = as_given_up(date_)
            changes.append(Change(client, defer(client.state, r, date_=gone, now=act.now, by_staff=True)))
        else:
            changes += _cancelled(absents[r], act, date_, client, registration, invoices)
    return changes


def _cancelled(
    absent: AbsentClient,
    act: Act,
    workshop: Planned,
    client: Loaded[Client],
    registration: Scheduled,
    invoices: Mapping[UUID, Loaded[Invoice]],
) -> list[Change]:
    """Without notice the fee of an absence, with notice that of INS-9; a case on each line's invoice."""
    note_from_staff(absent.note, by_staff=True)
    sale, why = registration.sale, CancelReason.ASKED if absent.noticed else CancelReason.ABSENT
    fee = absence_fee(workshop, registration.workshop, absent.as_absence(), sale.terms)
    if fee is None:
        fee = cancellation_fee(registration, as_given_up(workshop), now=act.now, why=why)
    return [
        Change(client, cancel(client.state, sale.id, now=act.now, by_staff=True, why=why)),
        *(
            Change(
                invoices[invoice],
                cancel_line(
                    invoices[invoice].state,
                    line,
                    note=absent.note,
                    now=act.now,
                    case=act.new(f"case-{len(act.ids) + 1}"),
                    fee=fee,
                ),
            )
            for invoice, line in zip(sale.invoices, sale.lines, strict=True)
        ),
    ]


def _registration(workshop: Planned, client: Loaded[Client], absent: AbsentClient) -> Registration:
    """Raises NotOnRoster where the seat is somebody else's."""
    seat = workshop.seats.get(absent.registration)
    if seat is not None and seat.client != client.id:
        raise NotOnRoster(registration=absent.registration)
    return known_registration(active(client.state).places, absent.registration)
