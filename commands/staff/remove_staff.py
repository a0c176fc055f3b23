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
from commands.admins import THE_ADMINS, listed, still_admin
from commands.message import Act, Command
from schema.store import Change


class RemoveStaff(Command):
    """Close a staff user's account; sessions and tokens end with it, responsibilities fall to office.

    Refused: no_such_staff, own_access, last_admin.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("STF-1",)

    staff: UUID


def handle(command: RemoveStaff, act: Act) -> list[Change]:
    assert act.who.user is not None
    staff, asker, admins, settings = act.load(
        STAFF.at(command.staff), STAFF.at(act.who.user), THE_ADMINS, SETTINGS.at(SETTINGS_ID)
    )
    still_admin(asker.state)
    left = leave(staff.state, by=act.who.user)
    return [
        Change(staff, left),
        listed(admins, staff, admin=False),
        Change(settings, hand_responsibilities_over(settings.state, staff.id)),
    ]
