"""Staff note the address of somebody close to a client without e-mail (DOS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import EmailStr

from aggregates.client.profile.decisions import record_contact_address
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name
from schema.store import Change


class RecordContactAddress(Command):
    """Send the client's mails to a relative's address, marked `via` whom; it may stand in other dossiers too.

    It is no log-in. Refused: no_such_dossier, dossier_not_active, own_email.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-6",)

    client: UUID
    email: EmailStr
    via: Name


def handle(command: RecordContactAddress, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    return [Change(client, record_contact_address(client.state, email=command.email, via=command.via))]
