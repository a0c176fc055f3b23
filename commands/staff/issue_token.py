"""Issue a machine's token; what the machine shows is no part of any fact (DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from pydantic import Field, SecretStr

from aggregates.kernel import Role
from aggregates.staff.decisions import issue_token
from commands.access import Scope, anyone
from commands.accounts import NewToken
from commands.admins import THE_ADMINS
from commands.message import Act, Command
from commands.own_account import MOST_TOKEN_DAYS
from schema.store import Change


class IssueToken(Command):
    """Keep the token's hash and note that it was issued. Refused: not_a_staff_role. Makes `token`."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-7",)

    role: Role
    owner: UUID
    label: str = Field(min_length=1, max_length=200)
    days: int = Field(ge=1, le=MOST_TOKEN_DAYS)
    hashed: SecretStr = Field(max_length=64)


def handle(command: IssueToken, act: Act) -> list[Change]:
    admins, id_ = act.load(THE_ADMINS), act.new("token")
    until = act.now + timedelta(days=command.days)
    issued = issue_token(admins.state, id_, command.role, until)
    hashed = bytes.fromhex(command.hashed.get_secret_value())
    act.tokens.append(NewToken(id_, hashed, command.owner, command.role, command.label, until))
    return [Change(admins, issued)]
