"""How many registrations were sold in each week: for the drawing on the home page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from projections.query import Reads

MODELS = ("money",)
"""Views that it rests on."""


async def registrations(connection: Reads, today: date, zone: str, weeks: int = 12) -> list[dict[str, Any]]:
    """The last so many weeks, from Monday on in that zone, this one too: `week` and `count`, oldest first.

    A phase counts once for each of its activities; what was registered by mistake does not count.
    """
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=n) for n in reversed(range(weeks))]
    query = """
        select date_trunc('week', b.at at time zone %(zone)s)::date, count(*)
        from read.money_balance b
        join read.money_line l on l.invoice = b.invoice and l.registration is not null and not l.mistaken
        where b.at >= %(since)s group by 1"""
    first = mondays[0]
    since = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone))
    cursor = await connection.execute(cast("Any", query), {"zone": zone, "since": since})
    counts: dict[date, int] = dict(await cursor.fetchall())
    return [{"week": week.isoformat(), "count": counts.get(week, 0)} for week in mondays]
