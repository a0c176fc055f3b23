"""The ready e-mail about what was registered by mistake and confirmed before that was seen (INS-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.registrations.decisions import tell_of_mistake
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class TellOfMistake(Command):
    """Tell the client that what was taken off this invoice had been a mistake, where its confirmation went.

    Once for each place: a second time sends nothing. A confirmation that never left needs no such e-mail,
    and none goes. Refused: no_such_dossier, dossier_not_active, nothing_taken_back.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-10", "COM-3")

    client: UUID
    invoice: UUID


def handle(command: TellOfMistake, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, tell_of_mistake(client.state, command.invoice))]
