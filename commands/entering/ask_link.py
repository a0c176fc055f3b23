"""Somebody at the door asks for a link to get in; it is sent to the address that is known (DOS-3, DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.access.decisions import ask_link
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.links import LinkPurpose
from aggregates.staff import decisions as staff_decisions
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class AskLink(Command):
    """Send a link of this purpose; a person without account, or an unknown one, gets none."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-3", "DOS-7", "STF-1")

    person: UUID
    staff: bool
    purpose: LinkPurpose


def handle(command: AskLink, act: Act) -> list[Change]:
    if command.staff:
        staff = act.load(STAFF.at(command.person))
        return [Change(staff, staff_decisions.ask_link(staff.state, command.purpose))]
    client = act.load(CLIENT.at(command.person))
    return [Change(client, ask_link(client.state, command.purpose))]
