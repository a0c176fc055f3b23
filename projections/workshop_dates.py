"""Dated workshops with their places: the list of dates, and what a page says of one (ATE-1, ATE-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from aggregates.workshop.closing.events import (
    AbsenceSettled,
    WorkshopClosed,
    WorkshopReopened,
)
from aggregates.workshop.events import (
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopCancelled,
    WorkshopMoved,
    WorkshopPlanChanged,
    WorkshopPlanned,
    WorkshopRestored,
)
from aggregates.workshop.own import Own, region_of
from projections.model import Model, Rows, Table
from projections.query import Reads, Row, instant, value
from schema.envelope import Recorded
from schema.labels import Language, label
from schema.wording import day

MODEL = Model(
    "workshop_dates",
    4,
    (
        Table(
            "workshop",
            {
                "workshop": "uuid",
                "activity": "uuid",
                "venue": "uuid",
                "zone": "text",
                "starts": "timestamptz",
                "ends": "timestamptz",
                "sessions": "jsonb",
                "organiser": "uuid",
                "trainers": "jsonb",
                "capacity": "integer",
                "retake_limit": "integer",
                "place_note": "text",
                "practical_note": "text",
                "cancelled": "boolean",
                "closed": "boolean",
                "region": "text",
            },
            indexes=("(starts, workshop)", "(activity, starts)"),
        ),
        Table(
            "seat",
            {"registration": "uuid", "workshop": "uuid", "retake": "boolean"},
            keys=2,
            indexes=("(workshop)",),
        ),
    ),
)


@MODEL.on(WorkshopPlanned)
def planned(e: Recorded, fact: WorkshopPlanned, rows: Rows) -> None:
    rows.put(
        "workshop",
        workshop=e.originator_id,
        activity=fact.activity,
        venue=fact.venue,
        zone=fact.zone,
        starts=fact.sessions[0].starts,
        ends=fact.sessions[-1].ends,
        sessions=_stretches(fact.sessions),
        organiser=fact.organiser,
        trainers=fact.trainers,
        capacity=fact.capacity,
        retake_limit=fact.retake_limit,
        place_note=fact.place_note,
        practical_note=fact.practical_note,
        cancelled=False,
        closed=False,
        region=region_of(fact.region).value,
    )


def _stretches(sessions: Sequence[Session]) -> list[dict[str, datetime]]:
    return [{"starts": s.starts, "ends": s.ends} for s in sessions]


@MODEL.on(WorkshopMoved)
def moved(e: Recorded, fact: WorkshopMoved, rows: Rows) -> None:
    rows.patch(
        "workshop",
        (e.originator_id,),
        venue=fact.venue,
        zone=fact.zone,
        starts=fact.sessions[0].starts,
        ends=fact.sessions[-1].ends,
        sessions=_stretches(fact.sessions),
        region=region_of(fact.region).value,
    )


@MODEL.on(WorkshopCancelled)
def cancelled(e: Recorded, _fact: WorkshopCancelled, rows: Rows) -> None:
    """Its seats stay: they are the call list (ATE-4)."""
    rows.patch("workshop", (e.originator_id,), cancelled=True)


@MODEL.on(WorkshopRestored)
def restored(e: Recorded, fact: WorkshopRestored, rows: Rows) -> None:
    rows.patch("workshop", (e.originator_id,), cancelled=False)
    for registration in (*fact.moved_on, *fact.no_seat):
        rows.delete("seat", (registration, e.originator_id))


@MODEL.on(WorkshopClosed)
def closed(e: Recorded, _fact: WorkshopClosed, rows: Rows) -> None:
    rows.patch("workshop", (e.originator_id,), closed=True)


@MODEL.on(WorkshopReopened)
def reopened(e: Recorded, _fact: WorkshopReopened, rows: Rows) -> None:
    rows.patch("workshop", (e.originator_id,), closed=False)


@MODEL.on(WorkshopPlanChanged)
def plan_changed(e: Recorded, fact: WorkshopPlanChanged, rows: Rows) -> None:
    rows.patch(
        "workshop",
        (e.originator_id,),
        organiser=fact.organiser,
        trainers=fact.trainers,
        capacity=fact.capacity,
        retake_limit=fact.retake_limit,
        place_note=fact.place_note,
        practical_note=fact.practical_note,
    )


@MODEL.on(SeatTaken)
def seat_taken(e: Recorded, fact: SeatTaken, rows: Rows) -> None:
    rows.put("seat", registration=fact.registration, workshop=e.originator_id, retake=fact.retake)


@MODEL.on(SeatPassed)
def seat_passed(e: Recorded, fact: SeatPassed, rows: Rows) -> None:
    rows.delete("seat", (fact.registration, e.originator_id))
    rows.put("seat", registration=fact.to, workshop=e.originator_id, retake=fact.retake)


@MODEL.on(SeatFreed)
def seat_freed(e: Recorded, fact: SeatFreed, rows: Rows) -> None:
    rows.delete("seat", (fact.registration, e.originator_id))


@MODEL.on(AbsenceSettled)
def absence_settled(e: Recorded, fact: AbsenceSettled, rows: Rows) -> None:
    rows.delete("seat", (fact.registration, e.originator_id))


_MOST = 500
SHOWN = f"""
    w.workshop as id, w.activity as activity_id, a.name as activity, w.zone,
    {instant("w.starts")} as starts, {instant("w.ends")} as ends, w.sessions,
    case when w.venue is null then null
         else json_build_object('id', v.venue, 'name', v.name, 'city', v.city, 'country', v.country,
                                'region', v.region, 'note', v.note, 'address', v.address) end as venue,
    w.organiser as organiser_id, o.name as organiser,
    (select coalesce(json_agg(s.name order by n), '[]')
       from jsonb_array_elements_text(w.trainers) with ordinality as t(staff, n)
       left join read.catalogue_staff s on s.staff = t.staff::uuid) as trainers,
    w.trainers as trainer_ids, w.capacity, w.retake_limit, w.place_note, w.practical_note,
    a.note as activity_note, c.taken, c.retakes, w.cancelled
