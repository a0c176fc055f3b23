"""A staff user leaves: no log-in any more, from this moment on (STF-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.staff.decisions import leave
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RemoveStaff(Command):
    """Close a staff user's account; sessions and tokens end with it. Refused: no_such_staff, own_access."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("STF-1",)

    staff: UUID


def handle(command: RemoveStaff, act: Act) -> list[Change]:
    staff = act.load(STAFF.at(command.staff))
    return [Change(staff, leave(staff.state, by=act.who.user))]
