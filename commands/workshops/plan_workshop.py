"""Plan a dated session of an activity (ATE-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from aggregates.catalogue.policies import known_activity, known_venue, known_zone
from aggregates.catalogue.state import ACTIVITY, VENUE
from aggregates.kernel import Role, Value
from aggregates.staff.state import STAFF
from aggregates.workshop.decisions import plan
from aggregates.workshop.events import Session
from aggregates.workshop.policies import staff_at_workshops
from aggregates.workshop.state import WORKSHOP, Plan
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change

Seats = Annotated[int, Field(ge=0, le=10_000)]
Trainers = Annotated[tuple[UUID, ...], Field(max_length=50)]


def _within_memory(instant: datetime) -> datetime:
    """Away from the calendar's ends, where an offset can't be taken off any more."""
    if not 1990 <= instant.year < 2200:
        raise ValueError("not a workshop's date")
    return instant


Instant = Annotated[AwareDatetime, AfterValidator(_within_memory)]


class PlannedSession(Value):
    """One stretch, with zone or offset."""

    starts: Instant
    ends: Instant


def in_utc(sessions: Sequence[PlannedSession]) -> tuple[Session, ...]:
    """The stretches as instants."""
    return tuple(Session(starts=s.starts.astimezone(UTC), ends=s.ends.astimezone(UTC)) for s in sessions)


class PlanWorkshop(Command):
    """Plan a workshop; without `venue` it is EN LIGNE.

    Refused: no_such_activity, no_such_venue, unknown_zone, not_staff, sessions_unordered,
    retake_limit_above_capacity. Makes `workshop`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("ATE-1",)

    activity: UUID
    venue: UUID | None
    zone: Name
    sessions: tuple[PlannedSession, ...] = Field(max_length=100)
    organiser: UUID
    trainers: Trainers = ()
    capacity: Seats
    retake_limit: Seats | None = None
    place_note: Text | None = None
    practical_note: Text | None = None
    independent: bool = False
    """An ÊTRE BIEN that is not the school's own (FAC-5)."""


def handle(command: PlanWorkshop, act: Act) -> list[Change]:
    workshop = act.fresh(WORKSHOP, "workshop")
    details = Plan(
        organiser=command.organiser,
        trainers=command.trainers,
        capacity=command.capacity,
        retake_limit=command.retake_limit,
        place_note=command.place_note,
        practical_note=command.practical_note,
    )
    (activity,), venues, people = act.load_groups(
        [ACTIVITY.at(command.activity)],
        [] if command.venue is None else [VENUE.at(command.venue)],
        [STAFF.at(person) for person in details.people],
    )
    known_activity(activity.state)
    venue = known_venue(venues[0].state) if venues else None
    known_zone(command.zone)
    staff_at_workshops({person.id: person.state for person in people})
    planned = plan(
        workshop.state,
        activity=command.activity,
        venue=command.venue,
        zone=command.zone,
        sessions=in_utc(command.sessions),
        details=details,
        region=None if venue is None else venue.region,
        independent=command.independent,
    )
    return [Change(workshop, planned)]
