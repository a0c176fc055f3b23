"""Tick participants present, all in one append: their registrations become SUIVI (INS-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.registrations.decisions import follow
from aggregates.client.state import CLIENT
from aggregates.kernel import Fact, Role
from aggregates.workshop.decisions import tick
from aggregates.workshop.events import AttendanceTicked
from aggregates.workshop.policies import last_day, planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class TickAttendance(Command):
    """Tick these registrations present.

    Refused: no_such_workshop, workshop_cancelled, workshop_closed, roster_handed_over, not_on_roster,
    not_yet_started.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING) | dict.fromkeys(
        (Role.ORGANISER, Role.TRAINER), Scope.OWN_WORKSHOPS
    )
    RULES: ClassVar[tuple[str, ...]] = ("INS-13", "LIS-2")

    workshop: UUID
    registrations: Annotated[tuple[UUID, ...], Field(max_length=1_000)]


def handle(command: TickAttendance, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    ticked = tick(workshop.state, command.registrations, now=act.now, verifies=act.verifies)
    date_ = planned(workshop.state)
    seats, day = date_.seats, last_day(date_)
    present = [r for fact in ticked if isinstance(fact, AttendanceTicked) for r in fact.registrations]
    clients = act.load_all([CLIENT.at(seats[r].client) for r in present])
    followed: list[tuple[Fact, ...]] = [
        tuple(
            follow(
                client.state,
                registration,
                workshop=workshop.id,
                last_day=day,
                ends=date_.ends,
                zone=date_.zone,
            )
        )
        for client, registration in zip(clients, present, strict=True)
    ]
    changes = [Change(client, facts) for client, facts in zip(clients, followed, strict=True)]
    return [Change(workshop, ticked), *changes]
