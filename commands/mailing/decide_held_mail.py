"""Say whether an e-mail whose answer was lost in a crash leaves once more (COM-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.kernel import Role
from aggregates.mailing.sending.decisions import decide_held
from aggregates.mailing.state import MAILING
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class DecideHeldMail(Command):
    """Send (`send`) a mailing's held e-mail to this client once more, or don't; organisers their own.

    The client may have it already: the mail server took it or not, its answer was lost. `tried` is
    what `GET /api/mailings/{mailing}` answered with it.
    Refused: no_such_mailing, not_being_sent, not_a_recipient, already_decided.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("COM-3",)

    mailing: UUID
    client: UUID
    tried: int = Field(ge=1, le=1_000)
    send: bool


def handle(command: DecideHeldMail, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    decided = decide_held(
        mailing.state,
        command.client,
        tried=command.tried,
        send=command.send,
        by=act.who.user,
        others_too=act.who.role is not Role.ORGANISER,
    )
    return [Change(mailing, decided)]
