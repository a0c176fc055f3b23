"""Let nothing more of a mailing leave for now (COM-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.mailing.sending.decisions import pause
from aggregates.mailing.state import MAILING
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class PauseMailing(Command):
    """Pause a mailing that is queued or leaving; organisers pause their own.

    Refused: no_such_mailing, mailing_awaits_approval, mailing_already_cancelled, mailing_is_over.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("COM-8",)

    mailing: UUID


def handle(command: PauseMailing, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    others_too = act.who.role is not Role.ORGANISER
    return [Change(mailing, pause(mailing.state, by=act.who.user, others_too=others_too))]
