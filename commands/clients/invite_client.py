"""Staff send a client the way into the portal once more (DOS-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.access.decisions import invite
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.links import LinkPurpose
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class InviteClient(Command):
    """Send the invitation to the portal, or with `added` the mail of a client who was added by hand.

    Links sent before work no longer. Refused: no_email_to_invite, no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-3",)

    client: UUID
    added: bool = False


def handle(command: InviteClient, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    purpose = LinkPurpose.ACTIVATION if command.added else LinkPurpose.INVITATION
    return [Change(client, invite(client.state, purpose))]
