"""Say that a mailing begins to leave, before its first e-mail does (COM-7, COM-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.mailing.decisions import start_sending
from aggregates.mailing.state import MAILING, Queued
from aggregates.workshop.policies import is_closed, planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class StartSending(Command):
    """Begin to send a queued mailing; one to a roster as long as its workshop is open.

    Refused: no_such_mailing, mailing_already_cancelled, mailing_awaits_approval,
    roster_mail_after_closing, workshop_cancelled.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("COM-7", "COM-8", "COM-9")

    mailing: UUID


def handle(command: StartSending, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    closed = False
    if isinstance(mailing.state, Queued) and mailing.state.composed.workshop is not None:
        closed = is_closed(planned(act.load(WORKSHOP.at(mailing.state.composed.workshop)).state))
    return [Change(mailing, start_sending(mailing.state, closed=closed))]
