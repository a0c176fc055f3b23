"""Another date, time or place; every registration follows, in one append (ATE-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.policies import known_venue, known_zone
from aggregates.catalogue.state import VENUE
from aggregates.client.registrations.decisions import Whereabouts, move_date
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.decisions import move
from aggregates.workshop.events import Session
from aggregates.workshop.policies import known_workshop, planned
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned, Workshop
from commands.access import Scope, anyone
from commands.message import Act, Command, Name
from commands.seen_version import merged
from commands.workshops.plan_workshop import PlannedSession, in_utc
from schema.store import Change


class MoveWorkshop(Command):
    """Overwrite what differs from the date and place seen at `seen_version`; without `venue` it is EN LIGNE.

    Refused: no_such_workshop, workshop_cancelled, workshop_begun, no_such_venue, unknown_zone,
    sessions_unordered, moved_to_past, changed_meanwhile.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE) | {Role.ORGANISER: Scope.OWN_WORKSHOPS}
    RULES: ClassVar[tuple[str, ...]] = ("ATE-10",)

    workshop: UUID
    seen_version: int = Field(ge=1)
    venue: UUID | None
    zone: Name
    sessions: tuple[PlannedSession, ...] = Field(max_length=100)


def handle(command: MoveWorkshop, act: Act) -> list[Change]:
    (workshop,), venues = act.load_groups(
        [WORKSHOP.at(command.workshop)], [] if command.venue is None else [VENUE.at(command.venue)]
    )
    was = planned(workshop.state)
    region = known_venue(venues[0].state).region if venues else None
    known_zone(command.zone)
    wanted = _place(command.venue, command.zone, in_utc(command.sessions))
    seen = _place_of(workshop.as_of(command.seen_version))
    place = merged(seen, _place_of(was), wanted)
    if place["venue"] != command.venue:
        region = was.region  # somebody else chose it meanwhile
    sessions = _paired(place["sessions"])
    moved = move(was, sessions=sessions, zone=place["zone"], venue=place["venue"], region=region, now=act.now)
    if not moved:
        return []
    clients = act.load_all([CLIENT.at(seat.client) for seat in was.seats.values()])
    before = Whereabouts(was.starts, was.zone, was.venue)
    after = Whereabouts(sessions[0].starts, place["zone"], place["venue"])
    return [
        Change(workshop, moved),
        *(
            Change(
                client,
                move_date(client.state, registration, workshop=workshop.id, was=before, now_at=after),
            )
            for registration, client in zip(was.seats, clients, strict=True)
        ),
    ]


def _place_of(workshop: Workshop) -> dict[str, Any]:
    known = known_workshop(workshop)
    date_: Planned = known.was if isinstance(known, CancelledWorkshop) else known
    return _place(date_.venue, date_.zone, date_.sessions)


def _place(venue: UUID | None, zone: str, sessions: Sequence[Session]) -> dict[str, Any]:
    """Instants in a row, which a clash can show."""
    instants = tuple(instant for s in sessions for instant in (s.starts, s.ends))
    return {"venue": venue, "zone": zone, "sessions": instants}


def _paired(instants: Sequence[datetime]) -> tuple[Session, ...]:
    pairs = zip(instants[::2], instants[1::2], strict=True)
    return tuple(Session(starts=starts, ends=ends) for starts, ends in pairs)
