"""Connection pools under one set of limits: every call is answered in time, also while PostgreSQL is away."""

from __future__ import annotations

import select
from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from schema.database_roles import DatabaseRole, url_as

_CONNECT_SECONDS = 2
_WAIT_SECONDS = 2.0
"""Every call is answered within 3 s, also when no connection is to be had and the machine is busy."""
LOCK_SECONDS = 2.5
"""Of who writes: longer than PostgreSQL takes to see a deadlock, and enough for a turn among many."""
_READ_LOCK_SECONDS = 0.9
_RECONNECT_SECONDS = 4.0
"""Then the next request tries anew: the pool's own pauses double, a long outage would outlast itself."""


_LIMITS: Mapping[str, Any] = {
    "min_size": 1,
    "open": False,
    "timeout": _WAIT_SECONDS,
    "reconnect_timeout": _RECONNECT_SECONDS,
    "kwargs": {"autocommit": True, "connect_timeout": _CONNECT_SECONDS},
}


def sync_pool(url: str, size: int) -> ConnectionPool[Any]:
    """A pool in autocommit, to be opened, that hands out living connections and waits 2 s at most."""
    return ConnectionPool(url, max_size=size, check=_check, configure=_configure, **_LIMITS)


def async_pool(url: str, size: int) -> AsyncConnectionPool[Any]:
    """The same for read queries."""
    return AsyncConnectionPool(url, max_size=size, check=_check_async, configure=_configure_async, **_LIMITS)


def service_pool(url: str, size: int) -> ConnectionPool[Any]:
    """Of who carries out commands: nothing can be changed in the log."""
    return sync_pool(url_as(url, DatabaseRole.SERVICE), size)


def query_pool(url: str, size: int) -> AsyncConnectionPool[Any]:
    """Of pages and queries: nothing can be written but who read."""
    return async_pool(url_as(url, DatabaseRole.QUERIES), size)


def lock_timeout(seconds: float) -> bytes:
    """The statement that bounds each wait for a lock from now on."""
    return f"set lock_timeout = {seconds * 1000:.0f}".encode()


def _configure(connection: Connection[Any]) -> None:
    connection.execute(lock_timeout(LOCK_SECONDS))


async def _configure_async(connection: AsyncConnection[Any]) -> None:
    await connection.execute(lock_timeout(_READ_LOCK_SECONDS))


def _check(connection: Connection[Any]) -> None:
    if _server_spoke(connection):
        ConnectionPool.check_connection(connection)


async def _check_async(connection: AsyncConnection[Any]) -> None:
    if _server_spoke(connection):
        await AsyncConnectionPool.check_connection(connection)


def _server_spoke(connection: Connection[Any] | AsyncConnection[Any]) -> bool:
    """Whether an idle connection has something to read, as when the server ended it.

    Asking the kernel costs microseconds, asking the server a round trip with every checkout.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(waiting.poll(0))
