"""Let what has not left of a paused mailing go on (COM-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.mailing.sending.decisions import resume
from aggregates.mailing.state import MAILING
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ResumeMailing(Command):
    """Resume a paused mailing; organisers their own. Limits are counted anew when it leaves.

    Refused: no_such_mailing, mailing_already_cancelled, mailing_is_over.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("COM-8",)

    mailing: UUID


def handle(command: ResumeMailing, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    others_too = act.who.role is not Role.ORGANISER
    return [Change(mailing, resume(mailing.state, by=act.who.user, others_too=others_too))]
