"""How read queries run: JSON built by PostgreSQL, one round trip, pages by key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson
from psycopg import AsyncConnection

Reads = AsyncConnection[Any]
Row = dict[str, Any]
MASKED = "[masqué]"
"""Stands where a value is that the asker may not see."""
_LONGEST_WAIT = 2.0


@dataclass(frozen=True)
class Freshness:
    """How far the models behind an answer are; `stale_since` when one of them is parked."""

    position: int
    stale_since: str | None
    tag: str = ""
    """Another one as soon as one of the models moved."""

    def at(self, moment: object) -> Freshness:
        """For an answer that time changes too: another tag at another moment."""
        return replace(self, tag=f"{self.tag} {moment}")


async def raw(connection: Reads, query: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> bytes | None:
    """The one JSON value of a query, as bytes."""
    cursor = await connection.execute(cast("Any", query), params)
    row = await cursor.fetchone()
    return None if row is None or row[0] is None else cast("str", row[0]).encode()


async def value(connection: Reads, query: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> Any:
    """The one JSON value of a query; None when there is none."""
    found = await raw(connection, query, params)
    return None if found is None else orjson.loads(found)


async def freshness(connection: Reads, models: Sequence[str]) -> Freshness:
    """How far these models are together."""
    query = f"""
        select min(position), {instant("min(parked_since)")},
            string_agg(concat_ws('.', build, position, parked_position), '-' order by name)
        from read_models where name = any(%s)"""
    cursor = await connection.execute(cast("Any", query), (list(models),))
    row = await cursor.fetchone()
    assert row is not None
    return Freshness(row[0] or 0, row[1], row[2] or "")


async def wait_for(connection: Reads, models: Sequence[str], position: int | None) -> Freshness:
    """Wait until the models show that position, 2 s at most; a parked model is not waited for."""
    give_up = time.monotonic() + _LONGEST_WAIT
    pause = 0.002
    while True:
        fresh = await freshness(connection, models)
        if position is None or fresh.position >= position or fresh.stale_since or time.monotonic() > give_up:
            return fresh
        await asyncio.sleep(pause)
        pause = min(0.05, pause * 1.5)


INSTANT = """replace(to_char({0} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""


def instant(column: str) -> str:
    """SQL for an instant as RFC 3339 in UTC, exact: cursors are made of it."""
    return INSTANT.format(column)


def money(amount: str, currency: str) -> str:
    """SQL for an amount as {minor, currency}."""
    return f"json_build_object('minor', {amount}, 'currency', {currency})"


def client_in_short(client: str) -> str:
    """SQL for a client's id and name; `p` is the dossier's person."""
    return f"""json_build_object('id', {client}, 'last_name', coalesce(p.last_name, '[effacé]'),
        'first_name', coalesce(p.first_name, ''))"""
