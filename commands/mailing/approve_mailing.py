"""Let an organiser's mailing to a roster, or a joint announcement, leave (COM-7, REQ-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.settings import Responsibility
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Role
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
    waiting, closed = mailing.state, False
    if isinstance(waiting, AwaitingApproval) and waiting.composed.workshop is None:
        act.need(Role.OFFICE, Role.ADMIN)
    else:
        act.need_responsibility(settings.state, Responsibility.ROSTER_MAILS)
    if isinstance(waiting, AwaitingApproval) and waiting.composed.workshop is not None:
        closed = is_closed(planned(act.load(WORKSHOP.at(waiting.composed.workshop)).state))
    return [Change(mailing, approve(mailing.state, closed=closed))]
