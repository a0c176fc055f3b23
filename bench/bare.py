"""The roster's queries behind a bare endpoint: no session, no role check; the baseline of roster_http."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from psycopg_pool import AsyncConnectionPool

from projections import participants, workshop_dates
from projections.query import Reads, freshness
from read_api.roster import MODELS

_pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
    os.environ.get("BENCH_DATABASE_URL", ""), min_size=8, max_size=8, open=False, kwargs={"autocommit": True}
)


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """ASGI: /WORKSHOP answers the same JSON as the portal's roster."""
    if scope["type"] == "lifespan":
        await receive()
        await _pool.open()
        await send({"type": "lifespan.startup.complete"})
        return
    workshop = UUID(scope["path"][1:])
    async with _pool.connection() as connection:
        body = await roster_body(connection, workshop)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def roster_body(connection: Reads, workshop: UUID) -> bytes:
    """What the portal answers, by the same queries."""
    fresh = await freshness(connection, MODELS)
    header = await workshop_dates.one(connection, workshop)
    rows = await participants.participants_json(connection, workshop, see_money=True)
    return b'{"workshop":%s,"items":%s,"position":"%d"}' % (orjson.dumps(header), rows, fresh.position)
