"""Give a roster back that was handed over, to be completed (ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import give_back
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.closing import only_who_verifies
from commands.message import Act, Command, Text
from schema.store import Change


class GiveBack(Command):
    """Who verifies the workshop says what is to be completed; the reason names no client.

    Refused: no_such_workshop, workshop_cancelled, workshop_closed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("ATE-7",)

    workshop: UUID
    reason: Text


def handle(command: GiveBack, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    only_who_verifies(act, planned(workshop.state))
    return [Change(workshop, give_back(workshop.state, reason=command.reason))]
