"""Who counts as having a seat, and whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from aggregates.workshop.refusals import RetakesFull, WorkshopFull
from aggregates.workshop.state import Planned
from aggregates.workshop.waiting.events import ShortOf
from aggregates.workshop.waiting.state import Entry, Hold


def holds_now(hold: Hold, now: datetime) -> bool:
    """An expired hold counts no more, released or not (FAC-1)."""
    return now < hold.until


def offered_now(workshop: Planned, entry: Entry, now: datetime) -> bool:
    """An offer counts until its time, at the latest until the start (ATE-2)."""
    return entry.offered_until is not None and now < min(entry.offered_until, workshop.starts)


def taken(workshop: Planned, now: datetime) -> dict[UUID, bool]:
    """Who has a seat, holds one while paying, or is offered one: client → as a retake (ATE-2, FAC-1).

    A client who pays for the seat they were offered counts once.
    """
    waiting = workshop.waiting
    return (
        {c: entry.retake for c, entry in waiting.entries.items() if offered_now(workshop, entry, now)}
        | {hold.client: hold.retake for hold in waiting.holds.values() if holds_now(hold, now)}
        | {seat.client: seat.retake for seat in workshop.seats.values()}
    )


def next_in_line(workshop: Planned, now: datetime) -> Mapping[UUID, Entry]:
    """Clients to whom the free seats are due: the first whom seat and retake limit both admit (ATE-2).

    Those passed over keep their place; who let an offer lapse had their turn. Nobody after the start.
    """
    if now >= workshop.starts:
        return {}
    counted = taken(workshop, now)
    seats = workshop.plan.capacity - len(counted)
    retakes = workshop.plan.most_retakes - sum(counted.values())
    due: dict[UUID, Entry] = {}
    for client, entry in workshop.waiting.entries.items():
        if seats <= len(due):
            break
        if client in counted or entry.offered_until is not None or (entry.retake and retakes <= 0):
            continue
        due[client] = entry
        retakes -= entry.retake
    return due


def short_of(workshop: Planned, client: UUID, *, retake: bool, now: datetime) -> ShortOf | None:
    """What there is none of for this client; None: they find a seat (ATE-1, ATE-2).

    Capacity counts everybody, of whom at most the retake limit are retakes. A free seat that is due to
    somebody waiting is not free for others; who holds or is offered a seat finds it, even when the
    capacity was lowered meanwhile.
    """
    counted = taken(workshop, now)
    promised = counted.get(client)
    due = {c: entry.retake for c, entry in next_in_line(workshop, now).items()}
    others = {c: is_retake for c, is_retake in (counted | due).items() if c != client}
    if promised is None and len(others) >= workshop.plan.capacity:
        return ShortOf.SEATS
    if retake and not promised and sum(others.values()) >= workshop.plan.most_retakes:
        return ShortOf.RETAKES
    return None


def a_seat_is_free(workshop: Planned, client: UUID, *, retake: bool, now: datetime) -> None:
    """There is a seat for this client, as a retake or not (ATE-2). Raises WorkshopFull, RetakesFull."""
    plan = workshop.plan
    match short_of(workshop, client, retake=retake, now=now):
        case ShortOf.SEATS:
            raise WorkshopFull(capacity=plan.capacity, organiser=plan.organiser)
        case ShortOf.RETAKES:
            raise RetakesFull(retake_limit=plan.most_retakes, organiser=plan.organiser)
