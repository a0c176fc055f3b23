"""« Restaurer l'atelier et enregistrer »: who is still free has the seat again, in one append (ATE-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.registrations.decisions import put_back_by_school
from aggregates.client.registrations.policies import taken_off_by
from aggregates.client.state import CLIENT, Client, Dossier
from aggregates.kernel import Role
from aggregates.workshop.decisions import restore
from aggregates.workshop.events import WorkshopRestored
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RestoreWorkshop(Command):
    """Restore a cancelled workshop before its start; its waiting list stays closed.

    Refused: no_such_workshop, workshop_begun.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("ATE-5",)

    workshop: UUID


def handle(command: RestoreWorkshop, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    was = workshop.state.was if isinstance(workshop.state, CancelledWorkshop) else None
    seats = {} if was is None else was.seats
    loaded = act.load_all([CLIENT.at(seat.client) for seat in seats.values()])
    clients = dict(zip(seats, loaded, strict=True))
    still_off = {r for r, client in clients.items() if _is_off(client.state, r, workshop.id)}
    restored = restore(workshop.state, still_off=still_off, now=act.now)
    changes = [Change(workshop, restored)]
    for fact in restored:
        assert was is not None
        assert isinstance(fact, WorkshopRestored)
        for registration in fact.back:
            client = clients[registration]
            back = put_back_by_school(client.state, registration, workshop=workshop.id, starts=was.starts)
            changes.append(Change(client, back))
    return changes


def _is_off(client: Client, registration: UUID, workshop: UUID) -> bool:
    """A dossier that is gone has nothing À PLANIFIER."""
    return isinstance(client, Dossier) and taken_off_by(client.places, registration, workshop)
