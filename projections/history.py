"""Which events concern which dossier, workshop or invoice; what they say is read from the log (AUD-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from aggregates.kernel import Fact
from projections.merged import FILES_OF
from projections.model import Model, Rows, Table
from projections.query import Reads
from schema.envelope import Recorded

MODEL = Model(
    "history",
    2,
    (
        Table(
            "entry",
            {
                "subject": "uuid",
                "position": "bigint",
                "topic": "text",
                "at": "timestamptz",
                "by_user": "uuid",
                "behalf": "uuid",
            },
            keys=2,
        ),
    ),
)


@MODEL.on_every_fact
def entered(e: Recorded, fact: Fact, rows: Rows) -> None:
    """Under its own stream, and under the person it is about."""
    for subject in {e.originator_id, getattr(fact, "person", e.originator_id)}:
        rows.put(
            "entry",
            subject=subject,
            position=e.position,
            topic=fact.TOPIC,
            at=e.envelope.at,
            by_user=e.envelope.user,
            behalf=e.envelope.behalf,
        )


@dataclass(frozen=True)
class Wanted:
    """Which of a subject's events: of these topics, by this user, from an instant on, before another."""

    topics: Sequence[str] = ()
    by: UUID | None = None
    """Who did it, or on whose behalf it was done."""
    since: datetime | None = None
    until: datetime | None = None


_WANTED = f"""
    subject = any(array_append({FILES_OF.format("%(subject)s")}, %(subject)s))
    and (%(before)s::bigint is null or position < %(before)s)
    and (%(topics)s::text[] = '{{}}' or topic = any(%(topics)s))
    and (%(by)s::uuid is null or by_user = %(by)s or behalf = %(by)s)
    and (%(since)s::timestamptz is null or at >= %(since)s)
    and (%(until)s::timestamptz is null or at < %(until)s)
"""


async def positions(
    connection: Reads, subject: UUID, wanted: Wanted, *, before: int | None = None, limit: int = 50
) -> list[int]:
    """Positions of the subject's events, newest first."""
    query = f"select position from read.history_entry where {_WANTED} order by position desc limit %(limit)s"
    asked = asdict(wanted) | {"topics": list(wanted.topics), "subject": subject, "before": before}
    cursor = await connection.execute(cast("Any", query), asked | {"limit": limit})
    return [row[0] for row in await cursor.fetchall()]


async def count(connection: Reads, subject: UUID, wanted: Wanted | None = None) -> int:
    """How many events concern the subject."""
    asked = asdict(wanted or Wanted()) | {"subject": subject, "before": None}
    cursor = await connection.execute(
        f"select count(*) from read.history_entry where {_WANTED}", asked | {"topics": list(asked["topics"])}
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def moments(connection: Reads, subject: UUID, *, limit: int) -> list[datetime]:
    """When something happened to the subject, oldest first: the newest so many of these instants."""
    query = """
        select distinct at from (
            select at from read.history_entry where subject = %s order by position desc limit %s) q
        order by at"""
    cursor = await connection.execute(query, (subject, limit))
    return [at for (at,) in await cursor.fetchall()]


async def persons(connection: Reads, subject: UUID, wanted: Wanted) -> int:
    """How many persons the subject's events are about."""
    query = f"""
        select count(distinct coalesce(e.person::text, convert_from(e.state, 'UTF8')::json ->> 'client'))
        from (select position from read.history_entry where {_WANTED}) h
        join events e on e.position = h.position"""
    asked = asdict(wanted) | {"topics": list(wanted.topics), "subject": subject, "before": None}
    cursor = await connection.execute(cast("Any", query), asked)
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
