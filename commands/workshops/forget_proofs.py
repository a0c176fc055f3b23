"""Proofs of discounts have served once their workshop is closed for good (INS-6, reliability.md 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.documents.decisions import forget_proofs
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.closing.state import Stage
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class ForgetProofs(Command):
    """Delete the proofs of who was registered, unless an open registration rests on the same document.

    Does nothing where the workshop was opened again. By the portal, some time after closing.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("INS-6", "DOS-15")

    workshop: UUID


def handle(command: ForgetProofs, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop)).state
    if not isinstance(workshop, Planned) or workshop.closing.stage is not Stage.CLOSED:
        return []
    held = [(registration, seat.client) for registration, seat in workshop.seats.items()]
    absent = [(registration, who.client) for registration, who in workshop.closing.absents.items()]
    places: dict[UUID, list[UUID]] = {}
    for registration, client in held + absent:
        places.setdefault(client, []).append(registration)
    clients = act.load_all([CLIENT.at(id_) for id_ in sorted(places)])
    return [Change(found, forget_proofs(found.state, places[found.id])) for found in clients]
