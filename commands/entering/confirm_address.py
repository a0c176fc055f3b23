"""The link sent to the address of a new dossier was opened (DOS-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.access.decisions import confirm_address
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ConfirmAddress(Command):
    """The client may log in and gets mailings from now on; `number` is the link's.

    Refused: link_over, no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-1", "DOS-3")

    client: UUID
    number: int = Field(ge=1)


def handle(command: ConfirmAddress, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, confirm_address(client.state, command.number))]
