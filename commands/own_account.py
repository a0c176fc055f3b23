"""What somebody sees and ends of their own account; machines' tokens, for admins (DOS-7)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from commands.sessions import SESSION_LENGTH, Sessions

MOST_TOKEN_DAYS = 366


@dataclass(frozen=True)
class OpenSession:
    """A browser that is logged in."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    browser: str | None
    current: bool


@dataclass(frozen=True)
class Token:
    """A machine's token; itself it is shown once, when it is issued."""

    id: UUID
    label: str
    roles: tuple[str, ...]
    issued_at: datetime | None
    expires_at: datetime


class OwnAccount:
    """Sessions and tokens, by their own ids: none of these lets anybody in."""

    def __init__(self, sessions: Sessions) -> None:
        self._pool = sessions.pool
        self._clock = sessions.clock

    def sessions_of(self, user: UUID, token: str) -> list[OpenSession]:
        """The newest first; `token` is the one that asks."""
        return [
            OpenSession(*row)
            for row in self._rows(
                "select id, created_at, expires_at, browser, token_hash = %s from sessions"
                " where user_id = %s and expires_at > %s order by created_at desc",
                (_hash(token), user, self._clock()),
            )
        ]

    def end_session(self, user: UUID, id_: UUID) -> None:
        """End one session of this user; those of others stay."""
        with self._pool.connection() as connection:
            connection.execute("delete from sessions where user_id = %s and id = %s", (user, id_))

    def open_again(self, user: UUID, browser: str | None) -> str | None:
        """A session for who has just chosen a password, as every other one ended with it."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._pool.connection() as connection:
            opened = connection.execute(
                "insert into sessions (token_hash, user_id, roles, csrf, created_at, expires_at, browser)"
                " select %s, user_id, roles, %s, %s, %s, %s from accounts where user_id = %s and confirmed",
                (_hash(token), secrets.token_urlsafe(16), now, now + SESSION_LENGTH, browser, user),
            )
        return token if opened.rowcount == 1 else None

    def have_passwords(self) -> set[UUID]:
        """Users who chose one."""
        return {
            row[0] for row in self._rows("select user_id from accounts where password_hash is not null", ())
        }

    def is_client(self, token: str) -> bool:
        """Whether a client is behind this session."""
        rows = self._rows(
            "select 1 from sessions where token_hash = %s and roles = '{client}'", (_hash(token),)
        )
        return bool(rows)

    def tokens(self) -> list[Token]:
        """Those that still work, the newest first."""
        rows = self._rows(
            "select id, label, roles, issued_at, expires_at from tokens where expires_at > %s"
            " order by issued_at desc nulls last, label, id",
            (self._clock(),),
        )
        return [Token(i, label, tuple(roles), at, until) for i, label, roles, at, until in rows]

    def _rows(self, query: Any, params: Sequence[Any]) -> list[Any]:
        with self._pool.connection() as connection:
            return list(connection.execute(query, params).fetchall())


def new_token() -> tuple[str, str]:
    """A machine's token, shown once, and its hash in hex, which is kept."""
    token = f"portail_{secrets.token_urlsafe(32)}"
    return token, _hash(token).hex()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
