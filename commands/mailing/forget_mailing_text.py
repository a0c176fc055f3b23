"""Let nobody read any more what a mailing said, once it was kept long enough (reliability.md 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.mailing.sending.decisions import forget_text
from aggregates.mailing.state import MAILING
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ForgetMailingText(Command):
    """Destroy the key of a mailing, or of a draft that was tried, with its text and the reasons for it.

    Does nothing where it may still leave, or is unknown.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("COM-1", "DOS-11")

    mailing: UUID


def handle(command: ForgetMailingText, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    return [Change(mailing, forget_text(mailing.state, mailing.id))]
