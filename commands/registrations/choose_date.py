"""Give a registration a date, or another one; the old seat is freed in the same step (INS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.registrations import decisions as registrations
from aggregates.client.registrations.events import DateChosen
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT, Client
from aggregates.kernel import Role
from aggregates.workshop.decisions import free_seat, take_seat
from aggregates.workshop.policies import as_given_up, planned
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change, Loaded


class ChooseDate(Command):
    """Move a registration to a workshop of its activity; to the same workshop nothing happens.

    Refused: no_such_registration, registration_not_open, other_activity, no_such_workshop,
    workshop_cancelled, workshop_closed, roster_handed_over, workshop_full, retakes_full,
    and for clients started_for_clients, workshop_started.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("INS-7", "INS-8", "ATE-2")

    client: UUID
    registration: UUID
    workshop: UUID


def handle(command: ChooseDate, act: Act) -> list[Change]:
    client, workshop = act.load(CLIENT.at(command.client), WORKSHOP.at(command.workshop))
    return change_date(act, client, workshop, command.registration)


def change_date(
    act: Act, client: Loaded[Client], workshop: Loaded[Workshop], registration: UUID
) -> list[Change]:
    """Move the registration there; the second of the two loads is for the workshop it leaves."""
    dossier, date = active(client.state), planned(workshop.state)
    before = known_registration(dossier.places, registration)
    left = act.load(WORKSHOP.at(before.workshop)) if isinstance(before, Scheduled) else None
    chosen = registrations.choose_date(
        client.state,
        registration,
        workshop=workshop.id,
        activity=date.activity,
        starts=date.starts,
        left=None if left is None else as_given_up(planned(left.state)),
        now=act.now,
        by_staff=act.by_staff,
    )
    changes = [Change(client, chosen)]
    for fact in chosen:
        assert isinstance(fact, DateChosen)
        sale = dossier.registrations[fact.registration].sale
        seat = take_seat(
            workshop.state,
            fact.registration,
            client=client.id,
            retake=sale.retake,
            now=act.now,
            by_staff=act.by_staff,
            verifies=act.verifies,
            invoice=sale.invoice,
        )
        changes.append(Change(workshop, seat))
        if left is not None:
            changes.append(Change(left, free_seat(left.state, fact.registration, verifies=act.verifies)))
    return changes
