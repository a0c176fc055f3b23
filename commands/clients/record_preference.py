"""Staff note what a client said about one channel elsewhere: a no, or a yes with its proof (DOS-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.preferences.decisions import record_preference
from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import answers
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.seen_version import unchanged
from schema.store import Change


class RecordPreference(Command):
    """Note the answer for one channel and how the school knows; `proof` is a document of the file.

    With `seen_version`, an answer for this channel that came since stops it.
    Refused: no_such_dossier, dossier_not_active, yes_needs_proof, changed_meanwhile.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-18",)

    client: UUID
    channel: Channel
    allowed: bool
    source: Text
    proof: UUID | None = None
    seen_version: int | None = Field(default=None, ge=1)


def handle(command: RecordPreference, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    recorded = record_preference(
        client.state, command.channel, allowed=command.allowed, source=command.source, proof=command.proof
    )
    if command.seen_version is not None:
        wanted = {command.channel.value: command.allowed}
        unchanged(answers(client.as_of(command.seen_version)), answers(client.state), wanted)
    return [Change(client, recorded)]
