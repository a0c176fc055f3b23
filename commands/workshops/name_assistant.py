"""Name a client who helps at a workshop: in the roster's header, without a seat (LIS-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.decisions import name_assistant
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class NameAssistant(Command):
    """Name a client as assistant of a workshop that is not closed; named twice is once.

    Refused: no_such_workshop, workshop_cancelled, workshop_closed, no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("LIS-1",)

    workshop: UUID
    client: UUID


def handle(command: NameAssistant, act: Act) -> list[Change]:
    workshop, client = act.load(WORKSHOP.at(command.workshop), CLIENT.at(command.client))
    # First the workshop: a foreign one must answer as one that isn't there.
    named = name_assistant(workshop.state, command.client)
    active(client.state)
    return [Change(workshop, named)]
