"""Which events concern which dossier, workshop or invoice; what they say is read from the log (AUD-1)."""

from __future__ import annotations

from uuid import UUID

from aggregates.kernel import Fact
from projections.model import Model, Rows, Table
from projections.query import Reads
from schema.envelope import Recorded

MODEL = Model("history", 1, (Table("entry", {"subject": "uuid", "position": "bigint"}, keys=2),))


@MODEL.on_every_fact
def entered(e: Recorded, fact: Fact, rows: Rows) -> None:
    """Under its own stream, and under the person it is about."""
    for subject in {e.originator_id, getattr(fact, "person", e.originator_id)}:
        rows.put("entry", subject=subject, position=e.position)


async def positions(
    connection: Reads, subject: UUID, *, before: int | None = None, limit: int = 50
) -> list[int]:
    """Positions of the subject's events, newest first."""
    cursor = await connection.execute(
        "select position from read.history_entry where subject = %s and (%s::bigint is null or position < %s)"
        " order by position desc limit %s",
        (subject, before, before, limit),
    )
    return [row[0] for row in await cursor.fetchall()]


async def count(connection: Reads, subject: UUID) -> int:
    """How many events concern the subject."""
    cursor = await connection.execute(
        "select count(*) from read.history_entry where subject = %s", (subject,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
