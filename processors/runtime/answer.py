"""Keeps what the mail server answered: a yes that was heard must not be forgotten for a lock (COM-3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool

T = TypeVar("T")
_PAUSE = 0.5
_SHORTEST_WAIT = 0.1


def keep(
    pool: ConnectionPool[Any],
    clock: Callable[[], datetime],
    until: float,
    mark: Callable[[psycopg.Connection[Any], datetime], T],
) -> T:
    """Mark the row in one transaction, tried again until the lease ends, `until` by the monotonic clock.

    Somebody may hold a lock on the outbox, as who builds an index, or the database may be away for a moment:
    what was not marked is sent once more, or held though it arrived. Raises OperationalError at the end.
    """
    while True:
        try:
            at = clock()
            with pool.connection() as connection, connection.transaction():
                wait = max(until - time.monotonic(), _SHORTEST_WAIT)
                connection.execute("select set_config('lock_timeout', %s, true)", (f"{wait * 1000:.0f}",))
                return mark(connection, at)
        except psycopg.OperationalError:
            if time.monotonic() + _PAUSE >= until:
                raise
            time.sleep(_PAUSE)
