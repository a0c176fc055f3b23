"""A week before, each participant is reminded, with a copy to the organiser (COM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.workshop.events import Session, WorkshopMoved, WorkshopPlanned, WorkshopRestored
from processors.runtime.effects import Due, Mail, Params, Processor, Timer
from processors.runtime.seats import seats_after
from schema.envelope import Recorded

_DAYS_BEFORE = 7
_HOUR = 9
_RESTORED = "restored"


def due_at(sessions: Sequence[Session], zone: str) -> datetime:
    """9:00 in the workshop's zone on the 7th calendar day before its first day."""
    place = ZoneInfo(zone)
    day = sessions[0].starts.astimezone(place).date() - timedelta(days=_DAYS_BEFORE)
    return datetime(day.year, day.month, day.day, _HOUR, tzinfo=place)


def react(event: Recorded) -> Sequence[Timer]:
    """Set when the date is; one planned or moved within the 7 days reminds nobody.

    Restored, it may have been off at that very moment: who never heard of it is reminded then (ATE-5).
    """
    match event.fact:
        case WorkshopPlanned() | WorkshopMoved() as fact:
            due = due_at(fact.sessions, fact.zone)
            return [Timer("reminder", due)] if due > event.envelope.at else []
        case WorkshopRestored():
            return [Timer(_RESTORED, event.envelope.at)]
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Mail]:
    """Whoever has had the date since before that moment, unless the workshop was moved or cancelled.

    The same person is reminded of the same date once, whichever timer comes first.
    """
    workshop = seats_after(history)
    moment = due_at(workshop.sessions, workshop.zone)
    restored = timer.purpose == _RESTORED
    if workshop.cancelled or (moment > timer.due if restored else moment != timer.due):
        return []
    params: dict[str, UUID | datetime | bool | None] = {
        "workshop": timer.stream,
        "starts": workshop.sessions[0].starts,
        "restored": restored or None,
    }
    return [
        mail
        for registration, seat in workshop.of.items()
        if seat.since <= moment
        for mail in _mails(seat.client, moment, {"registration": registration, **params})
    ]


def _mails(client: UUID, moment: datetime, params: Params) -> list[Mail]:
    what = f"{params['registration']}/{moment.astimezone(UTC).isoformat()}"
    return [
        Mail(f"reminder/{what}", "reminder", "client", client, params),
        Mail(f"copy/{what}", "reminder", "organiser", client, params),
    ]


PROCESSOR = Processor("reminder", react, fire, frozenset({WorkshopPlanned, WorkshopMoved}))
