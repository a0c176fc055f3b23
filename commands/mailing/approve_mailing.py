"""Let an organiser's mailing to a roster, or a joint announcement, leave (COM-7, REQ-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Responsibility
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Role
from aggregates.mailing.allowance.decisions import move_share
from aggregates.mailing.allowance.state import ALLOWANCE, allowance_id
from aggregates.mailing.decisions import approve
from aggregates.mailing.state import MAILING, AwaitingApproval
from aggregates.workshop.policies import is_closed, planned
from aggregates.workshop.state import WORKSHOP
from commands.access import RESPONSIBLE, Scope
from commands.message import Act, Command
from schema.store import Change


class ApproveMailing(Command):
    """Approve a mailing to a roster: whose responsibility roster mails are; a joint announcement: office.

    Refused: no_such_mailing, mailing_already_cancelled, roster_mail_after_closing,
    workshop_cancelled.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = RESPONSIBLE
    RULES: ClassVar[tuple[str, ...]] = ("COM-7", "REQ-2")

    mailing: UUID


def handle(command: ApproveMailing, act: Act) -> list[Change]:
    mailing, settings = act.load(MAILING.at(command.mailing), SETTINGS.at(SETTINGS_ID))
    waiting = mailing.state
    if isinstance(waiting, AwaitingApproval) and waiting.composed.workshop is None:
        act.need(Role.OFFICE, Role.ADMIN)
    else:
        act.need_responsibility(settings.state, Responsibility.ROSTER_MAILS)
    if not isinstance(waiting, AwaitingApproval):
        return [Change(mailing, approve(waiting, closed=False))]
    about = waiting.composed
    (allowance,), workshops = act.load_groups(
        [ALLOWANCE.at(allowance_id(about.author))],
        [] if about.workshop is None else [WORKSHOP.at(about.workshop)],
    )
    closed = any(is_closed(planned(workshop.state)) for workshop in workshops)
    leaves_at = max(act.now, about.leaves_at or act.now)
    return [
        Change(mailing, approve(waiting, closed=closed)),
        Change(allowance, move_share(allowance.state, mailing.id, at=leaves_at)),
    ]
