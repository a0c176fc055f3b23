"""Offer a saved query no longer (REQ-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.audience.decisions import delete
from aggregates.audience.state import SAVED_QUERY
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class DeleteQuery(Command):
    """Delete a saved query; organisers their own only. Refused: no_such_query, not_your_query."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("REQ-4",)

    saved_query: UUID


def handle(command: DeleteQuery, act: Act) -> list[Change]:
    saved = act.load(SAVED_QUERY.at(command.saved_query))
    others_too = act.who.role is not Role.ORGANISER
    return [Change(saved, delete(saved.state, by=act.who.user, others_too=others_too))]
