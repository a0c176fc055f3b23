"""« Date ultérieure »: take the date off, the registration becomes À PLANIFIER (INS-7, INS-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.registrations.decisions import defer
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.decisions import free_seat
from aggregates.workshop.policies import as_given_up, planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class DeferRegistration(Command):
    """Take the date off; the seat is freed, the old presence stays traced.

    Refused: no_such_registration, registration_not_open, workshop_closed, roster_handed_over, and for
    clients started_for_clients.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("INS-7", "INS-8")

    client: UUID
    registration: UUID


def handle(command: DeferRegistration, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    registration = known_registration(active(client.state).places, command.registration)
    left = act.load(WORKSHOP.at(registration.workshop)) if isinstance(registration, Scheduled) else None
    deferred = defer(
        client.state,
        command.registration,
        date_=None if left is None else as_given_up(planned(left.state)),
        now=act.now,
        by_staff=act.by_staff,
    )
    changes = [Change(client, deferred)]
    if left is not None:
        changes.append(Change(left, free_seat(left.state, command.registration, verifies=act.verifies)))
    return changes
