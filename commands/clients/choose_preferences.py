"""The client says by which ways the school may write or call (DOS-2, DOS-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.preferences.decisions import choose_preferences
from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import answers
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope
from commands.message import Act, Command, Name
from commands.seen_version import unchanged
from schema.store import Change


class ChoosePreferences(Command):
    """Answer yes or no for each channel; `wording` is the version of the text that was shown.

    Nobody but the client. With `seen_version`, an answer that was shown and is another one by now stops
    all of it. Refused: no_such_dossier, dossier_not_active, changed_meanwhile.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("DOS-18", "DOS-2")

    client: UUID
    telephone: bool
    post: bool
    email: bool
    wording: Name
    seen_version: int | None = Field(default=None, ge=1)


def handle(command: ChoosePreferences, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    allowed = {
        Channel.TELEPHONE: command.telephone,
        Channel.POST: command.post,
        Channel.EMAIL: command.email,
    }
    chosen = choose_preferences(client.state, allowed, wording=command.wording)
    if command.seen_version is not None:
        wanted = {channel.value: answer for channel, answer in allowed.items()}
        unchanged(answers(client.as_of(command.seen_version)), answers(client.state), wanted)
    return [Change(client, chosen)]
