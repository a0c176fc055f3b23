"""Pages of a list: cursors, limits, the wait token and the answer's envelope."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar, cast
from uuid import UUID

import orjson
from fastapi import Depends, Query, Request, Response
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from aggregates.kernel import Missing
from commands.authentication import Asker
from commands.problems import MalformedError, language_of
from projections.query import Freshness, Reads

K = TypeVar("K")
MOST = 500
LAST_POSITION = 2**63 - 1
Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows per page.", examples=[50])]
Cursor = Annotated[
    str | None,
    Query(
        max_length=500,
        description="`next` of the page before.",
        examples=["WyIyMDI2LTEyLTA1VDE0OjAwOjAwWiIsIjRmMGM3YTUyLTZmMGUtNGY1ZS05ZDVlLTBhN2MzZjFjMmIzZCJd"],
    ),
]


def a_position(description: str, alias: str | None = None) -> Any:
    """A parameter that holds a position, as text: JavaScript's numbers end before ours."""
    return Query(
        alias=alias, max_length=19, pattern="^[0-9]+$", description=description, examples=["3145728"]
    )


After = Annotated[str | None, a_position("Position that the answer must show; waited for, 2 s at most.")]


class NotFoundError(Missing):
    """Nothing under this id, or nothing of the asker's."""

    code: ClassVar[str] = "not_found"
    rule: ClassVar[str] = "AUD-1"


async def reads(request: Request) -> AsyncIterator[Reads]:
    """The one connection of this request: for its session, when declared before it, and its queries.

    Requests that hold one and wait for another starve the pool.
    """
    pool = cast("AsyncConnectionPool[AsyncConnection[Any]]", request.app.state.reads)
    async with pool.connection() as connection:
        request.state.connection = connection
        yield connection


ReadsOf = Annotated[Reads, Depends(reads)]


def position_of(after: str | None) -> int | None:
    """The digits of a_position as a number. Raises MalformedError."""
    if after is None:
        return None
    if not (after.isascii() and after.isdecimal() and int(after) <= LAST_POSITION):
        raise MalformedError([{"field": "after", "code": "int_parsing"}], "AUD-1")
    return int(after)


def encode_cursor(*key: Any) -> str:
    """The last row's key as an opaque string."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None, *, by_instant: bool = False) -> tuple[str, UUID] | None:
    """The key behind a cursor: what the list is ordered by, and the row's id. Raises MalformedError."""

    def key(by: str, id_: str) -> tuple[str, UUID]:
        if by_instant:
            return instant_of(by).isoformat(), UUID(id_)
        if not isinstance(by, str) or "\0" in by:
            raise ValueError(cursor)
        return by, UUID(id_)

    return None if cursor is None else decoded(cursor, key)


def instant_of(text: Any) -> datetime:
    """An instant in a cursor, in UTC: PostgreSQL reads fewer forms of it than Python. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant.astimezone(UTC)


def number_of(number: Any, most: int) -> int:
    """A whole number in a cursor, from 0 to `most`. Raises ValueError."""
    if type(number) is not int or not 0 <= number <= most:
        raise ValueError(number)
    return number


def decoded(cursor: str, key: Callable[..., K]) -> K:
    """What `key` makes of a cursor's parts; it raises ValueError on wrong ones. Raises MalformedError."""
    try:
        return key(*orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise MalformedError([{"field": "cursor", "code": "value_error"}], "AUD-1") from None


def page_of(
    request: Request, asker: Asker, items: Sequence[dict[str, Any]], limit: int, fresh: Freshness, *key: str
) -> Response:
    """The answer: items, the next cursor made of the last row's `key` columns, and how fresh it is."""
    return answer(request, asker, {"items": items, "next": following(items, limit, *key)}, fresh)


def following(rows: Sequence[Mapping[str, Any]], limit: int, *key: str) -> str | None:
    """The cursor behind a full page, made of its last row's `key` columns; None at the list's end."""
    return encode_cursor(*(rows[-1][name] for name in key)) if len(rows) == limit else None


def answer(request: Request, asker: Asker, body: dict[str, Any], fresh: Freshness) -> Response:
    """JSON with position and staleness."""
    return answer_bytes(request, asker, orjson.dumps(body, option=orjson.OPT_UTC_Z)[1:-1], fresh)


def answer_bytes(request: Request, asker: Asker, body: bytes, fresh: Freshness) -> Response:
    """The same around JSON that PostgreSQL built: `body` are the members before the position.

    The ETag names the positions of the models, who asks and in which language; whoever has it gets 304.
    """
    who, language = asker.who, language_of(request)
    seen_by = f"{fresh.tag} {fresh.stale_since} {who.user} {who.role} {sorted(who.roles)} {language}"
    tag = f'W/"{hashlib.blake2b(seen_by.encode(), digest_size=12).hexdigest()}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    stale = orjson.dumps(fresh.stale_since)
    whole = b'{%s,"position":"%d","stale_since":%s}' % (body, fresh.position, stale)
    return Response(whole, media_type="application/json", headers={"ETag": tag})
