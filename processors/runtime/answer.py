"""Keeps what the mail server answered: a yes that was heard must not be forgotten (COM-3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool

T = TypeVar("T")
KEPT_SECONDS = 3_600.0
"""How long a yes is kept in mind while the database is away; the queue lets a worker take longer."""
_PAUSE = 0.5
_LOCK_WAIT = "5s"


def keep(
    pool: ConnectionPool[Any],
    clock: Callable[[], datetime],
    mark: Callable[[psycopg.Connection[Any], datetime], T],
    *,
    seconds: float = KEPT_SECONDS,
) -> T:
    """Mark the row in one transaction, tried again and again, long after the row's lease has ended.

    Somebody may hold a lock on the outbox, as who builds an index, or the database may be away: what was
    not marked is sent once more, or held though it arrived. Raises OperationalError at the end.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            at = clock()
            with pool.connection() as connection, connection.transaction():
                connection.execute("select set_config('lock_timeout', %s, true)", (_LOCK_WAIT,))
                return mark(connection, at)
        except psycopg.OperationalError:
            if time.monotonic() + _PAUSE >= until:
                raise
            time.sleep(_PAUSE)
