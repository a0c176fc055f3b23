"""Who has a calendar feed: opened, closed and found by its owner; the link itself is nowhere (ATE-9)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from commands.sessions import Sessions

NONCE = 16
"""Bytes of chance in a link."""


@dataclass(frozen=True)
class Feed:
    """An open feed."""

    nonce: bytes
    opened_at: datetime


class CalendarFeeds:
    """One for each account at most. As sessions and tokens they are no events: they let somebody look in."""

    def __init__(self, sessions: Sessions) -> None:
        self._pool = sessions.pool
        self._clock = sessions.clock

    def of(self, owner: UUID) -> Feed | None:
        """The feed that this user opened."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select nonce, opened_at from calendar_feeds where owner = %s", (owner,)
            ).fetchone()
        return None if row is None else Feed(*row)

    def open(self, owner: UUID) -> None:
        """Open it, or give it another link: the one of before opens nothing any more."""
        with self._pool.connection() as connection:
            connection.execute(
                "insert into calendar_feeds (owner, nonce, opened_at) values (%s, %s, %s)"
                " on conflict (owner) do update set nonce = excluded.nonce, opened_at = excluded.opened_at",
                (owner, secrets.token_bytes(NONCE), self._clock()),
            )

    def close(self, owner: UUID) -> None:
        """The link is dead at once."""
        with self._pool.connection() as connection:
            connection.execute("delete from calendar_feeds where owner = %s", (owner,))
