"""A client named as assistant does not help at the workshop after all (LIS-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.decisions import dismiss_assistant
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class DismissAssistant(Command):
    """Take an assistant off a workshop that is not closed; who is none stays none.

    Refused: no_such_workshop, workshop_cancelled, workshop_closed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("LIS-1",)

    workshop: UUID
    client: UUID


def handle(command: DismissAssistant, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    return [Change(workshop, dismiss_assistant(workshop.state, command.client))]
