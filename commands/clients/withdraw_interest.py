"""The heart is taken off again: the client is interested no longer (DOS-14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self
from uuid import UUID

from pydantic import model_validator

from aggregates.client.preferences.decisions import withdraw_interest
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class WithdrawInterest(Command):
    """Take back an interest in an `activity` or a `phase`, one of both.

    Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING) | {
        Role.CLIENT: Scope.OWN_FILE
    }
    RULES: ClassVar[tuple[str, ...]] = ("DOS-14",)

    client: UUID
    activity: UUID | None = None
    phase: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.activity is None) is (self.phase is None):
            raise ValueError("an activity or a phase")
        return self


def handle(command: WithdrawInterest, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    withdrawn = withdraw_interest(client.state, activity=command.activity, phase=command.phase)
    return [Change(client, withdrawn)]
