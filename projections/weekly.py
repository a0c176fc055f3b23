"""How many registrations were sold in each week: for the drawing on the home page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

from projections.query import Reads, Row, value

MODELS = ("money",)
"""Views that it rests on."""


async def registrations(connection: Reads, today: date, zone: str, weeks: int = 12) -> list[Row]:
    """The last so many weeks, from Monday on in that zone, this one too: `week` and `count`, oldest first.

    A phase counts once for each of its activities; what was registered by mistake does not count.
    """
    monday = today - timedelta(days=today.weekday())
    query = """
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select w.week::date as week, count(l.line) as count
            from generate_series(%(first)s::date, %(last)s::date, interval '7 days') w(week)
            left join read.money_balance b on b.at >= w.week::timestamp at time zone %(zone)s
                and b.at < (w.week + interval '7 days')::timestamp at time zone %(zone)s
            left join read.money_line l on l.invoice = b.invoice and l.registration is not null
                and not l.mistaken
            group by w.week order by w.week) q"""
    asked = {"first": monday - timedelta(weeks=weeks - 1), "last": monday, "zone": zone}
    return cast("list[Row]", await value(connection, query, asked))
