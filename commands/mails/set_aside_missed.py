"""Nothing is to be done any more about a mail that did not arrive, or about all of a client's (COM-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.missed_mails.decisions import set_aside
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class SetAsideMissed(Command):
    """Take a missed mail off the to-dos; without `mail` all of the client's, and the address counts as right.

    Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("COM-10",)

    client: UUID
    mail: UUID | None = None


def handle(command: SetAsideMissed, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, set_aside(client.state, command.mail))]
