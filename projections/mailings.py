"""Mailings with their situation, for whom each is, whom it leaves out and why (COM-6 to COM-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import psycopg

from aggregates.mailing.events import (
    AudienceMailingComposed,
    MailingApproved,
    MailingCancelled,
    MailingEnded,
    MailingPaused,
    MailingResumed,
    MailingSendingStarted,
    MailingTested,
    MailingTextForgotten,
    RosterMailingComposed,
)
from projections.model import Model, Rows, Table, shown
from projections.query import Reads, Row, instant, value
from schema.envelope import Recorded

MODEL = Model(
    "mailings",
    2,
    (
        Table(
            "mailing",
            {
                "mailing": "uuid",
                "author": "uuid",
                "composed_at": "timestamptz",
                "leaves_at": "timestamptz",
                "workshop": "uuid",
                "announced": "uuid",
                "subject": "text",
                "text": "text",
                "reason": "text",
                "pressure_reason": "text",
                "found": "integer",
                "recipients": "integer",
                "joint": "boolean",
                "waits": "boolean",
                "started": "boolean",
                "paused": "boolean",
                "cancelled": "boolean",
                "ended": "boolean",
                "sent": "integer",
                "skipped": "integer",
                "stopped": "text",
            },
            indexes=(
                "(composed_at, mailing)",
                "(author, composed_at, mailing)",
                "(composed_at, mailing) where waits and not cancelled",
            ),
        ),
        Table("person", {"mailing": "uuid", "client": "uuid", "excluded": "text"}, keys=2),
        Table(
            "readable",
            {"mailing": "uuid", "over_at": "timestamptz"},
            indexes=("(over_at) where over_at is not null",),
        ),
    ),
)
STATE = """case when m.cancelled then 'cancelled' when m.ended then 'ended'
    when m.waits then 'awaiting_approval' when m.paused then 'paused'
    when m.started then 'sending' else 'queued' end"""


@MODEL.on(AudienceMailingComposed)
def to_audience(e: Recorded, fact: AudienceMailingComposed, rows: Rows) -> None:
    _put(
        e,
        fact,
        rows,
        workshop=None,
        announced=None if fact.announces is None else fact.announces.workshop,
        reason=None,
        pressure_reason=shown(fact.pressure_reason),
        found=fact.found,
        joint=bool(fact.joint),
    )
    for left in fact.excluded:
        rows.put("person", mailing=e.originator_id, client=left.client, excluded=left.reason.value)


@MODEL.on(RosterMailingComposed)
def to_roster(e: Recorded, fact: RosterMailingComposed, rows: Rows) -> None:
    _put(
        e,
        fact,
        rows,
        workshop=fact.workshop,
        announced=None,
        reason=shown(fact.reason),
        pressure_reason=None,
        found=len(fact.recipients),
        joint=False,
    )


def _put(e: Recorded, fact: AudienceMailingComposed | RosterMailingComposed, rows: Rows, **kind: Any) -> None:
    rows.put(
        "mailing",
        mailing=e.originator_id,
        author=fact.author,
        composed_at=e.envelope.at,
        leaves_at=fact.leaves_at,
        subject=shown(fact.subject),
        text=shown(fact.text),
        recipients=len(fact.recipients),
        waits=fact.needs_approval,
        started=False,
        paused=False,
        cancelled=False,
        ended=False,
        sent=None,
        skipped=None,
        stopped=None,
        **kind,
    )
    rows.put("readable", mailing=e.originator_id, over_at=None)
    for client in fact.recipients:
        rows.put("person", mailing=e.originator_id, client=client, excluded=None)


@MODEL.on(MailingApproved)
def approved(e: Recorded, _fact: MailingApproved, rows: Rows) -> None:
    rows.patch("mailing", (e.originator_id,), waits=False)


@MODEL.on(MailingSendingStarted)
def started(e: Recorded, _fact: MailingSendingStarted, rows: Rows) -> None:
    rows.patch("mailing", (e.originator_id,), started=True)


def paused(e: Recorded, fact: MailingPaused | MailingResumed, rows: Rows) -> None:
    rows.patch("mailing", (e.originator_id,), paused=isinstance(fact, MailingPaused))


MODEL.on(MailingPaused)(paused)
MODEL.on(MailingResumed)(paused)


@MODEL.on(MailingCancelled)
def cancelled(e: Recorded, _fact: MailingCancelled, rows: Rows) -> None:
    rows.patch("mailing", (e.originator_id,), cancelled=True)
    rows.patch("readable", (e.originator_id,), over_at=e.envelope.at)


@MODEL.on(MailingEnded)
def ended(e: Recorded, fact: MailingEnded, rows: Rows) -> None:
    stopped = None if fact.stopped is None else fact.stopped.value
    rows.patch(
        "mailing", (e.originator_id,), ended=True, sent=fact.sent, skipped=fact.skipped, stopped=stopped
    )
    rows.patch("readable", (e.originator_id,), over_at=e.envelope.at)


@MODEL.on(MailingTested)
def tested(e: Recorded, _fact: MailingTested, rows: Rows) -> None:
    rows.put("readable", mailing=e.originator_id, over_at=e.envelope.at)


@MODEL.on(MailingTextForgotten)
def forgotten(e: Recorded, _fact: MailingTextForgotten, rows: Rows) -> None:
    rows.delete("readable", (e.originator_id,))
    rows.patch("mailing", (e.originator_id,), subject=None, text=None, reason=None, pressure_reason=None)


@dataclass(frozen=True)
class Wanted:
    """Which mailings: of whom, and which that wait for approval besides; None: everybody's."""

    author: UUID | None = None
    rosters_that_wait: bool = False
    """Those to rosters that await approval, of anybody: whose responsibility they are (COM-7)."""
    state: str | None = None


