"""How often somebody may try, counted in PostgreSQL: a flushed cache opens no door (DOS-4, DOS-7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg_pool import ConnectionPool

from schema.keys import Vault

WINDOW = timedelta(minutes=15)


class TooManyTriesError(Exception):
    """This account or address pauses (429). `retry_after` in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Throttle:
    """Counts tries of a quarter of an hour, by keyed hashes of who tries what."""

    def __init__(self, pool: ConnectionPool[Any], vault: Vault, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._vault = vault
        self._clock = clock

    def address(self, purpose: str, network_address: str) -> bytes:
        """The subject of tries from one network address."""
        return self._vault.keyed_hash("address", f"{purpose}{network_address}")

    def count(self, subjects: Mapping[bytes, int]) -> None:
        """Count this try under each subject; refused when one had as many as it may.

        Raises TooManyTriesError.
        """
        now = self._clock()
        keys = sorted(int.from_bytes(subject[:8], "big", signed=True) for subject in subjects)
        with self._pool.connection() as connection, connection.transaction():
            # One by one: tries at the same moment would not see each other.
            connection.execute("select pg_advisory_xact_lock(k) from unnest(%s::bigint[]) k", (keys,))
            connection.execute("delete from attempts where at < %s", (now - WINDOW,))
            for subject, most in subjects.items():
                row = connection.execute(
                    "select count(*), min(at) from attempts where subject = %s", (subject,)
                ).fetchone()
                assert row is not None
                if row[0] >= most:
                    raise TooManyTriesError(max(1, int((row[1] + WINDOW - now).total_seconds())))
            connection.cursor().executemany(
                "insert into attempts (subject, at) values (%s, %s)", [(s, now) for s in subjects]
            )

    def forgive(self, subject: bytes) -> None:
        """Tries under this subject count no longer."""
        with self._pool.connection() as connection:
            connection.execute("delete from attempts where subject = %s", (subject,))
