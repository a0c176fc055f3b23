"""Who has a seat in a workshop since when, from the facts of its stream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aggregates.workshop.events import (
    PlacesHandedOver,
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopCancelled,
    WorkshopMoved,
    WorkshopPlanned,
    WorkshopRestored,
)
from schema.envelope import Recorded


@dataclass(frozen=True)
class Seat:
    """Whose it is, and since when (UTC)."""

    client: UUID
    since: datetime


@dataclass
class Seats:
    """A workshop's sessions, whether it is cancelled, and the seats by registration."""

    sessions: tuple[Session, ...] = ()
    zone: str = ""
    cancelled: bool = False
    of: dict[UUID, Seat] = field(default_factory=dict)

    def follow(self, event: Recorded) -> None:
        """Take one fact into account; a cancelled workshop keeps its seats until it is restored."""
        at = event.envelope.at
        match event.fact:
            case WorkshopPlanned() | WorkshopMoved() as fact:
                self.sessions, self.zone = fact.sessions, fact.zone
            case WorkshopCancelled():
                self.cancelled = True
            case WorkshopRestored() as fact:
                self.cancelled = False
                self.of = {r: self.of[r] for r in fact.back}
            case SeatTaken() as fact:
                self.of[fact.registration] = Seat(fact.client, at)
            case SeatPassed() as fact:
                self.of[fact.to] = Seat(fact.client, self.of.pop(fact.registration).since)
            case SeatFreed() as fact:
                self.of.pop(fact.registration, None)
            case PlacesHandedOver() as fact:
                mine = {r: seat for r, seat in self.of.items() if seat.client == fact.client}
                self.of |= {r: Seat(fact.to, seat.since) for r, seat in mine.items()}
            case _:
                pass


def seats_after(history: Iterable[Recorded]) -> Seats:
    """As they are after all of it."""
    seats = Seats()
    for event in history:
        seats.follow(event)
    return seats
