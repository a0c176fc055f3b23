"""Who waits for a seat and for whom one is held, folded from their facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from aggregates.kernel import replace
from aggregates.workshop.waiting.events import (
    HoldReleased,
    OfferExpired,
    SeatHeld,
    SeatOffered,
    WaitingFact,
    WaitingListJoined,
    WaitingListLeft,
)

V = TypeVar("V")


@dataclass(frozen=True)
class Entry:
    """One client on the list."""

    retake: bool
    offered_until: datetime | None = None
    """A seat is offered to them until then; None: not yet."""


@dataclass(frozen=True)
class Hold:
    """A seat kept while its client pays."""

    client: UUID
    retake: bool
    until: datetime


@dataclass(frozen=True)
class Waiting:
    """The list by client, in the order they joined; holds by the registration to be."""

    entries: Mapping[UUID, Entry] = field(default_factory=dict)
    holds: Mapping[UUID, Hold] = field(default_factory=dict)
    closed: bool = False
    """A cancelled workshop's list is never opened again (ATE-5)."""

    def seated(self, registration: UUID, client: UUID) -> Waiting:
        """The client took a seat: neither entry nor hold is needed any more."""
        if client not in self.entries and registration not in self.holds:
            return self
        entries, holds = _without(self.entries, client), _without(self.holds, registration)
        return replace(self, entries=entries, holds=holds)

    def handed_over(self, client: UUID, to: UUID) -> Waiting:
        """What was kept for one client is kept for another one, at the same place in the list."""
        entries = {to if c == client else c: entry for c, entry in self.entries.items()}
        holds = {
            r: replace(hold, client=to) if hold.client == client else hold for r, hold in self.holds.items()
        }
        return replace(self, entries=entries, holds=holds)


def evolve_waiting(waiting: Waiting, fact: WaitingFact) -> Waiting:
    """The list and the holds after the fact. Raises KeyError on an offer to nobody in the list."""
    match fact:
        case WaitingListJoined():
            return replace(waiting, entries={**waiting.entries, fact.client: Entry(fact.retake)})
        case WaitingListLeft() | OfferExpired():
            return replace(waiting, entries=_without(waiting.entries, fact.client))
        case SeatOffered():
            offered = replace(waiting.entries[fact.client], offered_until=fact.until)
            return replace(waiting, entries={**waiting.entries, fact.client: offered})
        case SeatHeld():
            hold = Hold(fact.client, fact.retake, fact.until)
            return replace(waiting, holds={**waiting.holds, fact.registration: hold})
        case HoldReleased():
            return replace(waiting, holds=_without(waiting.holds, fact.registration))


def _without(kept: Mapping[UUID, V], gone: UUID) -> Mapping[UUID, V]:
    return {key: value for key, value in kept.items() if key != gone}
