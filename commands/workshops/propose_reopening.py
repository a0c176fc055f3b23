"""Propose to reopen a closed workshop; a second person decides (ATE-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import propose_reopening
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class ProposeReopening(Command):
    """Say why the workshop is to be open again; the reason names no client.

    Refused: no_such_workshop, workshop_cancelled, workshop_not_closed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("ATE-6",)

    workshop: UUID
    reason: Text


def handle(command: ProposeReopening, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    assert act.who.user is not None
    return [Change(workshop, propose_reopening(workshop.state, by=act.who.user, reason=command.reason))]
