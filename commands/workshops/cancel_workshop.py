"""SUPPRIMER: cancel a workshop, all its registrations become À PLANIFIER in one append (ATE-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.registrations.decisions import taken_off_by_school
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.decisions import cancel
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class CancelWorkshop(Command):
    """Cancel a workshop; its waiting list and offers end. The reason names no client.

    Refused: no_such_workshop, workshop_followed, workshop_closed, roster_handed_over.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("ATE-4",)

    workshop: UUID
    reason: Text


def handle(command: CancelWorkshop, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    cancelled = cancel(workshop.state, reason=command.reason)
    if not cancelled or not isinstance(workshop.state, Planned):
        return []
    seats = workshop.state.seats
    clients = act.load_all([CLIENT.at(seat.client) for seat in seats.values()])
    return [
        Change(workshop, cancelled),
        *(
            Change(client, taken_off_by_school(client.state, registration, workshop=workshop.id))
            for registration, client in zip(seats, clients, strict=True)
        ),
    ]
