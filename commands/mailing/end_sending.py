"""Say what became of a mailing of which nothing is left to be sent (COM-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.kernel import Role
from aggregates.mailing.allowance.decisions import give_back
from aggregates.mailing.allowance.state import ALLOWANCE, allowance_id
from aggregates.mailing.events import StopReason
from aggregates.mailing.policies import composed
from aggregates.mailing.sending.decisions import end
from aggregates.mailing.state import MAILING
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class EndSending(Command):
    """End a mailing: recipients passed over give their share of the 500 back.

    Refused: no_such_mailing.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("COM-8",)

    mailing: UUID
    sent: int = Field(ge=0)
    skipped: int = Field(ge=0)
    stopped: StopReason | None = None


def handle(command: EndSending, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    ended = end(mailing.state, sent=command.sent, skipped=command.skipped, stopped=command.stopped)
    if not ended:
        return []
    allowance = act.load(ALLOWANCE.at(allowance_id(composed(mailing.state).author)))
    return [
        Change(mailing, ended),
        Change(allowance, give_back(allowance.state, mailing.id, command.skipped)),
    ]
