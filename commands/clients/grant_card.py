"""Grant the privilege card: à-la-carte retakes are free while it is valid (DOS-20)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import UUID

from aggregates.client.marks.decisions import grant_card
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class GrantCard(Command):
    """Grant the card from a day, until one or for good; both days count. Another one takes its place.

    Refused: no_such_dossier, dossier_not_active, card_ends_before_it_begins.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-20",)

    client: UUID
    valid_from: date
    valid_until: date | None = None


def handle(command: GrantCard, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    granted = grant_card(client.state, valid_from=command.valid_from, valid_until=command.valid_until)
    return [Change(client, granted)]
