"""Log-in, sessions and API tokens: server-side, revocable, throttled in the database (DOS-7)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

import anyio.to_thread
import argon2
import orjson
import pyotp
from psycopg import AsyncConnection, Connection
from psycopg_pool import ConnectionPool

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from commands.access import Principal
from commands.claims import same_email
from commands.throttle import Throttle
from schema import access_trail
from schema.access_trail import Access, Reading
from schema.clock import machine_time
from schema.keys import Vault

SESSION_LENGTH = timedelta(hours=12)
NEEDS_SECOND_FACTOR = frozenset({Role.ACCOUNTING, Role.ADMIN})
_TRIES_PER_ACCOUNT = 10
_TRIES_PER_ADDRESS = 100
_TOTP_STEP = 30

_hasher = argon2.PasswordHasher()


class WrongCredentialsError(Exception):
    """E-mail, password or code don't match; which of them is not told."""

    def __init__(self, factor: str = "password", user: UUID | None = None, roles: Sequence[str] = ()) -> None:
        """Of whose account and by what it failed: for the trail, never for who tries."""
        super().__init__()
        self.factor = factor
        self.user = user
        self.roles = roles


class SecondFactorMissingError(Exception):
    """The password is right, the code is still asked (DOS-7)."""


class Step(StrEnum):
    """What must be done after a log-in before anything else."""

    SECOND_FACTOR = "second_factor"
    """Accounting and admin choose one (DOS-7)."""
    PREFERENCES = "preferences"
    """The client says by which ways the school may write or call (DOS-2)."""


FirstSteps = Callable[[UUID, frozenset[Role]], Step | None]
"""What this user must do first, the second factor apart."""


@dataclass(frozen=True)
class Session:
    """A logged-in browser or a machine with a token."""

    principal: Principal
    csrf: str | None
    """Hidden form token; None for API tokens, which no browser sends by itself."""
    until: datetime | None = None
    """When being logged in as a client ends by itself; None of who is themselves (DOS-12)."""


_REGIONS = "(select regions from accounts a where a.user_id = s.user_id)"
_TOKEN: LiteralString = (
    f"select user_id, roles, {_REGIONS}, null, expires_at, null, null, null from tokens s"
    " where token_hash = %s"
)
_SESSION: LiteralString = (
    f"select user_id, roles, {_REGIONS}, csrf, expires_at, behalf, impersonation, behalf_until"
    " from sessions s where token_hash = %s and pending is null"
)


@dataclass(frozen=True)
class Credentials:
    """What a request shows: a session cookie, or a bearer token, which goes first."""

    token: str
    bearer: bool

    @property
    def query(self) -> tuple[LiteralString, tuple[bytes]]:
        """Finds user, roles, regions, form token and end."""
        return (_TOKEN if self.bearer else _SESSION), (_hash(self.token),)


def _session(row: tuple[Any, ...], now: datetime) -> Session | None:
    user, role_names, region_names, csrf, expires_at, behalf, impersonation, until = row
    if expires_at <= now:
        return None
    if behalf is not None and until > now:
        who = Principal(user, frozenset({Role.CLIENT}), Role.CLIENT, behalf, impersonation)
        return Session(who, csrf, until)
    roles = frozenset(Role(r) for r in role_names)
    regions = frozenset(Region(r) for r in region_names or ())
    return Session(Principal(user, roles, min(roles), regions=regions), csrf)


