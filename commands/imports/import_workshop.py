"""Take over a workshop that another system had planned (IMP-1, ATE-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.catalogue.policies import known_activity, known_venue, known_zone
from aggregates.catalogue.state import ACTIVITY, SETTINGS, SETTINGS_ID, VENUE
from aggregates.kernel import Role
from aggregates.staff.state import STAFF
from aggregates.workshop.decisions import plan
from aggregates.workshop.events import Session
from aggregates.workshop.policies import staff_at_workshops, still_to_come
from aggregates.workshop.state import WORKSHOP, Plan
from commands.access import Scope, anyone
from commands.importing import LocalTime, imported_id
from commands.message import Act, Command, Name, Text
from commands.workshops.plan_workshop import Seats
from schema.store import Change


class ImportWorkshop(Command):
    """Plan the workshop that `source` knew under `key`; without `venue` it is EN LIGNE.

    Times are those of the venue's clocks, EN LIGNE those of `zone`, else of the school. Where it ends on a
    later day than it starts, each day has the same hours.

    Refused: no_such_activity, no_such_venue, unknown_zone, not_staff, sessions_unordered,
    retake_limit_above_capacity, workshop_over. Tells `workshop`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("IMP-1", "ATE-1")

    source: Name
    key: Name
    activity: UUID
    venue: UUID | None = None
    zone: Name | None = None
    starts: LocalTime
    ends: LocalTime
    organiser: UUID
    trainer: UUID | None = None
    second_trainer: UUID | None = None
    capacity: Seats
    retake_limit: Seats | None = None
    place_note: Text | None = None
    practical_note: Text | None = None
    independent: bool = False
    """An ÊTRE BIEN that is not the school's own (FAC-5)."""


def handle(command: ImportWorkshop, act: Act) -> list[Change]:
    workshop, activity, settings = act.load(
        WORKSHOP.at(imported_id(command.source, "workshop", command.key)),
        ACTIVITY.at(command.activity),
        SETTINGS.at(SETTINGS_ID),
    )
    details = Plan(
        organiser=command.organiser,
        trainers=tuple(t for t in (command.trainer, command.second_trainer) if t is not None),
        capacity=command.capacity,
        retake_limit=command.retake_limit,
        place_note=command.place_note,
        practical_note=command.practical_note,
    )
    venues, people = act.load_groups(
        [] if command.venue is None else [VENUE.at(command.venue)],
        [STAFF.at(person) for person in details.people],
    )
    act.tell("workshop", workshop.id)
    known_activity(activity.state)
    venue = known_venue(venues[0].state) if venues else None
    zone = command.zone or settings.state.zone if venue is None else venue.zone
    known_zone(zone)
    staff_at_workshops({person.id: person.state for person in people})
    sessions = days(command.starts, command.ends, ZoneInfo(zone))
    still_to_come(sessions, act.now)
    planned = plan(
        workshop.state,
        activity=command.activity,
        venue=command.venue,
        zone=zone,
        sessions=sessions,
        details=details,
        region=None if venue is None else venue.region,
        independent=command.independent,
        taken_over=True,
    )
    return [Change(workshop, planned)]


def days(starts: datetime, ends: datetime, zone: ZoneInfo) -> list[Session]:
    """A stretch per day, from the first one's hour of beginning to the last one's hour of ending.

    One that ends after midnight, at an earlier hour than it began, is one stretch.
    """
    if ends.time() <= starts.time():
        return [_between(starts, ends, zone)]
    count = max(0, (ends.date() - starts.date()).days)
    first_end = ends - timedelta(days=count)
    return [
        _between(starts + timedelta(n), first_end + timedelta(n), zone) for n in range(min(count, 99) + 1)
    ]


def _between(starts: datetime, ends: datetime, zone: ZoneInfo) -> Session:
    begun, over = (instant.replace(tzinfo=zone).astimezone(UTC) for instant in (starts, ends))
    return Session(starts=begun, ends=over)
