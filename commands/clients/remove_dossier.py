"""DEMANDER À ÊTRE RETIRÉ: erase the dossier whole, or deactivate it (DOS-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import remove
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.leaving import farewell_to, leaving
from commands.message import Act, Command
from schema.store import Change


class RemoveDossier(Command):
    """Erase or deactivate the dossier; its places on waiting lists and its basket end.

    The answer names it under `erased` or `deactivated`; the client is told so by a last mail.

    Refused: no_such_dossier, balance_not_zero, registrations_open, basket_being_paid.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("DOS-8",)

    client: UUID


def handle(command: RemoveDossier, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    end = leaving(act, client)
    changes = end.ended(remove(client.state, money_open=end.money_open))
    if isinstance(client.state, Dossier):
        act.farewells.extend(farewell_to(client.state))
    return changes
