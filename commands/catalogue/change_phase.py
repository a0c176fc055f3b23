"""Describe a phase anew: its activities in order and their prices (CAT-1, INS-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.decisions import change_phase
from aggregates.catalogue.events import PhaseChanged, PhaseDetails, PhasePrice
from aggregates.catalogue.policies import known_activity, known_phase
from aggregates.catalogue.state import ACTIVITY, PHASE
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name
from commands.seen_version import merged, parts
from schema.store import Change


class ChangePhase(Command):
    """Overwrite what differs from the phase seen at `seen_version`; who is enrolled keeps what was bought.

    Refused: no_such_phase, no_such_activity, changed_meanwhile, activity_twice, price_twice,
    price_outside_phase.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1", "INS-2")

    phase: UUID
    seen_version: int = Field(ge=1)
    number: int = Field(ge=1, le=9)
    name: Name
    activities: tuple[UUID, ...] = Field(min_length=1, max_length=50)
    prices: tuple[PhasePrice, ...] = Field(max_length=200)


def handle(command: ChangePhase, act: Act) -> list[Change]:
    (phase,), activities = act.load_groups(
        [PHASE.at(command.phase)], [ACTIVITY.at(a) for a in command.activities]
    )
    fields = PhaseDetails.model_fields
    current = known_phase(phase.state)
    seen = known_phase(phase.as_of(command.seen_version))
    for activity in activities:
        known_activity(activity.state)
    values = merged(parts(seen, fields), parts(current, fields), parts(command, fields))
    return [Change(phase, change_phase(current, PhaseChanged(**values)))]
