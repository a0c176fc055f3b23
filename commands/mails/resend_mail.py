"""One e-mail of the dossier goes out again, whatever became of it (COM-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.missed_mails.decisions import resend_mail
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ResendMail(Command):
    """Write and send one mail anew, as things stand now; what is past is dropped, and says so.

    Once per mail: the new one can be sent anew in turn. An id that is no mail of this dossier sends nothing.
    Refused: no_such_dossier, dossier_not_active.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("COM-1",)

    client: UUID
    mail: UUID


def handle(command: ResendMail, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, resend_mail(client.state, command.mail))]