_SHOWN = f"""m.mailing as id, {STATE} as state, m.author as author_id, coalesce(s.name, '') as author,
    {instant("m.composed_at")} as composed_at, {instant("m.leaves_at")} as leaves_at,
    m.workshop, m.announced, coalesce(m.subject, '[effacé]') as subject, m.reason, m.pressure_reason,
    m.found, m.recipients, m.joint, m.sent, m.skipped, m.stopped"""
_FROM = "from read.mailings_mailing m left join read.catalogue_staff s on s.staff = m.author"
_ASKED = f"""(%(author)s::uuid is null or m.author = %(author)s
        or %(rosters)s and m.waits and m.workshop is not null and not m.cancelled)
    and (%(state)s::text is null or {STATE} = %(state)s)"""


async def mailings(
    connection: Reads, wanted: Wanted, *, before: tuple[str, UUID] | None = None, limit: int = 50
) -> list[Row]:
    """The newest first; `before` is `composed_at` and `id` of the last row before."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select {_SHOWN} {_FROM} where {_ASKED}
                and (%(at)s::timestamptz is null or (m.composed_at, m.mailing) < (%(at)s, %(id)s))
            order by m.composed_at desc, m.mailing desc limit %(limit)s) q"""
    page = {"at": before[0] if before else None, "id": before[1] if before else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, _values(wanted) | page))


async def one(connection: Reads, mailing: UUID, wanted: Wanted) -> Row | None:
    """One mailing with its text, of those wanted."""
    query = f"""
        select row_to_json(q)::text from (
            select {_SHOWN}, coalesce(m.text, '[effacé]') as text {_FROM}
            where m.mailing = %(mailing)s and {_ASKED}) q"""
    return cast("Row | None", await value(connection, query, _values(wanted) | {"mailing": mailing}))


def _values(wanted: Wanted) -> dict[str, object]:
    return {"author": wanted.author, "rosters": wanted.rosters_that_wait, "state": wanted.state}


async def unfinished(connection: Reads) -> list[UUID]:
    """Those that began to leave and have neither ended nor been cancelled."""
    cursor = await connection.execute(
        "select mailing from read.mailings_mailing where started and not ended and not cancelled"
    )
    return [row[0] for row in await cursor.fetchall()]


def to_leave(connection: psycopg.Connection[Any]) -> list[UUID]:
    """Those of which something may still leave, once approved, resumed or due."""
    rows = connection.execute("select mailing from read.mailings_mailing where not ended and not cancelled")
    return [row[0] for row in rows.fetchall()]


def readable_too_long(
    connection: psycopg.Connection[Any], now: datetime, months: int, limit: int
) -> list[UUID]:
    """Mailings and drafts that are over for so many months, while it is known what they said (DOS-11)."""
    rows = connection.execute(
        "select mailing from read.mailings_readable"
        " where over_at < %s::timestamptz - make_interval(months => %s) order by over_at limit %s",
        (now, months, limit),
    )
    return [row[0] for row in rows.fetchall()]


async def persons(connection: Reads, mailing: UUID) -> list[Row]:
    """For whom it is, and whom it leaves out why, by name."""
    query = """
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select r.client as id, coalesce(p.last_name, '[effacé]') as last_name,
                coalesce(p.first_name, '') as first_name, r.excluded
            from read.mailings_person r left join read.dossier_person p on p.client = r.client
            left join read.audience_person a on a.client = r.client
            where r.mailing = %s order by a.sort collate "C", r.client) q"""
    return cast("list[Row]", await value(connection, query, (mailing,)))
