"""Whether the school is at rest: all that follows by a moment has followed."""

from __future__ import annotations

from datetime import datetime

from projections.query import Reads


async def settled(connection: Reads, now: datetime) -> bool:
    """The log read, timers due by then fired, commands carried out, mails gone.

    Mails of mailings leave in rounds, as limits let them: it waits for none of them, nor for commands and
    mails that failed and are tried again later.
    """
    cursor = await connection.execute(
        "select not exists (select 1 from timers where state = 'set' and due <= %s)"
        " and not exists (select 1 from timers where state = 'set' and at_once)"
        " and not exists (select 1 from processors where parked_position is null"
        "     and greatest(position, since) < (select max(position) from events))"
        " and not exists (select 1 from errands where state = 'to_do' and next_try <= now())"
        " and not exists (select 1 from outbox where mailing is null"
        "     and (state = 'claimed' or state = 'to_send' and next_try <= now()))",
        (now,),
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])
