"""What somebody must do after the log-in before anything else; the second factor they choose (DOS-7)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyotp

from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from commands.sessions import FirstSteps, Sessions, Step
from schema.store import Store

_TOTP_STEP = 30


@dataclass(frozen=True)
class Waiting:
    """Somebody who logged in and must do this first."""

    user: UUID
    roles: frozenset[Role]
    step: Step
    csrf: str


def first_steps(store: Store) -> FirstSteps:
    """Clients answer for each channel, those who did when they signed up apart (DOS-2)."""

    def step_of(user: UUID, roles: frozenset[Role]) -> Step | None:
        if Role.CLIENT not in roles:
            return None
        dossier = store.load([CLIENT.at(user)])[0].state
        asked = isinstance(dossier, Dossier) and set(dossier.wishes.answers) >= set(Channel)
        return None if asked or not isinstance(dossier, Dossier) else Step.PREFERENCES

    return step_of


class Steps:
    """First steps of sessions that wait."""

    def __init__(self, sessions: Sessions) -> None:
        self._pool = sessions.pool
        self._vault = sessions.vault
        self._clock = sessions.clock

    def waiting(self, token: str) -> Waiting | None:
        """Who is behind a session that waits for a first step, unless it ended."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select user_id, roles, pending, csrf from sessions"
                " where token_hash = %s and pending is not null and expires_at > %s",
                (_hash(token), self._clock()),
            ).fetchone()
        if row is None:
            return None
        user, roles, step, csrf = row
        return Waiting(user, frozenset(Role(r) for r in roles), Step(step), csrf)

    def done(self, token: str, step: Step) -> None:
        """The session is a whole one from now on."""
        with self._pool.connection() as connection:
            connection.execute(
                "update sessions set pending = null where token_hash = %s and pending = %s",
                (_hash(token), step.value),
            )

    def has_second_factor(self, user: UUID) -> bool:
        """Whether the account has one."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select totp_wrapped is not null from accounts where user_id = %s", (user,)
            ).fetchone()
        return row is not None and bool(row[0])

    def wanted_secret(self, user: UUID) -> str | None:
        """The secret to be put into an application, the same until it is proven; None without account."""
        made = self._vault.wrap(pyotp.random_base32(32).encode())
        with self._pool.connection() as connection:
            row = connection.execute(
                "update accounts set totp_wanted = coalesce(totp_wanted, %s) where user_id = %s"
                " returning totp_wanted",
                (made, user),
            ).fetchone()
        return None if row is None else self._vault.unwrap(row[0]).decode()

    def prove(self, user: UUID, code: str) -> bool:
        """The application shows the right code: the account asks for one at each log-in from now on."""
        secret = self.wanted_secret(user)
        if secret is None:
            return False
        totp, step = pyotp.TOTP(secret), int(self._clock().timestamp()) // _TOTP_STEP
        for candidate in (step - 1, step, step + 1):
            if secrets.compare_digest(totp.at(candidate * _TOTP_STEP).encode(), code.encode()):
                with self._pool.connection() as connection:
                    done = connection.execute(
                        "update accounts set totp_wrapped = totp_wanted, totp_wanted = null, totp_step = %s"
                        " where user_id = %s and totp_wanted is not null",
                        (candidate, user),
                    )
                return bool(done.rowcount == 1)
        return False


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def uri_of(secret: str, email: str, school: str) -> Any:
    """What an authenticator application reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=school)
