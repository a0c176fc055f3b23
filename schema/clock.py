"""The one clock of the school's business: the machine's, shifted only where tests may set it.

Beside it the seconds since the machine's start, for what must stay right though somebody sets its clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg_pool import ConnectionPool


def machine_time() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Tick:
    """Seconds since a start of the machine, asleep or awake; ticks of two starts can't be compared."""

    boot: UUID
    seconds: float


Ticks = Callable[[], "Tick | None"]
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def machine_tick() -> Tick | None:
    """Now, for all processes of the machine alike; None where it doesn't tell (other than Linux)."""
    try:
        return Tick(UUID(_BOOT.read_text().strip()), time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, ValueError, AttributeError):
        return None


def no_tick() -> None:
    """Where tests set the clock: days then pass within seconds."""


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
