"""Carries a command out: already done? → authorise → load → decide → append, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

import orjson
import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError
from psycopg_pool import ConnectionPool

from aggregates.kernel import Refused, Stream
from commands import accounts, kept_files
from commands.access import Allowed, Principal, Scope, check_scope
from commands.claims import difference
from commands.message import Act, Answer, Command, Find, Handle, sender
from schema import farewells
from schema.append import CommandRecord, Effect
from schema.envelope import Envelope
from schema.files import heads_on
from schema.keys import Vault
from schema.log import lock_of
from schema.store import Change, Loaded, Store, WrongStreamError

T = TypeVar("T")
_RETRIES = 10
_CLASHES = frozenset(
    {"one_event_per_version", "one_owner_per_claim", "one_key_per_generation", "one_effect_per_command"}
)
log = logging.getLogger(__name__)


def clashed(error: Exception) -> bool:
    """Whether somebody else wrote the same at the same time, so that another try may do."""
    if isinstance(error, IntegrityError):
        return str(error) in _CLASHES
    return isinstance(error.__cause__ or error, psycopg.errors.DeadlockDetected)


class IdempotencyKeyReusedError(Exception):
    """The same key came with another body (409)."""


class StreamClashError(Exception):
    """Too many others wrote the same streams at once; nothing was done (409)."""


class _Clash(Exception):  # noqa: N818
    def __init__(self, locks: Sequence[int]) -> None:
        super().__init__()
        self.locks = locks


class _Attempt:
    """The reads of one attempt; opens the transaction when a number is drawn."""

    def __init__(
        self,
        store: Store,
        connection: psycopg.Connection[Any],
        open_transaction: ExitStack,
        visible: Callable[[Sequence[Loaded[Any]]], None],
    ) -> None:
        self._store = store
        self._visible = visible
        self._connection = connection
        self._transaction = open_transaction
        self._loads = 0
        self._numbered = False
        self.claims: list[tuple[str, str]] = []
        self.seen: list[Loaded[Any]] = []

    def load(self, streams: Sequence[Stream[Any]]) -> list[Loaded[Any]]:
        self._loads += 1
        if self._loads > 3 or self._numbered:
            raise RuntimeError("a handler loads at most three times, and before it draws a number")
        loaded = self._known(streams)
        self._visible(loaded)
        self.seen += loaded
        return loaded

    def _known(self, streams: Sequence[Stream[Any]]) -> list[Loaded[Any]]:
        """An id of another kind is as unknown as one that nothing has.

        A first try lets those go before it who clashed and hold the locks now: among many who write the same
        streams they would never get their turn (decision 0034).
        """
        try:
            return self._store.load(streams, self._connection, in_turn=not self._transaction_is_open())
        except WrongStreamError:
            return [self._known_alone(stream) for stream in streams]

    def _transaction_is_open(self) -> bool:
        return self._connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE

    def _known_alone(self, stream: Stream[Any]) -> Loaded[Any]:
        try:
            return self._store.load([stream], self._connection)[0]
        except WrongStreamError:
            return Loaded(stream, 0, stream.kind.initial)

    def claim_owner(self, kind: str, value: str) -> UUID | None:
        self.claims.append((kind, value))
        hashed = self._store.vault.keyed_hash(kind, value)
        return self._store.log.claim_owner(kind, hashed, self._connection)

    def keyed_hash(self, purpose: str, value: str) -> str:
        return self._store.vault.keyed_hash(purpose, value).hex()

    def next_number(self, series: str, year: int) -> int:
        """Advisory lock first, so that nobody waits for the row inside a transaction that has an id."""
        if not self._numbered:
            self._numbered = True
            begin(self._transaction, self._connection)
        self._connection.execute(
            "select pg_advisory_xact_lock(hashtextextended('series:' || %s, 0))", (f"{series}-{year}",)
        )
        row = self._connection.execute(
            "insert into series (name, year, last) values (%s, %s, 1)"
            " on conflict (name, year) do update set last = series.last + 1 returning last",
            (series, year),
        ).fetchone()
        assert row is not None
        return int(row[0])


class _Look(_Attempt):
    """The reads of who only wants to know."""

    def next_number(self, series: str, year: int) -> int:
        raise RuntimeError("only a command draws a number")


def fingerprint(command: Command, vault: Vault) -> bytes:
    """Tells whether a command that comes again under its id is the same one."""
    return vault.keyed_hash("command", f"{command.verb_noun()} {command.model_dump_json()}")


def begin(stack: ExitStack, connection: psycopg.Connection[Any]) -> None:
    """Open the transaction unless one is open already."""
    if connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE:
        stack.enter_context(connection.transaction())


@dataclass(frozen=True)
class _Wish:
    """One command as it came: by whom, under which id, caused by which event, when."""

    command: Command
    who: Principal
    id: UUID
    cause: UUID | None
    fingerprint: bytes
    now: datetime


@dataclass(frozen=True)
class Dispatcher:
    """The only writer of events."""

    pool: ConnectionPool[Any]
    store: Store
    handlers: Mapping[type[Command], Handle]
    clock: Callable[[], datetime]
    find: Find
    """Whom a query finds (REQ-1): queries are the read side's."""
    wake: Callable[[], None] = field(default=lambda: None)
    """Tells readers after the commit that there is something new; they poll anyway."""

    def dispatch(
        self,
        command: Command,
        who: Principal,
        command_id: UUID,
        cause: UUID | None = None,
        connection: psycopg.Connection[Any] | None = None,
    ) -> Answer:
        """Carry the command out once, however often it comes under this id.

        On `connection` where the caller holds one. Raises Refused, ForbiddenError,
        IdempotencyKeyReusedError, StreamClashError, OperationalError.
        """
        wish = _Wish(command, who, command_id, cause, fingerprint(command, self.store.vault), self.clock())
        with nullcontext(connection) if connection is not None else self.store.log.connection() as held:
            done = self._done(wish, held)
            answer = done or self._carry_out(wish, held)
        if done is None:
            self.wake()
        return answer

    def consider(self, look: Callable[[Act], T], who: Principal, allowed: Allowed, waited: float = 0.0) -> T:
        """What a handler, or a part of one, comes to now; nothing is appended, no number is drawn.

        `waited` are the seconds that the asker waited already. Raises Refused, ForbiddenError,
        OperationalError.
        """
        acting, scope = who.acting(allowed)
        with self.store.log.connection(waited) as connection, ExitStack() as unopened:
            reads = _Look(self.store, connection, unopened, partial(check_scope, acting, scope))
            return look(Act(uuid4(), acting, self.clock(), reads))

    def _carry_out(self, wish: _Wish, connection: psycopg.Connection[Any]) -> Answer:
        acting, scope = sender(wish.who, type(wish.command))
        wish = replace(wish, who=acting)
        locks: Sequence[int] = ()
        for _ in range(1 + _RETRIES):
            try:
                return self._attempt(wish, scope, locks, connection)
            except (_Clash, Refused) as stopped:
                # A copy of this command may have been carried out since the first look.
                done = self._done(wish, connection)
                if done is not None:
                    return done
                if isinstance(stopped, Refused):
                    raise
                locks = sorted({*locks, *stopped.locks})
        raise StreamClashError

    def _done(self, wish: _Wish, connection: psycopg.Connection[Any]) -> Answer | None:
        found = self.store.log.command(wish.id, connection)
        if found is None:
            return None
        if found[0] != wish.fingerprint:
            raise IdempotencyKeyReusedError
        return Answer(position=found[2], ids=found[1])

    def _attempt(
        self, wish: _Wish, scope: Scope, locks: Sequence[int], connection: psycopg.Connection[Any]
    ) -> Answer:
        changes: list[Change] = []
        who = wish.who
        with ExitStack() as transaction:
            attempt = _Attempt(self.store, connection, transaction, partial(check_scope, who, scope))
            try:
                if locks:
                    begin(transaction, connection)
                    connection.execute(
                        "select pg_advisory_xact_lock(k) from unnest(%s::bigint[]) k", (list(locks),)
                    )
                act = Act(
                    wish.id,
                    who,
                    wish.now,
                    attempt,
                    finder=partial(self.find, connection),
                    files=partial(heads_on, connection, self.store.vault),
                )
                handled = self.handlers[type(wish.command)](wish.command, act)
                changes = [change for change in handled if change.facts]
                check_scope(who, scope, _born(changes))
                ids = orjson.dumps({name: str(made) for name, made in act.ids.items()})
                log_ins = accounts.log_ins(changes, act.passwords, act.tokens)
                filed = kept_files.filed(changes)
                if log_ins or filed or act.farewells:
                    begin(transaction, connection)
                position = self.store.append(
                    changes,
                    Envelope(who.user, who.role, wish.now, wish.id, who.behalf, wish.cause),
                    self._effect(changes, CommandRecord(wish.id, wish.fingerprint, ids)),
                    connection,
                    attempt.seen,
                )
                log_ins.carry_out(connection, self.store.vault, by=who.user, now=wish.now)
                for farewell in act.farewells:
                    farewells.keep(connection, self.store.vault, farewell, wish.now)
                kept_files.settle(connection, filed, self.store)
            except (IntegrityError, OperationalError, psycopg.errors.DeadlockDetected) as error:
                if not clashed(error):
                    raise
                raise _Clash(_locks_of(changes, attempt, self.store.vault)) from error
        return Answer(position=position, ids=ids)

    def _effect(self, changes: Sequence[Change], record: CommandRecord) -> Effect:
        take, release = difference(changes, self.store.vault)
        return Effect(command=record, take=take, release=release)


def _born(changes: Sequence[Change]) -> list[Loaded[Any]]:
    """The streams this command makes, as they will be."""
    return [Loaded(c.loaded.stream, len(c.facts), c.after) for c in changes if c.loaded.version == 0]


def _locks_of(changes: Sequence[Change], attempt: _Attempt, vault: Vault) -> list[int]:
    """Advisory locks for the streams and claims that one attempt was about."""
    keys = [change.loaded.id.bytes for change in changes]
    keys += [vault.keyed_hash(kind, value) for kind, value in attempt.claims]
    return [lock_of(key) for key in keys]
