"""ledger_month, ledger_page: the trial balance of a month out of ten years, and a page of its journal."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from bench.harness import Figure, median, p99
from projections import books
from projections.books import Period
from projections.ledger import MODEL
from projections.model import Rows, as_json
from projections.query import Reads
from projections.runtime.builds import add_missing, analyse, schema_of, standings

ENTRIES, YEARS, FIRST_YEAR = 1_000_000, 10, 2017
_SECONDS_APART = YEARS * 365 * 86_400 * 2 // ENTRIES
_CHANCE = random.Random(17)
_ENTRIES = """
    insert into read.ledger_entry
    select (g / 2)::bigint << 12, g %% 2, made.at, date_trunc('month', made.at at time zone 'UTC')::date,
        'sale',
        (array['receivables', 'deferred_revenue', 'revenue', 'card_clearing', 'cheques', 'noted', 'bank',
               'cash'])[1 + (g / 2 * 7919::bigint + g %% 2) %% 8],
        case when g / 2 %% 4 = 0 then 'EUR' else 'CAD' end, case g %% 2 when 0 then amount else 0 end,
        case g %% 2 when 0 then 0 else amount end, md5((g / 8)::text)::uuid, null, null, made.at
    from (select g, 100 * (g / 2 %% 977 + 1) as amount from generate_series(2, %(entries)s + 1) g) n,
        lateral (select %(first)s::timestamptz + g / 2 * %(apart)s * interval '1 second' as at) made"""


def ledger(url: str, rounds: int) -> dict[str, Figure]:
    """Milliseconds on one connection, over months at random."""
    with psycopg.connect(url, autocommit=True) as connection:
        add_missing(connection, [MODEL])
        _fill(connection, standings(connection)[MODEL.name].build)
    count = 40 * rounds
    balances = asyncio.run(_timed(url, books.trial_balance, count))
    pages = asyncio.run(_timed(url, _page, count))
    what = f"p99 of {count} months out of {12 * YEARS}, {ENTRIES:,} entries; median"
    return {
        "ledger_month": Figure(p99(balances), None, None, "ms", 200.0, f"{what} {median(balances):.1f}"),
        "ledger_page": Figure(p99(pages), None, None, "ms", 50.0, f"the same; median {median(pages):.1f}"),
    }


def _fill(connection: psycopg.Connection[Any], build: int) -> None:
    """Entries by SQL; their sums by the model's own statement, handed the first entry."""
    params = {
        "entries": ENTRIES,
        "first": datetime(FIRST_YEAR, 1, 1, tzinfo=UTC),
        "apart": _SECONDS_APART,
    }
    connection.execute(_ENTRIES, params)
    rows = Rows(MODEL.tables)
    first = dict.fromkeys(MODEL.tables["entry"].columns) | {"position": 1 << 12}
    rows.put("entry", **first)
    *_, (sums, changed) = rows.statements(schema_of(MODEL, build))
    connection.execute(sums, (as_json(changed),))
    analyse(connection, MODEL, build)


async def _timed(url: str, ask: Callable[[Reads, Period], Awaitable[object]], count: int) -> list[float]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return [await _once(connection, ask) for _ in range(count)]


async def _once(connection: Reads, ask: Callable[[Reads, Period], Awaitable[object]]) -> float:
    year, month = FIRST_YEAR + _CHANCE.randrange(YEARS), _CHANCE.randrange(1, 13)
    period = Period(date(year, month, 1), date(year, month, 28), "America/Toronto")
    begun = time.perf_counter()
    await ask(connection, period)
    return (time.perf_counter() - begun) * 1e3


async def _page(connection: Reads, period: Period) -> object:
    return await books.journal(connection, period)
