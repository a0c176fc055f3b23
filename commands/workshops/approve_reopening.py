"""Agree as the second person that a closed workshop is open again (ATE-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import approve_reopening
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope
from commands.message import Act, Command
from commands.workshops.propose_reopening import ProposeReopening
from schema.store import Change


class ApproveReopening(Command):
    """Reopen it as it was before closing.

    Refused: no_such_workshop, workshop_cancelled, workshop_not_closed, no_reopening_proposed,
    reopening_needs_second_person.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = ProposeReopening.ALLOWED
    RULES: ClassVar[tuple[str, ...]] = ("ATE-6",)

    workshop: UUID


def handle(command: ApproveReopening, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    assert act.who.user is not None
    return [Change(workshop, approve_reopening(workshop.state, by=act.who.user))]
