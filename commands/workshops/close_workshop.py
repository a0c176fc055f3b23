"""LECTURE SEULE: close a workshop, with something missing only for a reason (ATE-6, ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import close
from aggregates.workshop.closing.policies import what_is_missing
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.closing import only_who_verifies, seat_money
from commands.message import Act, Command, Text
from schema.store import Change


class CloseWorkshop(Command):
    """Québec, EN LIGNE and independent ÊTRE BIEN by office, Europe and abroad by accounting.

    The reason names no client. Refused: no_such_workshop, workshop_cancelled, not_yet_started,
    not_handed_over, gaps_need_reason.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("ATE-6", "ATE-7")

    workshop: UUID
    reason: Text | None = None


def handle(command: CloseWorkshop, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    date_ = planned(workshop.state)
    only_who_verifies(act, date_)
    gaps = what_is_missing(date_, seat_money(act, date_))
    return [Change(workshop, close(workshop.state, gaps=gaps, reason=command.reason, now=act.now))]
