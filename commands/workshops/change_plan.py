"""Change a workshop's capacity, limit, people or notes; dates and place stay (ATE-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.kernel import Role
from aggregates.staff.state import STAFF
from aggregates.workshop.decisions import change_plan
from aggregates.workshop.policies import known_workshop, staff_at_workshops
from aggregates.workshop.state import WORKSHOP, Plan
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.seen_version import merged
from commands.workshops.plan_workshop import Seats, Trainers
from schema.store import Change


class ChangePlan(Command):
    """Overwrite what differs from the plan seen at `seen_version`; below what is taken nobody loses a place.

    Who is named already may have left since. Refused: no_such_workshop, workshop_closed,
    changed_meanwhile, not_staff, retake_limit_above_capacity.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("ATE-1",)

    workshop: UUID
    seen_version: int = Field(ge=1)
    organiser: UUID
    trainers: Trainers
    capacity: Seats
    retake_limit: Seats | None
    place_note: Text | None
    practical_note: Text | None


def handle(command: ChangePlan, act: Act) -> list[Change]:
    named = (command.organiser, *command.trainers)
    (workshop,), people = act.load_groups(
        [WORKSHOP.at(command.workshop)], [STAFF.at(person) for person in named]
    )
    current = known_workshop(workshop.state).plan
    seen = known_workshop(workshop.as_of(command.seen_version)).plan
    wanted = Plan(
        organiser=command.organiser,
        trainers=command.trainers,
        capacity=command.capacity,
        retake_limit=command.retake_limit,
        place_note=command.place_note,
        practical_note=command.practical_note,
    )
    details = Plan(**merged(asdict(seen), asdict(current), asdict(wanted)))
    new = set(details.people) - set(current.people)
    staff_at_workshops({person.id: person.state for person in people if person.id in new})
    return [Change(workshop, change_plan(workshop.state, details))]
