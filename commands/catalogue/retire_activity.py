"""Take an activity off sale (CAT-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.decisions import retire_activity
from aggregates.catalogue.state import ACTIVITY
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RetireActivity(Command):
    """Sell an activity no more; registrations keep it and choose their dates. Refused: no_such_activity."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1",)

    activity: UUID


def handle(command: RetireActivity, act: Act) -> list[Change]:
    activity = act.load(ACTIVITY.at(command.activity))
    return [Change(activity, retire_activity(activity.state))]
