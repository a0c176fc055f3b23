"""The address was corrected: what was missed goes out again in one click (COM-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.missed_mails.decisions import resend_missed
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ResendMissed(Command):
    """Write and send all mails anew that did not arrive, as things stand now; what is past is dropped.

    Sent again, it sends nothing more. Refused: no_such_dossier, dossier_not_active, address_known_bad.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("COM-10",)

    client: UUID


def handle(command: ResendMissed, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, resend_missed(client.state))]
