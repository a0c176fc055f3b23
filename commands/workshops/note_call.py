"""Note a call to somebody whose workshop was cancelled, or who was absent (ATE-4, ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import note_call
from aggregates.workshop.closing.events import CallOutcome
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class NoteCall(Command):
    """Note whether somebody was reached, and what they want; what they said goes on their invoice.

    Refused: no_such_workshop, nobody_to_call.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("ATE-4", "ATE-7")

    workshop: UUID
    registration: UUID
    called: bool
    outcome: CallOutcome | None = None


def handle(command: NoteCall, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    noted = note_call(workshop.state, command.registration, called=command.called, outcome=command.outcome)
    return [Change(workshop, noted)]
