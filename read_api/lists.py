"""Pages of a list: cursors, limits, the wait token and the answer's envelope."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request, Response
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from aggregates.kernel import Missing
from commands.authentication import session
from commands.problems import MalformedError
from commands.sessions import Session
from projections.query import Freshness, Reads

MOST = 500
Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows per page.")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
After = Annotated[str | None, Query(max_length=20, description="Position to wait for, 2 s at most.")]


class PageOf(BaseModel):
    """One page of a list."""

    items: list[dict[str, Any]]
    next: str | None
    position: str
    stale_since: str | None


class NotFoundError(Missing):
    """Nothing under this id, or nothing of the asker's."""

    code: ClassVar[str] = "not_found"
    rule: ClassVar[str] = "AUD-1"


async def reads(request: Request, _: Annotated[Session | None, Depends(session)]) -> AsyncIterator[Reads]:
    """A connection for this request's queries.

    Taken after the session's own was given back: requests that hold one and wait for another starve the pool.
    """
    pool = cast("AsyncConnectionPool[AsyncConnection[Any]]", request.app.state.reads)
    async with pool.connection() as connection:
        yield connection


ReadsOf = Annotated[Reads, Depends(reads)]


def position_of(after: str | None) -> int | None:
    """The wait token as a position. Raises MalformedError."""
    if after is None:
        return None
    if not after.isdecimal():
        raise MalformedError([{"field": "after", "code": "int_parsing"}], "AUD-1")
    return int(after)


def encode_cursor(*key: Any) -> str:
    """The last row's key as an opaque string."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None, parts: int = 2) -> list[Any] | None:
    """The key behind a cursor, a UUID last. Raises MalformedError."""
    if cursor is None:
        return None
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(key, list) or len(key) != parts:
            raise ValueError(cursor)
        return [*key[:-1], UUID(key[-1])]
    except (ValueError, TypeError):
        raise MalformedError([{"field": "cursor", "code": "value_error"}], "AUD-1") from None


def page_of(items: Sequence[dict[str, Any]], limit: int, fresh: Freshness, *key: str) -> Response:
    """The answer: items, the next cursor made of the last row's `key` columns, and how fresh it is."""
    following = encode_cursor(*(items[-1][name] for name in key)) if len(items) == limit else None
    return answer({"items": items, "next": following}, fresh)


def answer(body: dict[str, Any], fresh: Freshness) -> Response:
    """JSON with position and staleness, an ETag by position."""
    whole = body | {"position": str(fresh.position), "stale_since": fresh.stale_since}
    return Response(
        orjson.dumps(whole), media_type="application/json", headers={"ETag": f'W/"{fresh.position}"'}
    )


def answer_bytes(body: bytes, fresh: Freshness) -> Response:
    """The same around JSON that PostgreSQL built: `body` are the members before the position."""
    stale = orjson.dumps(fresh.stale_since)
    whole = b'{%s,"position":"%d","stale_since":%s}' % (body, fresh.position, stale)
    return Response(whole, media_type="application/json", headers={"ETag": f'W/"{fresh.position}"'})
