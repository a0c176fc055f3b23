"""Send a staff user the invitation once more (STF-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.staff.decisions import invite
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class InviteStaff(Command):
    """Send the invitation once more; links sent before work no longer.

    Refused: no_such_staff, staff_has_left.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("STF-1",)

    staff: UUID


def handle(command: InviteStaff, act: Act) -> list[Change]:
    staff = act.load(STAFF.at(command.staff))
    return [Change(staff, invite(staff.state))]