class Sessions:
    """Accounts and what they are logged in with."""

    def __init__(
        self,
        pool: ConnectionPool[Any],
        vault: Vault,
        clock: Callable[[], datetime],
        steps: FirstSteps = lambda _user, _roles: None,
    ) -> None:
        self.pool = pool
        self.vault = vault
        self.clock = clock
        self.throttle = Throttle(pool, vault, clock)
        self._steps = steps

    def set_account(
        self, user: UUID, email: str, roles: Sequence[Role], password: str, totp_secret: str | None = None
    ) -> None:
        """Give a user a password, and a second factor (base32 secret of 32 characters)."""
        wrapped = None if totp_secret is None else self.vault.wrap(totp_secret.encode())
        with self.pool.connection() as connection:
            connection.execute(
                "insert into accounts (user_id, email_hash, password_hash, totp_wrapped, roles)"
                " values (%s, %s, %s, %s, %s) on conflict (user_id) do update set"
                " email_hash = excluded.email_hash, password_hash = excluded.password_hash,"
                " totp_wrapped = excluded.totp_wrapped, roles = excluded.roles",
                (user, self._email_hash(email), _hasher.hash(password), wrapped, [r.value for r in roles]),
            )

    def log_in(
        self,
        email: str,
        password: str,
        code: str | None,
        address: str,
        browser: str | None = None,
        replaces: str | None = None,
    ) -> str:
        """Open a session; answers its token. One that waits for a first step opens nothing else.

        `replaces` is the token that this browser shows until now. A try that was made is in the access trail.
        Raises WrongCredentialsError, SecondFactorMissingError, TooManyTriesError.
        """
        with self._failures_noted(address):
            return self._log_in(email, password, code, address, browser, replaces)

    @contextmanager
    def _failures_noted(self, address: str) -> Iterator[None]:
        try:
            yield
        except WrongCredentialsError as failed:
            self._note(Reading.LOG_IN_FAILED, None, failed.user, failed.roles, failed.factor, address)
            raise

    def _note(
        self,
        kind: Reading,
        who: UUID | None,
        subject: UUID | None,
        roles: Sequence[str],
        factor: str,
        address: str,
    ) -> None:
        """The network is told by a keyed hash: tries from one are seen to be, nobody is found by it."""
        network = self.throttle.address("trail", address).hex()[:12]
        role = min((Role(r) for r in roles), default=Role.SYSTEM)
        asked = orjson.dumps({"factor": factor, "network": network}).decode()
        seen = Access(self.clock(), who, role, None, kind, subject, 0, asked)
        with self.pool.connection() as connection:
            access_trail.write_now(connection, seen)

    def _log_in(
        self,
        email: str,
        password: str,
        code: str | None,
        address: str,
        browser: str | None,
        replaces: str | None,
    ) -> str:
        account_hash = self._email_hash(email)
        row = self._checked(account_hash, password, address)
        user, _, totp_wrapped, used_step, roles = row
        step = self._steps(user, frozenset(Role(r) for r in roles))
        if totp_wrapped is not None:
            try:
                self._second_factor(user, totp_wrapped, used_step, code, self.clock())
            except WrongCredentialsError:
                raise WrongCredentialsError("code", user, roles) from None
        elif NEEDS_SECOND_FACTOR & {Role(r) for r in roles}:
            step = Step.SECOND_FACTOR
        token = secrets.token_urlsafe(32)
        now = self.clock()
        with self.pool.connection() as connection:
            connection.execute("delete from attempts where subject = %s", (account_hash,))
            if replaces is not None:
                connection.execute("delete from sessions where token_hash = %s", (_hash(replaces),))
            # Only while the account is what was checked: it may be closed or changed at this moment.
            opened = connection.execute(
                "insert into sessions (token_hash, user_id, roles, csrf, created_at, expires_at, pending,"
                " browser) select %s, user_id, roles, %s, %s, %s, %s, %s from accounts"
                " where (user_id, email_hash, roles, password_hash) = (%s, %s, %s, %s) for share",
                (
                    _hash(token),
                    secrets.token_urlsafe(16),
                    now,
                    now + SESSION_LENGTH,
                    step,
                    browser,
                    user,
                    account_hash,
                    roles,
                    row[1],
                ),
            )
        if opened.rowcount != 1:
            raise WrongCredentialsError("password", user, roles)
        factor = "password" if totp_wrapped is None else "password+code"
        self._note(Reading.LOGGED_IN, user, None, roles, factor, address)
        return token

    def check_password(self, user: UUID, password: str, address: str) -> None:
        """Ask the password of who is logged in once more; counted like a try to log in.

        Raises WrongCredentialsError, TooManyTriesError.
        """
        with self.pool.connection() as connection:
            row = connection.execute("select email_hash from accounts where user_id = %s", (user,)).fetchone()
        if row is None:
            raise WrongCredentialsError
        with self._failures_noted(address):
            self._checked(row[0], password, address)
        self.throttle.forgive(row[0])

    def _checked(self, account_hash: bytes, password: str, address: str) -> tuple[Any, ...]:
        """User, password hash, second factor, its last step and roles of the account."""
        network = self.throttle.address("", address)
        self.throttle.count({account_hash: _TRIES_PER_ACCOUNT, network: _TRIES_PER_ADDRESS})
        with self.pool.connection() as connection:
            row = connection.execute(
                "select user_id, password_hash, totp_wrapped, totp_step, roles from accounts"
                " where email_hash = %s and confirmed",
                (account_hash,),
            ).fetchone()
        nobodys, stored = _nobodys_password(), None if row is None else row[1]
        if not _matches(stored or nobodys, password) or row is None or stored is None:
            raise WrongCredentialsError("password", *((row[0], row[4]) if row is not None else ()))
        return tuple(row)

    def log_out(self, token: str) -> None:
        """End the session."""
        with self.pool.connection() as connection:
            connection.execute("delete from sessions where token_hash = %s", (_hash(token),))

    def look_as(self, token: str, client: UUID, impersonation: UUID, until: datetime) -> None:
        """Let the browser of this session look as the client does, until that moment (DOS-12)."""
        with self.pool.connection() as connection:
            connection.execute(
                "update sessions set behalf = %s, impersonation = %s, behalf_until = %s"
                " where token_hash = %s",
                (client, impersonation, until, _hash(token)),
            )

    def look_as_oneself(self, token: str) -> None:
        """Lead the browser of this session back."""
        with self.pool.connection() as connection:
            connection.execute(
                "update sessions set behalf = null, impersonation = null, behalf_until = null"
                " where token_hash = %s",
                (_hash(token),),
            )

    async def find(self, connection: AsyncConnection[Any], shown: Credentials) -> Session | None:
        """Who is behind a session cookie or a bearer token, unless it ended."""
        cursor = await connection.execute(*shown.query)
        row = await cursor.fetchone()
        return None if row is None else _session(row, await self.now())

    def find_on(self, connection: Connection[Any], shown: Credentials) -> Session | None:
        """The same on a connection of the command path, in its thread."""
        row = connection.execute(*shown.query).fetchone()
        return None if row is None else _session(row, self.clock())

    async def now(self) -> datetime:
        """The clock's time; a clock that tests may set asks the database, which the event loop must not."""
        if self.clock is machine_time:
            return machine_time()
        return await anyio.to_thread.run_sync(self.clock)

    def _email_hash(self, email: str) -> bytes:
        return self.vault.keyed_hash("account", same_email(email))

    def _second_factor(
        self, user: UUID, wrapped: bytes | None, used_step: int, code: str | None, now: datetime
    ) -> None:
        if wrapped is None:
            raise WrongCredentialsError
        if not code:
            raise SecondFactorMissingError
        totp = pyotp.TOTP(self.vault.unwrap(wrapped).decode())
        step = int(now.timestamp()) // _TOTP_STEP
        for candidate in (step - 1, step, step + 1):
            right = totp.at(candidate * _TOTP_STEP).encode()
            if candidate > used_step and secrets.compare_digest(right, code.encode()):
                with self.pool.connection() as connection:
                    done = connection.execute(
                        "update accounts set totp_step = %s where user_id = %s and totp_step < %s",
                        (candidate, user, candidate),
                    )
                if done.rowcount == 1:
                    return
        raise WrongCredentialsError


def hash_password(password: str) -> str:
    """argon2id, as it is stored; takes some 50 ms."""
    return _hasher.hash(password)


@cache
def _nobodys_password() -> str:
    """Compared where there is no account: it takes as long. Made by the first try, whoever it is."""
    return _hasher.hash(secrets.token_hex())


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except argon2.exceptions.VerificationError:
        return False
