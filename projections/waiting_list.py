"""Who waits for a seat in which workshop, and for whom one is kept until when (ATE-2, FAC-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from aggregates.client.merging.events import DossierMerged
from aggregates.client.registrations.events import DateChosen, Registered, RegistrationRestored
from aggregates.workshop.events import SeatTaken, WorkshopCancelled
from aggregates.workshop.waiting.events import (
    HoldReleased,
    OfferExpired,
    SeatHeld,
    SeatOffered,
    WaitingListJoined,
    WaitingListLeft,
)
from projections.model import Model, Rows, Table
from projections.query import Reads, Row, instant, value
from schema.envelope import Recorded

MODEL = Model(
    "waiting_list",
    3,
    (
        Table(
            "entry",
            {
                "client": "uuid",
                "workshop": "uuid",
                "retake": "boolean",
                "turn": "integer",
                "since": "timestamptz",
                "offered_until": "timestamptz",
            },
            keys=2,
            indexes=("(workshop) where offered_until is not null",),
        ),
        Table(
            "hold",
            {
                "registration": "uuid",
                "workshop": "uuid",
                "client": "uuid",
                "retake": "boolean",
                "until": "timestamptz",
            },
            keys=2,
            indexes=("(workshop)",),
        ),
    ),
)


@MODEL.on(WaitingListJoined)
def joined(e: Recorded, fact: WaitingListJoined, rows: Rows) -> None:
    rows.put(
        "entry",
        client=fact.client,
        workshop=e.originator_id,
        retake=fact.retake,
        turn=e.originator_version,
        since=e.envelope.at,
        offered_until=None,
    )


@MODEL.on(SeatOffered)
def offered(e: Recorded, fact: SeatOffered, rows: Rows) -> None:
    rows.patch("entry", (fact.client, e.originator_id), offered_until=fact.until)


def left(e: Recorded, fact: WaitingListLeft | OfferExpired, rows: Rows) -> None:
    rows.delete("entry", (fact.client, e.originator_id))


MODEL.on(WaitingListLeft)(left)
MODEL.on(OfferExpired)(left)


def seated(e: Recorded, fact: Registered | DateChosen | RegistrationRestored, rows: Rows) -> None:
    """Who has a seat waits for none."""
    if fact.workshop is not None:
        rows.delete("entry", (e.originator_id, fact.workshop))


MODEL.on(Registered)(seated)
MODEL.on(DateChosen)(seated)
MODEL.on(RegistrationRestored)(seated)


@MODEL.on(SeatHeld)
def held(e: Recorded, fact: SeatHeld, rows: Rows) -> None:
    """Counts until its time, whether it is released then or later (FAC-1)."""
    rows.put(
        "hold",
        registration=fact.registration,
        workshop=e.originator_id,
        client=fact.client,
        retake=fact.retake,
        until=fact.until,
    )


def held_no_more(e: Recorded, fact: HoldReleased | SeatTaken, rows: Rows) -> None:
    rows.delete("hold", (fact.registration, e.originator_id))


MODEL.on(HoldReleased)(held_no_more)
MODEL.on(SeatTaken)(held_no_more)


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    for table in ("entry", "hold"):
        rows.hand_over(table, e.originator_id, fact.into)


@MODEL.on(WorkshopCancelled)
def cancelled(e: Recorded, fact: WorkshopCancelled, rows: Rows) -> None:
    for client in fact.waiting:
        rows.delete("entry", (client, e.originator_id))


async def waiting_for(connection: Reads, client: UUID, now: datetime) -> list[Row]:
    """The workshops a client waits for a seat in, by their start; once one begins, nobody waits (ATE-2)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select a.name as activity, w.activity as activity_id, g.retake, {instant("g.since")} as since,
                {instant("g.offered_until")} as offered_until,
                json_build_object('id', w.workshop, 'starts', {instant("w.starts")},
                    'ends', {instant("w.ends")}, 'zone', w.zone,
                    'venue', case when v.venue is null then null
                         else json_build_object('name', v.name, 'city', v.city, 'country', v.country) end)
                    as workshop
            from read.waiting_list_entry g
            join read.workshop_dates_workshop w on w.workshop = g.workshop
            left join read.catalogue_activity a on a.activity = w.activity
            left join read.catalogue_venue v on v.venue = w.venue
            where g.client = %s and w.starts > %s order by w.starts, w.workshop) q"""
    return cast("list[Row]", await value(connection, query, (client, now)))


async def offered_until(connection: Reads, client: UUID, workshop: UUID) -> datetime | None:
    """Until when a seat is kept for this client; None where none is offered."""
    cursor = await connection.execute(
        "select offered_until from read.waiting_list_entry where client = %s and workshop = %s",
        (client, workshop),
    )
    row = await cursor.fetchone()
    return None if row is None else cast("datetime | None", row[0])


@dataclass(frozen=True)
class Kept:
    """Seats somebody holds while paying, is offered or has first claim to: as good as taken for others."""

    seats: int = 0
    retakes: int = 0


_KEPT = """
    select workshop, client, bool_or(retake) from (
        select workshop, client, retake from read.waiting_list_entry
        where workshop = any(%(workshops)s) and offered_until > %(now)s
        union all
        select workshop, client, retake from read.waiting_list_hold
        where workshop = any(%(workshops)s) and until > %(now)s) k
    where not exists (select 1 from read.dossier_registration d
        where d.client = k.client and d.workshop = k.workshop and d.state in ('scheduled', 'followed'))
    group by workshop, client"""
_IN_LINE = """
    select g.workshop, g.client, g.retake, w.capacity - c.taken,
        coalesce(w.retake_limit, w.capacity) - c.retakes
    from read.waiting_list_entry g
    join read.workshop_dates_workshop w on w.workshop = g.workshop
    cross join lateral (
        select count(*) as taken, count(*) filter (where retake) as retakes
        from read.workshop_dates_seat s where s.workshop = g.workshop) c
    where g.workshop = any(%(workshops)s) and g.offered_until is null and w.starts > %(now)s
        and w.capacity > c.taken
    order by g.workshop, g.turn"""


async def kept(
    connection: Reads, workshops: Sequence[UUID], now: datetime, *, apart_from: UUID | None = None
) -> dict[UUID, Kept]:
    """How many seats of these workshops are nobody else's at that moment, those of one client apart (ATE-2).

    Who pays for the seat they were offered counts once; who has a seat counts there. A seat just freed is
    due to the first in line before it is offered, as the command says.
    """
    asked = {"workshops": list(workshops), "now": now}
    promised: dict[UUID, dict[UUID, bool]] = {}
    for workshop, client, retake in await (await connection.execute(_KEPT, asked)).fetchall():
        promised.setdefault(workshop, {})[client] = retake
    for workshop, client, retake, seats, retakes in await (
        await connection.execute(_IN_LINE, asked)
    ).fetchall():
        mine = promised.setdefault(workshop, {})
        admitted = not retake or sum(mine.values()) < retakes
        if client not in mine and len(mine) < seats and admitted:
            mine[client] = retake
    return {
        workshop: Kept(len(others), sum(others.values()))
        for workshop, mine in promised.items()
        if (others := {c: retake for c, retake in mine.items() if c != apart_from})
    }
