"""A staff user leaves: no log-in any more, from this moment on (STF-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.decisions import hand_responsibilities_over
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Role
from aggregates.staff.decisions import leave
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RemoveStaff(Command):
    """Close a staff user's account; sessions and tokens end with it, responsibilities fall to office.

    Refused: no_such_staff, own_access.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("STF-1",)

    staff: UUID


def handle(command: RemoveStaff, act: Act) -> list[Change]:
    staff, settings = act.load(STAFF.at(command.staff), SETTINGS.at(SETTINGS_ID))
    left = leave(staff.state, by=act.who.user)
    return [
        Change(staff, left),
        Change(settings, hand_responsibilities_over(settings.state, staff.id)),
    ]
