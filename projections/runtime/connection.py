"""Connections of readers, on which nothing waits for ever: not for a lock, not for a line gone dead."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, cast

import psycopg

from schema.database_roles import DatabaseRole
from schema.line import line

LEADER = 0x70726F6A
"""Advisory lock of the one reader."""
FEEDING = 0x66656564
"""Advisory lock of whoever moves live models: the reader per transaction, a rebuild while it switches."""
REBUILDING = 0x72656275
"""Advisory lock of the one rebuild."""

STATEMENT_SECONDS = 2.0
"""The server gives a statement of the live reader up after this time."""
STEP_SECONDS = 2.5
"""The reader gives its line up when a step takes longer: the server's own limit was not heard."""
_TICK = 0.1
# Read models are written by primary key only; a plan made while a table was small must not scan it later.
# PostgreSQL up to 17 puts a plan that can't do without a scan at a cost of 1e10, and compiles it for 50 ms.
_BY_KEY = ("enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off", "jit=off")


def connect(url: str, statement_seconds: float = 30.0) -> psycopg.Connection[Any]:
    """A connection for feeding models, in the reader's role.

    Its commits need not be flushed, both ends notice a dead line.
    """
    patience = f"statement_timeout={statement_seconds * 1000:.0f}"
    return line(url, DatabaseRole.PROJECT, "portail project", "synchronous_commit=off", patience, *_BY_KEY)


class Watchdog:
    """Cuts the connection of a step that takes too long, so that the step ends with an error.

    A context: the thread lives as long as the block.
    """

    def __init__(self, connection: psycopg.Connection[Any], limit: float = STEP_SECONDS) -> None:
        self._connection = connection
        self._limit = limit
        self._give_up_at: float | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """What happens in this block is watched."""
        self._give_up_at = time.monotonic() + self._limit
        try:
            yield
        finally:
            self._give_up_at = None

    def _watch(self) -> None:
        while not self._done.wait(_TICK):
            give_up_at = self._give_up_at
            if give_up_at is not None and time.monotonic() > give_up_at:
                self._cut()
                return

    def _cut(self) -> None:
        with contextlib.suppress(OSError, psycopg.OperationalError):
            line = socket.socket(fileno=os.dup(self._connection.fileno()))
            with line:
                line.shutdown(socket.SHUT_RDWR)


def try_lock(connection: psycopg.Connection[Any], key: int) -> bool:
    """Take the session's advisory lock unless somebody holds it."""
    row = connection.execute("select pg_try_advisory_lock(%s)", (key,)).fetchone()
    return row is not None and bool(row[0])


@contextlib.contextmanager
def locked(connection: psycopg.Connection[Any], key: int) -> Iterator[None]:
    """Hold the session's advisory lock; waiting for it holds no transaction open."""
    connection.execute("select pg_advisory_lock(%s)", (key,))
    try:
        yield
    finally:
        with contextlib.suppress(psycopg.OperationalError):
            connection.execute("select pg_advisory_unlock(%s)", (key,))


def end_holder(connection: psycopg.Connection[Any], key: int, backend: int | None = None) -> bool:
    """End the session that holds this lock (only if it is `backend`, when given); answers whether one was.

    By the log-in, not its role: sessions of one log-in may end one another.
    """
    with connection.transaction():
        connection.execute("set local role none")
        row = connection.execute(
            "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted"
            " and database = (select oid from pg_database where datname = current_database())"
            " and classid = 0 and objid = %s and objsubid = 1 and pid = coalesce(%s, pid)",
            (key, backend),
        ).fetchone()
    return bool(cast("Any", row)[0])
