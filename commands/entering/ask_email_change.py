"""A client wants another log-in address: a link goes there, a word to the one of today (DOS-19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import EmailStr

from aggregates.client.access.decisions import ask_email_change
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class AskEmailChange(Command):
    """Nothing changes until the new address is confirmed; whether somebody else has it is not told.

    Given by the page of the account, which asks the password. Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-19",)

    client: UUID
    email: EmailStr


def handle(command: AskEmailChange, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, ask_email_change(client.state, command.email))]
