"""A week before, each participant is reminded, with a copy to the organiser (COM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.workshop.events import (
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopCancelled,
    WorkshopMoved,
    WorkshopPlanned,
    WorkshopRestored,
)
from processors.runtime.effects import Due, Mail, Processor, Timer
from schema.envelope import Recorded

_DAYS_BEFORE = 7
_HOUR = 9


def due_at(sessions: Sequence[Session], zone: str) -> datetime:
    """9:00 in the workshop's zone on the 7th calendar day before its first day."""
    place = ZoneInfo(zone)
    day = sessions[0].starts.astimezone(place).date() - timedelta(days=_DAYS_BEFORE)
    return datetime(day.year, day.month, day.day, _HOUR, tzinfo=place)


def react(event: Recorded) -> Sequence[Timer]:
    """Set when the date is; one planned or moved within the 7 days reminds nobody."""
    match event.fact:
        case WorkshopPlanned() | WorkshopMoved() as fact:
            due = due_at(fact.sessions, fact.zone)
            return [Timer("reminder", due)] if due > event.envelope.at else []
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Mail]:
    """Whoever has had the date since before that moment, unless the workshop was moved or cancelled."""
    workshop = _Followed()
    for event in history:
        workshop.follow(event)
    if workshop.cancelled or workshop.due != timer.due:
        return []
    return [
        mail
        for registration, seat in workshop.seats.items()
        if seat.since <= timer.due
        for mail in _mails(registration, seat.client, timer.stream)
    ]


def _mails(registration: UUID, client: UUID, workshop: UUID) -> list[Mail]:
    params = {"registration": registration, "workshop": workshop}
    return [
        Mail(f"reminder/{registration}", "reminder", "client", client, params),
        Mail(f"copy/{registration}", "reminder", "organiser", client, params),
    ]


@dataclass(frozen=True)
class _Seat:
    client: UUID
    since: datetime


@dataclass
class _Followed:
    """The workshop's date, and who has a seat since when."""

    due: datetime | None = None
    cancelled: bool = False
    seats: dict[UUID, _Seat] = field(default_factory=dict)

    def follow(self, event: Recorded) -> None:
        at = event.envelope.at
        match event.fact:
            case WorkshopPlanned() | WorkshopMoved() as fact:
                self.due = due_at(fact.sessions, fact.zone)
            case WorkshopCancelled():
                self.cancelled = True
            case WorkshopRestored() as fact:
                self.cancelled = False
                self.seats = {r: _Seat(self.seats[r].client, at) for r in fact.back}
            case SeatTaken() as fact:
                self.seats[fact.registration] = _Seat(fact.client, at)
            case SeatPassed() as fact:
                self.seats[fact.to] = _Seat(fact.client, self.seats.pop(fact.registration).since)
            case SeatFreed() as fact:
                self.seats.pop(fact.registration, None)
            case _:
                pass


PROCESSOR = Processor("reminder", react, fire, frozenset({WorkshopPlanned, WorkshopMoved}))
