"""A free seat is offered to who waits for it, a lapsed offer passes on, clients hear of theirs (ATE-2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from aggregates.workshop.events import (
    PlacesHandedOver,
    SeatFreed,
    SeatPassed,
    SeatTaken,
    WorkshopCancelled,
    WorkshopMoved,
    WorkshopPlanChanged,
)
from aggregates.workshop.waiting.events import (
    HoldReleased,
    OfferExpired,
    SeatHeld,
    SeatOffered,
    WaitingListJoined,
    WaitingListLeft,
)
from commands.workshops.expire_offers import ExpireOffers
from commands.workshops.offer_seats import OfferSeats
from processors.runtime.effects import Do, Due, Mail, Params, Processor, Timer
from schema.envelope import Recorded

_FREE = "free"
_LAPSED = "lapsed"


def react(event: Recorded) -> Sequence[Mail | Timer]:
    """Whatever may leave a seat for somebody else is looked at once per act, and a hold when it runs out.

    A workshop moved to an earlier start ends its offers there.
    """
    match event.fact:
        case SeatFreed() | SeatPassed() | HoldReleased() | WaitingListLeft() | WorkshopPlanChanged():
            return [Timer(_FREE, event.envelope.at)]
        case SeatHeld() as fact:
            return [Timer(_FREE, fact.until)]
        case SeatOffered() as fact:
            return [_offer(fact, event.originator_id), Timer(_LAPSED, fact.until)]
        case WorkshopMoved() as fact:
            return [Timer(_LAPSED, fact.sessions[0].starts)]
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Do]:
    """Asked for only where somebody waits, or was offered a seat that was not taken.

    Whom a seat is due to, and whether there is one, is the command's to decide.
    """
    moment = timer.due.isoformat()
    waits = _offered_until(history).values()
    if timer.purpose == _FREE and None in waits:
        return [Do(f"offer/{moment}", OfferSeats(workshop=timer.stream))]
    if timer.purpose == _LAPSED and any(until is not None for until in waits):
        return [Do(f"lapse/{moment}", ExpireOffers(workshop=timer.stream))]
    return []


def _offer(fact: SeatOffered, workshop: UUID) -> Mail:
    params: Params = {"workshop": workshop, "until": fact.until}
    return Mail("offer", "waiting_list_offer", "client", fact.client, params)


def _offered_until(history: Iterable[Recorded]) -> dict[UUID, datetime | None]:
    """Who is on the list, each with the end of their offer; None: still waiting for one."""
    waits: dict[UUID, datetime | None] = {}
    for event in history:
        match event.fact:
            case WaitingListJoined() as fact:
                waits[fact.client] = None
            case SeatOffered() as fact:
                waits[fact.client] = fact.until
            case WaitingListLeft() | OfferExpired() | SeatTaken() as fact:
                waits.pop(fact.client, None)
            case PlacesHandedOver(client=client, to=to):
                waits = {to if c == client else c: until for c, until in waits.items()}
            case WorkshopCancelled():
                waits.clear()
            case _:
                pass
    return waits


PROCESSOR = Processor("waiting_list", react, fire, frozenset({SeatHeld, SeatOffered}))
