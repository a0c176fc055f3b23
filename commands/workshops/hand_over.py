"""Hand the finished roster over to those who verify it (ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import hand_over
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.closing import trainers_of_independents_only
from commands.message import Act, Command
from schema.store import Change


class HandOver(Command):
    """In Europe the organiser, for an independent ÊTRE BIEN the trainer too; office in their stead.

    The roster is frozen for them afterwards. Refused: no_such_workshop, workshop_cancelled,
    workshop_closed, no_handing_over, not_yet_started.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | dict.fromkeys(
        (Role.ORGANISER, Role.TRAINER), Scope.OWN_WORKSHOPS
    )
    RULES: ClassVar[tuple[str, ...]] = ("ATE-7",)

    workshop: UUID


def handle(command: HandOver, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    trainers_of_independents_only(act, planned(workshop.state))
    return [Change(workshop, hand_over(workshop.state, now=act.now))]
