"""Keep a query under a name, to run it again (REQ-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aggregates.audience.conditions import Query
from aggregates.audience.decisions import save
from aggregates.audience.state import SAVED_QUERY
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name
from schema.store import Change


class SaveQuery(Command):
    """Save a query under a name; all who may run queries see it. Makes `saved_query`."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("REQ-4", "REQ-1")

    name: Name
    query: Query


def handle(command: SaveQuery, act: Act) -> list[Change]:
    assert act.who.user is not None
    made = act.fresh(SAVED_QUERY, "saved_query")
    conditions = command.query.model_dump_json()
    return [Change(made, save(made.state, name=command.name, conditions=conditions, owner=act.who.user))]