"""
JOINED = """
    read.workshop_dates_workshop w
    left join read.catalogue_activity a on a.activity = w.activity
    left join read.catalogue_venue v on v.venue = w.venue
    left join read.catalogue_staff o on o.staff = w.organiser
    cross join lateral (
        select count(*) as taken, count(*) filter (where retake) as retakes
        from read.workshop_dates_seat s where s.workshop = w.workshop) c
"""
_OWN = """(%(all)s or w.organiser = %(user)s or w.trainers ? %(user)s::text or w.region = any(%(regions)s))"""
_FILTER = f"""
    (%(cancelled)s or not w.cancelled) and not (%(open)s and w.closed)
    and (%(place)s = '' or (%(place)s = 'online' and w.venue is null) or v.country = %(place)s)
    and (%(activity)s::uuid is null or w.activity = %(activity)s)
    and {_OWN}
    and case when %(since)s::date is not null or %(until)s::date is not null then true
             when %(past)s then w.ends < %(now)s else w.ends >= %(now)s end
    and (%(since)s::date is null
         or w.ends >= %(since)s::date - 1 and (w.ends at time zone w.zone)::date >= %(since)s::date)
    and (%(until)s::date is null
         or w.starts < %(until)s::date + 2 and (w.starts at time zone w.zone)::date <= %(until)s::date)
"""


@dataclass(frozen=True)
class Wanted:
    """Which workshops: of a place (a country code, `online`, empty for all), an activity, a time.

    Without days it is the time from now on, or before it (`past`). `since` and `until` are days of the
    workshop's own zone; any day of the workshop may fall between them. `own`: among these
    only. `open`: not LECTURE SEULE. `cancelled`: those SUPPRIMÉS among them too (ATE-4).
    """

    now: datetime
    place: str = ""
    activity: UUID | None = None
    past: bool = False
    since: date | None = None
    until: date | None = None
    own: Own | None = None
    open: bool = False
    cancelled: bool = False

    def asked(self) -> dict[str, Any]:
        """As parameters of a query."""
        return {**asdict(self), **_reach(self.own)}


def _reach(own: Own | None) -> dict[str, Any]:
    """What the condition on own workshops asks; None: all are within reach."""
    who = own or Own(None)
    return {"all": own is None, "user": who.user, "regions": [region.value for region in who.regions]}


async def dates(
    connection: Reads,
    wanted: Wanted,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> list[Row]:
    """Workshops by start, past ones latest first (ATE-3).

    `after` is the start and id of the last row of the page before.
    """
    order, beyond = ("desc", "<") if wanted.past else ("asc", ">")
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select {SHOWN} from {JOINED}
            where {_FILTER}
              and (%(at)s::timestamptz is null or (w.starts, w.workshop) {beyond} (%(at)s, %(id)s))
            order by w.starts {order}, w.workshop {order} limit %(limit)s) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, wanted.asked() | page))


async def dates_for_client(connection: Reads, wanted: Wanted) -> list[Row]:
    """What a client choosing a country sees: that country's dates, then the online ones (ATE-3)."""
    wanted = replace(wanted, open=True)
    online = replace(wanted, place="online")
    return await dates(connection, wanted, limit=_MOST) + await dates(connection, online, limit=_MOST)


