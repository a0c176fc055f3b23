"""End the sessions of a staff user, or of everybody: after a loss, or when in doubt (DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self
from uuid import UUID

from pydantic import model_validator

from aggregates.kernel import Role
from aggregates.staff.decisions import end_sessions
from aggregates.staff.events import EverySessionEnded
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.admins import THE_ADMINS, still_admin
from commands.message import Act, Command
from schema.store import Change


class EndSessions(Command):
    """End a staff user's sessions, or those of `everybody`, staff and clients. Tokens stay.

    Refused: no_such_staff, staff_has_left.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-7", "STF-1")

    staff: UUID | None
    everybody: bool = False

    @model_validator(mode="after")
    def _of_one_or_of_all(self) -> Self:
        if self.everybody is (self.staff is not None):
            raise ValueError("of one or of all")
        return self


def handle(command: EndSessions, act: Act) -> list[Change]:
    assert act.who.user is not None
    if command.staff is None:
        admins, asker = act.load(THE_ADMINS, STAFF.at(act.who.user))
        still_admin(asker.state)
        return [Change(admins, [EverySessionEnded()])]
    staff, asker = act.load(STAFF.at(command.staff), STAFF.at(act.who.user))
    still_admin(asker.state)
    return [Change(staff, end_sessions(staff.state))]
