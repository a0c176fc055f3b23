"""The heart beside an activity or a phase: the client is interested (DOS-14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self
from uuid import UUID

from pydantic import model_validator

from aggregates.catalogue.policies import known_activity, known_phase
from aggregates.catalogue.state import ACTIVITY, PHASE
from aggregates.client.preferences.decisions import add_interest
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class AddInterest(Command):
    """Note an interest in an `activity` or a `phase`, one of both.

    Refused: no_such_dossier, dossier_not_active, no_such_activity, no_such_phase.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("DOS-14", "COM-11")

    client: UUID
    activity: UUID | None = None
    phase: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.activity is None) is (self.phase is None):
            raise ValueError("an activity or a phase")
        return self


def handle(command: AddInterest, act: Act) -> list[Change]:
    (client,), activities, phases = act.load_groups(
        [CLIENT.at(command.client)],
        [] if command.activity is None else [ACTIVITY.at(command.activity)],
        [] if command.phase is None else [PHASE.at(command.phase)],
    )
    for activity in activities:
        known_activity(activity.state)
    for phase in phases:
        known_phase(phase.state)
    return [Change(client, add_interest(client.state, activity=command.activity, phase=command.phase))]
