"""« Date ultérieure »: take the date off, the registration becomes À PLANIFIER (INS-7, INS-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import defer
from aggregates.client.events import RegistrationDeferred
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.decisions import free_seat
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class DeferRegistration(Command):
    """Take the date off; the seat is freed, the old presence stays traced.

    Refused: no_such_registration, registration_not_open, and for clients started_for_clients.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("INS-7", "INS-8")

    client: UUID
    registration: UUID


def handle(command: DeferRegistration, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    deferred = defer(client.state, command.registration, now=act.now, by_staff=act.by_staff)
    changes = [Change(client, deferred)]
    for fact in deferred:
        assert isinstance(fact, RegistrationDeferred)
        left = act.load(WORKSHOP.at(fact.workshop))
        changes.append(Change(left, free_seat(left.state, fact.registration)))
    return changes
