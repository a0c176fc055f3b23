"""Stop a mailing: what has not left yet never will (COM-6, COM-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.mailing.allowance.decisions import give_back
from aggregates.mailing.allowance.state import ALLOWANCE, allowance_id
from aggregates.mailing.decisions import cancel, withdraw
from aggregates.mailing.policies import composed
from aggregates.mailing.state import ANNOUNCEMENTS, MAILING, Mailing, Paused, Sending, announcements_id
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class CancelMailing(Command):
    """Cancel a mailing, or turn down one that waits for approval; organisers cancel their own.

    Its announcement and its share of the 500 count no more, unless some of it may have left already (COM-9).
    Refused: no_such_mailing, mailing_is_over.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("COM-6", "COM-7", "COM-8", "COM-9")

    mailing: UUID
    reason: Text | None = None


def handle(command: CancelMailing, act: Act) -> list[Change]:
    mailing = act.load(MAILING.at(command.mailing))
    others_too = act.who.role is not Role.ORGANISER
    cancelled = cancel(
        mailing.state, mailing.id, by=act.who.user, others_too=others_too, reason=command.reason
    )
    changes = [Change(mailing, cancelled)]
    if not cancelled or _may_have_left(mailing.state):
        return changes
    author, series = composed(mailing.state).author, composed(mailing.state).announces
    (allowance,), announced = act.load_groups(
        [ALLOWANCE.at(allowance_id(author))],
        [] if series is None else [ANNOUNCEMENTS.at(announcements_id(series.organiser))],
    )
    changes.append(Change(allowance, give_back(allowance.state, mailing.id)))
    return changes + [Change(a, withdraw(a.state, mailing.id)) for a in announced]


def _may_have_left(mailing: Mailing) -> bool:
    return isinstance(mailing.before if isinstance(mailing, Paused) else mailing, Sending)
