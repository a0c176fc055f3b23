"""What may happen to a waiting list, its offers and held seats: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from aggregates.workshop.policies import (
    clients_only_before_the_start,
    is_closed,
    known_workshop,
    not_closed,
    planned,
)
from aggregates.workshop.refusals import AlreadyOnRoster
from aggregates.workshop.state import CancelledWorkshop, Planned, Workshop
from aggregates.workshop.waiting.events import (
    HoldReleased,
    OfferExpired,
    SeatHeld,
    SeatOffered,
    WaitingFact,
    WaitingListJoined,
    WaitingListLeft,
)
from aggregates.workshop.waiting.policies import (
    a_seat_is_free,
    holds_now,
    next_in_line,
    offered_now,
    short_of,
)
from aggregates.workshop.waiting.refusals import NoOffer, SeatIsFree, WaitingListClosed

Facts = Sequence[WaitingFact]


def join_waiting_list(workshop: Workshop, client: UUID, *, retake: bool, now: datetime) -> Facts:
    """Wait for a seat, at the end of the list, once per client and only without a seat (ATE-2).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, AlreadyOnRoster, WaitingListClosed,
    WorkshopStarted, SeatIsFree.
    """
    current = not_closed(workshop)
    if client in current.waiting.entries:
        return []
    _holds_no_seat(current, client)
    if current.waiting.closed:
        raise WaitingListClosed
    clients_only_before_the_start(current, now, by_staff=False)
    short = short_of(current, client, retake=retake, now=now)
    if short is None:
        raise SeatIsFree
    return [WaitingListJoined(client=client, retake=retake, short_of=short)]


def leave_waiting_list(workshop: Workshop, client: UUID) -> Facts:
    """Wait no longer; an offer ends with it (ATE-2). Raises NoSuchWorkshop."""
    current = known_workshop(workshop)
    if isinstance(current, CancelledWorkshop) or client not in current.waiting.entries:
        return []
    return [WaitingListLeft(client=client)]


def offer_seats(workshop: Workshop, *, now: datetime, hours: int) -> Facts:
    """Offer each free seat to whom it is due, for so many hours, at the latest until the start (ATE-2).

    Nothing where none is due, or the workshop takes no more people. Raises NoSuchWorkshop.
    """
    current = known_workshop(workshop)
    if isinstance(current, CancelledWorkshop) or is_closed(current):
        return []
    until = min(now + timedelta(hours=hours), current.starts)
    return [
        SeatOffered(client=client, retake=entry.retake, until=until)
        for client, entry in next_in_line(current, now).items()
    ]


def expire_offers(workshop: Workshop, *, now: datetime) -> Facts:
    """End the offers that were not taken in their time (ATE-2). Raises NoSuchWorkshop."""
    current = known_workshop(workshop)
    if isinstance(current, CancelledWorkshop):
        return []
    return [
        OfferExpired(client=client)
        for client, entry in current.waiting.entries.items()
        if entry.offered_until is not None and not offered_now(current, entry, now)
    ]


def offer_stands(workshop: Workshop, client: UUID, *, now: datetime) -> Planned:
    """The workshop in which a seat is offered to this client.

    Raises NoSuchWorkshop, WorkshopIsCancelled, NoOffer.
    """
    current = planned(workshop)
    entry = current.waiting.entries.get(client)
    if entry is None or not offered_now(current, entry, now):
        raise NoOffer
    return current


def hold_seat(
    workshop: Workshop,
    registration: UUID,
    *,
    client: UUID,
    retake: bool,
    now: datetime,
    until: datetime,
    by_staff: bool = False,
) -> Facts:
    """Keep a seat for a finalised basket while its client pays (FAC-1); staff sell after the start (INS-15).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, AlreadyOnRoster, WorkshopStarted,
    WorkshopFull, RetakesFull.
    """
    current = not_closed(workshop)
    held = current.waiting.holds.get(registration)
    if registration in current.seats or (held is not None and holds_now(held, now)):
        return []
    _holds_no_seat(current, client)
    clients_only_before_the_start(current, now, by_staff=by_staff)
    a_seat_is_free(current, client, retake=retake, now=now)
    return [SeatHeld(registration=registration, client=client, retake=retake, until=until)]


def release_hold(workshop: Workshop, registration: UUID) -> Facts:
    """The payment was abandoned or failed, nothing is left of it (FAC-1). Raises NoSuchWorkshop."""
    current = known_workshop(workshop)
    held = None if isinstance(current, CancelledWorkshop) else current.waiting.holds.get(registration)
    return [] if held is None else [HoldReleased(registration=registration, client=held.client)]


def _holds_no_seat(workshop: Planned, client: UUID) -> None:
    if any(seat.client == client for seat in workshop.seats.values()):
        raise AlreadyOnRoster
