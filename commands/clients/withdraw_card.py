"""Withdraw the privilege card; finished invoices stay as they are (DOS-20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.marks.decisions import withdraw_card
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class WithdrawCard(Command):
    """Withdraw the card. Refused: no_such_dossier, dossier_not_active."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-20",)

    client: UUID


def handle(command: WithdrawCard, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, withdraw_card(client.state))]
