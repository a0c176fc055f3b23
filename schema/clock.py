"""The one clock of the school's business: the machine's, shifted only where tests may set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg_pool import ConnectionPool


def machine_time() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class ShiftedClock:
    """The test clock: an offset row that every process reads; it ticks on."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def __call__(self) -> datetime:
        return machine_time() + self.shift()

    def shift(self) -> timedelta:
        """How far the clock runs before the machine's."""
        with self._pool.connection() as connection:
            row = connection.execute("select shift from clock").fetchone()
        assert row is not None
        shift: timedelta = row[0]
        return shift

    def set(self, now: datetime) -> None:
        """Let it be `now`."""
        with self._pool.connection() as connection:
            connection.execute("update clock set shift = %s", (now - machine_time(),))


def business_clock(pool: ConnectionPool[Any], *, settable: bool) -> Callable[[], datetime]:
    """The shifted clock where tests may set it, else the machine's."""
    return ShiftedClock(pool) if settable else machine_time
