"""The client says by which ways the school may write or call (DOS-2, DOS-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.preferences.decisions import choose_preferences
from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope
from commands.message import Act, Command, Name
from schema.store import Change


class ChoosePreferences(Command):
    """Answer yes or no for each channel; `wording` is the version of the text that was shown.

    Nobody but the client. Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("DOS-18", "DOS-2")

    client: UUID
    telephone: bool
    post: bool
    email: bool
    wording: Name


def handle(command: ChoosePreferences, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    allowed = {
        Channel.TELEPHONE: command.telephone,
        Channel.POST: command.post,
        Channel.EMAIL: command.email,
    }
    return [Change(client, choose_preferences(client.state, allowed, wording=command.wording))]
