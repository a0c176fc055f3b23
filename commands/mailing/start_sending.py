"""Say that a mailing begins to leave, before its first e-mail does (COM-7, COM-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.mailing.allowance.decisions import give_back
from aggregates.mailing.allowance.state import ALLOWANCE, allowance_id
from aggregates.mailing.decisions import start_sending
from aggregates.mailing.events import StopReason
from aggregates.mailing.sending.decisions import end
from aggregates.mailing.state import MAILING, Queued
from aggregates.workshop.policies import is_closed
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class StartSending(Command):
    """Begin to send a queued mailing; one to a roster ends at once when its workshop is over (COM-7).

    Refused: no_such_mailing, mailing_already_cancelled, mailing_awaits_approval.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("COM-7", "COM-8", "COM-9")

    mailing: UUID


def handle(command: StartSending, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    waiting = mailing.state
    if not isinstance(waiting, Queued) or waiting.composed.workshop is None:
        return [Change(mailing, start_sending(waiting))]
    about = waiting.composed
    workshop, allowance = act.load(
        WORKSHOP.at(waiting.composed.workshop), ALLOWANCE.at(allowance_id(about.author))
    )
    if isinstance(workshop.state, Planned) and not is_closed(workshop.state):
        return [Change(mailing, start_sending(waiting))]
    nobody = end(waiting, sent=0, skipped=len(about.recipients), stopped=StopReason.WORKSHOP_CLOSED)
    return [Change(mailing, nobody), Change(allowance, give_back(allowance.state, mailing.id))]
