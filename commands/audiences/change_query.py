"""Give a saved query another name or other conditions (REQ-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.audience.conditions import Query
from aggregates.audience.decisions import change
from aggregates.audience.policies import known_query
from aggregates.audience.state import SAVED_QUERY, SavedQuery
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name
from commands.seen_version import merged
from schema.store import Change


class ChangeQuery(Command):
    """Overwrite what differs from the query seen at `seen_version`; an organiser's own only.

    Refused: no_such_query, not_your_query, changed_meanwhile.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("REQ-4", "REQ-1")

    saved_query: UUID
    seen_version: int = Field(ge=1)
    name: Name
    query: Query


def handle(command: ChangeQuery, act: Act) -> list[Change]:
    saved = act.load(SAVED_QUERY.at(command.saved_query))
    current, seen = known_query(saved.state), known_query(saved.as_of(command.seen_version))
    wanted = {"name": command.name, "conditions": command.query.model_dump_json()}
    values = merged(_values(seen), _values(current), wanted)
    others_too = act.who.role is not Role.ORGANISER
    return [Change(saved, change(current, **values, by=act.who.user, others_too=others_too))]


def _values(query: SavedQuery) -> dict[str, str]:
    return {"name": query.name, "conditions": query.conditions}
