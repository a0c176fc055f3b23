"""Take ticks back before the workshop is closed: the registrations are INSCRIT again (INS-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.registrations.decisions import undo_followed
from aggregates.client.state import CLIENT
from aggregates.kernel import Fact, Role
from aggregates.workshop.decisions import untick
from aggregates.workshop.events import AttendanceUnticked
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope
from commands.message import Act, Command
from commands.workshops.tick_attendance import TickAttendance
from schema.store import Change, fold


class UntickAttendance(Command):
    """Take these ticks back.

    Refused: no_such_workshop, workshop_cancelled, workshop_closed, roster_handed_over, not_on_roster,
    already_registered or already_to_schedule where a retake
    rests on the tick.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = TickAttendance.ALLOWED
    RULES: ClassVar[tuple[str, ...]] = ("INS-13", "INS-12")

    workshop: UUID
    registrations: Annotated[tuple[UUID, ...], Field(max_length=1_000)]


def handle(command: UntickAttendance, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    unticked = untick(workshop.state, command.registrations, verifies=act.verifies)
    seats = planned(workshop.state).seats
    absent = [r for fact in unticked if isinstance(fact, AttendanceUnticked) for r in fact.registrations]
    # One client may have been there twice, as two dossiers that became one since (DOS-5).
    clients = act.load_all([CLIENT.at(c) for c in dict.fromkeys(seats[r].client for r in absent)])
    undone: dict[UUID, list[Fact]] = {client.id: [] for client in clients}
    states = {client.id: client.state for client in clients}
    for registration in absent:
        facts = undone[seats[registration].client]
        state = fold(CLIENT, facts, states[seats[registration].client])
        facts += undo_followed(state, registration, workshop=workshop.id)
    return [Change(workshop, unticked), *(Change(client, undone[client.id]) for client in clients)]
