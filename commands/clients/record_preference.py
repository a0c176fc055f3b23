"""Staff note what a client said about one channel elsewhere: a no, or a yes with its proof (DOS-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.preferences.decisions import record_preference
from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class RecordPreference(Command):
    """Note the answer for one channel and how the school knows; `proof` is a document of the file.

    Refused: no_such_dossier, dossier_not_active, yes_needs_proof.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-18",)

    client: UUID
    channel: Channel
    allowed: bool
    source: Text
    proof: UUID | None = None


def handle(command: RecordPreference, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    recorded = record_preference(
        client.state, command.channel, allowed=command.allowed, source=command.source, proof=command.proof
    )
    return [Change(client, recorded)]
