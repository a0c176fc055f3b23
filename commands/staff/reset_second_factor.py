"""Take a staff user's second factor away: who lost the device chooses another one (DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.staff.decisions import reset_second_factor
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.admins import still_admin
from commands.message import Act, Command
from schema.store import Change


class ResetSecondFactor(Command):
    """End a staff user's sessions; the next log-in asks them to choose another second factor.

    Refused: no_such_staff, staff_has_left, own_access.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-7", "STF-1")

    staff: UUID


def handle(command: ResetSecondFactor, act: Act) -> list[Change]:
    assert act.who.user is not None
    staff, asker = act.load(STAFF.at(command.staff), STAFF.at(act.who.user))
    still_admin(asker.state)
    return [Change(staff, reset_second_factor(staff.state, by=act.who.user))]
