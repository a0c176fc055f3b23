"""A password is chosen, with a link or by who is logged in; every session of the account ends (DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field, SecretStr

from aggregates.client.access.decisions import choose_password
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.links import LinkPurpose
from aggregates.staff import decisions as staff_decisions
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ChoosePassword(Command):
    """Keep the password's hash and note that one was chosen; `purpose` and `number` are the link's.

    The hash is no part of any fact. Refused: link_over, no_such_dossier, dossier_not_active, no_such_staff,
    staff_has_left.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-7", "DOS-3", "STF-1")

    person: UUID
    staff: bool
    purpose: LinkPurpose | None
    number: int = Field(ge=0)
    hashed: SecretStr = Field(max_length=500)


def handle(command: ChoosePassword, act: Act) -> list[Change]:
    act.keep_password(command.person, command.hashed.get_secret_value())
    if command.staff:
        staff = act.load(STAFF.at(command.person))
        chosen = staff_decisions.choose_password(staff.state, command.purpose, command.number)
        return [Change(staff, chosen)]
    client = act.load(CLIENT.at(command.person))
    return [Change(client, choose_password(client.state, command.purpose, command.number))]
