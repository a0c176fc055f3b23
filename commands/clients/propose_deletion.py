"""Propose to delete the dossier of somebody who followed nothing and wants nothing more (DOS-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.removal.decisions import propose_deletion
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.leaving import leaving
from commands.message import Act, Command, Text
from schema.store import Change


class ProposeDeletion(Command):
    """Propose the deletion; another person of the office approves it.

    Refused: no_such_dossier, dossier_not_active, workshops_followed, balance_not_zero, registrations_open.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-10",)

    client: UUID
    reason: Text


def handle(command: ProposeDeletion, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    money_open = leaving(act, client).money_open
    assert act.who.user is not None
    proposed = propose_deletion(client.state, by=act.who.user, reason=command.reason, money_open=money_open)
    return [Change(client, proposed)]
