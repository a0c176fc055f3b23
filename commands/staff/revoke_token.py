"""Revoke a machine's token: it is out at once (DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.staff.decisions import revoke_token
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.admins import THE_ADMINS, still_admin
from commands.message import Act, Command
from schema.store import Change


class RevokeToken(Command):
    """Let the machine that shows this token in no more."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-7",)

    token: UUID


def handle(command: RevokeToken, act: Act) -> list[Change]:
    assert act.who.user is not None
    admins, asker = act.load(THE_ADMINS, STAFF.at(act.who.user))
    still_admin(asker.state)
    return [Change(admins, revoke_token(admins.state, command.token))]
