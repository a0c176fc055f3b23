"""Use the address of somebody close to the client no longer (DOS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.profile.decisions import remove_contact_address
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RemoveContactAddress(Command):
    """Take the relative's address off the file. Refused: no_such_dossier, dossier_not_active."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-6",)

    client: UUID


def handle(command: RemoveContactAddress, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, remove_contact_address(client.state))]
