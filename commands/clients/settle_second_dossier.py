"""The office looked at who tried to sign up though there is a dossier (DOS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import settle_second_dossier
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class SettleSecondDossier(Command):
    """Access was given, or it was somebody else: the to-do is done. Refused: no_such_dossier."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-4",)

    client: UUID


def handle(command: SettleSecondDossier, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, settle_second_dossier(client.state))]
