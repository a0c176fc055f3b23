"""Who is the one reader, its sign of life for operations, and who holds it back."""

from __future__ import annotations

import logging
import time
from typing import Any, cast

import psycopg

from projections.runtime.connection import LEADER, end_holder, try_lock

_BEAT_SECONDS = 1.0
_SILENT_SECONDS = 6.0
"""A reader that gave no sign for so long is ended by the one that waits."""
_NAMED_AFTER = 1.0
log = logging.getLogger(__name__)


class Leadership:
    """One process's part in it, over all its connections."""

    def __init__(self) -> None:
        self._backend: int | None = None
        self._silent: tuple[Any, ...] | None = None
        self._next_beat = 0.0
        self._held_since: float | None = None
        self._held_by: str | None = None

    def taken(self, connection: psycopg.Connection[Any]) -> bool:
        """Become the reader, or stay waiting: a silent holder, and our own lost session, are ended."""
        if try_lock(connection, LEADER):
            self._backend = connection.info.backend_pid
            self._next_beat = 0.0
            self.beat(connection, caught_up=False)
            return True
        if self._backend is not None:
            end_holder(connection, LEADER, self._backend)
        silent = connection.execute(
            "select beat_at from reader where beat_at < now() - %s * interval '1 second'", (_SILENT_SECONDS,)
        ).fetchone()
        # Seen silent twice: a new reader takes the lock a moment before its first sign of life.
        if silent is not None and silent == self._silent and end_holder(connection, LEADER):
            log.warning("the reader gave no sign of life and was ended")
        self._silent = silent
        return False

    def beat(self, connection: psycopg.Connection[Any], *, caught_up: bool) -> None:
        """Leave a sign of life, at most once a second."""
        now = time.monotonic()
        if now < self._next_beat:
            return
        self._next_beat = now + _BEAT_SECONDS
        connection.execute(
            "update reader set backend = %s, beat_at = now(), held_by = %s,"
            " caught_up_at = case when %s then now() else caught_up_at end",
            (self._backend, self._held_by, caught_up),
        )

    def horizon_is_held(self, connection: psycopg.Connection[Any]) -> bool:
        """Whether a committed event is still above the horizon; who holds it there is named after 1 s."""
        row = connection.execute(
            "select exists (select 1 from events where position >= log_horizon())"
        ).fetchone()
        if not cast("Any", row)[0]:
            self._held_since = self._held_by = None
            return False
        self._held_since = self._held_since or time.monotonic()
        if self._held_by is None and self.held_seconds > _NAMED_AFTER:
            self._held_by = self._holder(connection)
            log.warning("events can't be read yet, %s holds them back", self._held_by)
        return True

    @property
    def held_seconds(self) -> float:
        """How long events have been held back."""
        return 0.0 if self._held_since is None else time.monotonic() - self._held_since

    def _holder(self, connection: psycopg.Connection[Any]) -> str:
        """By the log-in, not its role: who is nobody's fellow sees of others only that they are there."""
        with connection.transaction():
            connection.execute("set local role none")
            row = connection.execute(
                "select format('backend %s of %s (%s, %s)', pid, datname, application_name, state)"
                " from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()"
                " order by age(backend_xid) desc limit 1"
            ).fetchone()
        return "a transaction" if row is None else str(row[0])
