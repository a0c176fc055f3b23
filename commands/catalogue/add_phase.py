"""Add a phase, an ordered list of activities (CAT-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.decisions import add_phase
from aggregates.catalogue.events import PhaseAdded, PhasePrice
from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.state import ACTIVITY, PHASE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name
from schema.store import Change


class AddPhase(Command):
    """Add a phase.

    Refused: no_such_activity, activity_twice, price_twice, price_outside_phase. Makes `phase`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1",)

    number: int = Field(ge=1, le=9)
    name: Name
    activities: tuple[UUID, ...] = Field(min_length=1, max_length=50)
    prices: tuple[PhasePrice, ...] = Field(default=(), max_length=200)
    """What an activity costs inside the phase; where one lacks, its own price holds."""


def handle(command: AddPhase, act: Act) -> list[Change]:
    phase = act.fresh(PHASE, "phase")
    for activity in act.load_all([ACTIVITY.at(a) for a in command.activities]):
        known_activity(activity.state)
    wanted = PhaseAdded(
        number=command.number, name=command.name, activities=command.activities, prices=command.prices
    )
    return [Change(phase, add_phase(phase.state, wanted))]
