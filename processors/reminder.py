"""A week before, each participant is reminded, with a copy to the organiser (COM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.workshop.events import Session, WorkshopMoved, WorkshopPlanned
from processors.runtime.effects import Due, Mail, Processor, Timer
from processors.runtime.seats import seats_after
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
    workshop = seats_after(history)
    if workshop.cancelled or due_at(workshop.sessions, workshop.zone) != timer.due:
        return []
    return [
        mail
        for registration, seat in workshop.of.items()
        if seat.since <= timer.due
        for mail in _mails(registration, seat.client, timer.stream)
    ]


def _mails(registration: UUID, client: UUID, workshop: UUID) -> list[Mail]:
    params = {"registration": registration, "workshop": workshop}
    return [
        Mail(f"reminder/{registration}", "reminder", "client", client, params),
        Mail(f"copy/{registration}", "reminder", "organiser", client, params),
    ]


PROCESSOR = Processor("reminder", react, fire, frozenset({WorkshopPlanned, WorkshopMoved}))
