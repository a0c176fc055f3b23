"""Who is logged in as a client leads themselves back (DOS-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.impersonation.decisions import end_impersonation
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import ForbiddenError, Scope
from commands.message import Act, Command
from schema.store import Change


class EndImpersonation(Command):
    """Leave the client's portal before the 30 minutes are over; for who is logged in as that client.

    Refused: no_such_dossier.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("DOS-12",)
    ON_BEHALF: ClassVar[bool] = True

    client: UUID
    impersonation: UUID


def handle(command: EndImpersonation, act: Act) -> list[Change]:
    if act.who.behalf is None:
        raise ForbiddenError
    client = act.load(CLIENT.at(command.client))
    return [Change(client, end_impersonation(client.state, command.impersonation))]
