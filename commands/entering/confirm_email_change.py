"""The link sent to the new address was opened: one logs in with it from now on (DOS-19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.access.decisions import confirm_email_change
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.claims import EMAIL, same_email
from commands.message import Act, Command
from schema.store import Change


class ConfirmEmailChange(Command):
    """Set the address that was asked for; `number` is the link's. Every session ends.

    Refused: link_over, address_in_use, no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-19", "DOS-4")

    client: UUID
    number: int = Field(ge=1)


def handle(command: ConfirmEmailChange, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    wanted = client.state.access.wanted_email if isinstance(client.state, Dossier) else None
    owner = act.holder(EMAIL, same_email(wanted)) if isinstance(wanted, str) else None
    return [Change(client, confirm_email_change(client.state, command.number, email_owner=owner))]
