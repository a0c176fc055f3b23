"""The client wants no more e-mails of the school: one click (DOS-18, COM-6)."""

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


class StopEmails(Command):
    """Answer no for e-mails, and leave the other channels as they are; `wording` is the text's version.

    Nobody but the client, logged in or by the link in a mailing.
    Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("DOS-18", "COM-6")

    client: UUID
    wording: Name


def handle(command: StopEmails, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    answered = choose_preferences(client.state, {Channel.EMAIL: False}, wording=command.wording)
    return [Change(client, answered)]