async def count(connection: Reads, wanted: Wanted) -> int:
    """How many workshops are wanted."""
    query = f"""select count(*)::text from read.workshop_dates_workshop w
        left join read.catalogue_venue v on v.venue = w.venue where {_FILTER}"""
    return cast("int", await value(connection, query, wanted.asked()))


@dataclass(frozen=True)
class Meant:
    """What one word of a search may stand for; `online`: it says EN LIGNE."""

    activities: Sequence[UUID]
    venues: Sequence[UUID]
    organisers: Sequence[UUID]
    online: bool


async def found(
    connection: Reads, words: Sequence[Meant], now: datetime, *, own: Own | None = None, limit: int = 8
) -> list[Row]:
    """Workshops that every word stands for, those to come first, the nearest before others."""
    meant = [
        f"(w.activity = any(%(a{n})s) or w.venue = any(%(v{n})s) or w.organiser = any(%(o{n})s)"
        f" or %(l{n})s and w.venue is null)"
        for n in range(len(words))
    ]
    nearest = "order by w.ends < %(now)s, abs(extract(epoch from w.starts - %(now)s)), w.workshop"
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select {SHOWN} from {JOINED}
            where w.workshop = any(array(
                select w.workshop from read.workshop_dates_workshop w
                where not w.cancelled and {" and ".join(meant)} and {_OWN}
                {nearest} limit %(limit)s))
            -- # sql: a condition of this function for each word
            {nearest}) q"""
    given = {
        name: value_
        for n, word in enumerate(words)
        for name, value_ in (
            (f"a{n}", list(word.activities)),
            (f"v{n}", list(word.venues)),
            (f"o{n}", list(word.organisers)),
            (f"l{n}", word.online),
        )
    }
    asked = {**given, **_reach(own), "now": now, "limit": limit}
    return cast("list[Row]", await value(connection, query, asked)) if words else []


async def one(connection: Reads, workshop: UUID, own: Own | None = None) -> Row | None:
    """What a page says of one workshop; None where it is not among the `own` ones."""
    query = f"""
        select row_to_json(q)::text from (
            select {SHOWN} from {JOINED} where w.workshop = %(workshop)s and {_OWN}) q"""
    return cast("Row | None", await value(connection, query, {"workshop": workshop, **_reach(own)}))


async def several(connection: Reads, workshops: list[UUID]) -> dict[UUID, Row]:
    """The same of several, by id; those cancelled are not among them."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text
        from (select {SHOWN} from {JOINED} where w.workshop = any(%s) and not w.cancelled) q"""
    rows = cast("list[Row]", await value(connection, query, (workshops,)))
    return {UUID(row["id"]): row for row in rows}


async def is_cancelled(connection: Reads, workshop: UUID) -> bool:
    """Whether it does not take place (ATE-4)."""
    query = "select cancelled::text from read.workshop_dates_workshop where workshop = %s"
    return bool(await value(connection, query, (workshop,)))


async def is_closed(connection: Reads, workshop: UUID) -> bool:
    """Whether it is LECTURE SEULE (ATE-6)."""
    query = "select closed::text from read.workshop_dates_workshop where workshop = %s"
    return bool(await value(connection, query, (workshop,)))


async def labels(connection: Reads, ids: list[UUID], language: Language = "fr") -> dict[UUID, str]:
    """Activity, day and place of these workshops, for sentences."""
    online = label(language, "word", "online")
    cursor = await connection.execute(
        "select w.workshop, a.name, w.starts at time zone w.zone, v.city from read.workshop_dates_workshop w"
        " left join read.catalogue_activity a on a.activity = w.activity"
        " left join read.catalogue_venue v on v.venue = w.venue where w.workshop = any(%s)",
        (ids,),
    )
    return {
        id_: f"{name or ''}, {day(language, starts.date())}, {city or online}"
        for id_, name, starts, city in await cursor.fetchall()
    }
