"""Keep a dossier whose deletion was proposed (DOS-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.removal.decisions import withdraw_deletion
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class WithdrawDeletion(Command):
    """Take the proposal back, one's own or another's. Refused: no_such_dossier, dossier_not_active."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-10",)

    client: UUID


def handle(command: WithdrawDeletion, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, withdraw_deletion(client.state))]
