"""Put an activity on sale again (CAT-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.decisions import resume_activity
from aggregates.catalogue.state import ACTIVITY
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ResumeActivity(Command):
    """Sell a retired activity again. Refused: no_such_activity."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1",)

    activity: UUID


def handle(command: ResumeActivity, act: Act) -> list[Change]:
    activity = act.load(ACTIVITY.at(command.activity))
    return [Change(activity, resume_activity(activity.state))]
