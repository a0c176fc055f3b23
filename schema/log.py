"""The event log's recorder: appends, and reads up to one horizon."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    DatabaseError,
    IntegrityError,
    Notification,
    OperationalError,
    PersistenceError,
    StoredEvent,
    Subscription,
)
from psycopg_pool import ConnectionPool, PoolTimeout

from aggregates.kernel import Scope
from schema.append import MAX_EVENTS, CommandRecord, Effect, append_statement
from schema.keys import WrappedKey
from schema.mapper import StoredFact
from schema.pools import LOCK_SECONDS, lock_timeout

_KEY = (
    "case when e.{0} is null then null else (select k.wrapped from keys k where k.person = e.person"
    " and k.scope = '{0}' and k.generation = get_byte(e.{0}, 0)) end"
)
SELECT_FACTS = (
    "select e.stream, e.version, e.topic, e.state, e.position, e.person, e.identity, e.contact, e.envelope, "
    + _KEY.format("identity")
    + ", "
    + _KEY.format("contact")
    + " from events e"
)
_BY_STREAMS = (
    f"{SELECT_FACTS} join unnest(%b::uuid[], %b::int[]) as s (stream, first)"
    " on e.stream = s.stream and e.version >= s.first order by e.stream, e.version"
)
_BY_STREAMS_IN_TURN = _BY_STREAMS.replace(
    " order by",
    " where (select count(*) from (select pg_advisory_xact_lock_shared(k)"
    " from unnest(%b::bigint[]) k offset 0) as waited) >= 0 order by",
)
"""The same after waiting for whoever holds one of these streams' locks; the statement's end lets them go."""
_NOTICEABLE_SECONDS = 0.2
AWAY: tuple[type[Exception], ...] = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    PoolTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
"""Errors that say nothing about what was asked: the server is away, full, being restored, or gave us up."""
_AFTER = f"{SELECT_FACTS} where e.position > %s and e.position < log_horizon() order by e.position limit %s"


def lock_of(key: bytes) -> int:
    """The advisory lock of a stream's id or of a claim's hash."""
    return int.from_bytes(key[:8], "big", signed=True)


def translated(error: psycopg.Error | PoolTimeout) -> PersistenceError:
    """psycopg's error as the library's; raise it from the original, which stays its cause."""
    if isinstance(error, psycopg.errors.IntegrityError):
        return IntegrityError(_constraint(error))
    if isinstance(error, AWAY):
        return OperationalError(type(error).__name__)
    return DatabaseError(type(error).__name__)


def _constraint(error: psycopg.errors.IntegrityError) -> str:
    return error.diag.constraint_name or "integrity"


@contextmanager
def _hurried(connection: psycopg.Connection[Any], waited: float) -> Iterator[None]:
    """Less patient with locks for somebody who has waited; most have not, and need not ask the server."""
    if waited < _NOTICEABLE_SECONDS:
        yield
        return
    connection.execute(lock_timeout(LOCK_SECONDS - waited))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(lock_timeout(LOCK_SECONDS))


class EventLog(ApplicationRecorder):
    """PostgreSQL recorder behind the library's port.

    Notification ids are positions: (transaction id + past) * 4096 + ordinal within the append.
    """

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    @contextmanager
    def connection(self, waited: float = 0.0) -> Iterator[psycopg.Connection[Any]]:
        """One of the pool's connections, in autocommit; errors are translated.

        `waited` are the seconds that the caller waited already: they count among those of the pool and of
        a lock that somebody holds, such as a vacuum's.
        """
        left = self._pool.timeout - waited
        if left <= 0:
            raise OperationalError("waited_too_long")
        try:
            with self._pool.connection(timeout=left) as connection, _hurried(connection, waited):
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise translated(error) from error

    def _run(
        self, query: bytes, params: Sequence[Any], connection: psycopg.Connection[Any] | None
    ) -> list[tuple[Any, ...]]:
        try:
            if connection is not None:
                return _kept_cursor(connection).execute(query, params).fetchall()
            with self._pool.connection() as usable:
                return _kept_cursor(usable).execute(query, params).fetchall()
        except (psycopg.Error, PoolTimeout) as error:
            raise translated(error) from error

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append in one statement; `effect` and `connection` are optional keyword arguments.

        Answers the positions in the order given. Raises IntegrityError named by the constraint
        (`one_event_per_version` first), OperationalError, ValueError above MAX_EVENTS.
        """
        effect: Effect = kwargs.get("effect") or Effect()
        if not stored_events and effect.command is None:
            return []
        if len(stored_events) > MAX_EVENTS:
            raise ValueError(f"an append holds at most {MAX_EVENTS} events")
        query, params = append_statement(stored_events, effect)
        rows = self._run(query, params, kwargs.get("connection"))
        first = min((row[0] for row in rows), default=0)
        return [first + n for n in range(len(stored_events))] if stored_events else [rows[0][0]]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredFact]:
        """One stream's events by version."""
        query = (
            f"{SELECT_FACTS} where e.stream = %s and e.version > %s and e.version <= %s"
            f" order by e.version {'desc' if desc else 'asc'} limit %s"
        )
        bounds = (-1 if gt is None else gt, 2**31 - 1 if lte is None else lte)
        return self._facts(query, (originator_id, *bounds, limit))

    def select_streams(
        self,
        streams: Sequence[UUID],
        connection: psycopg.Connection[Any] | None = None,
        first: Sequence[int] | None = None,
        *,
        in_turn: bool = False,
    ) -> Sequence[StoredFact]:
        """Several streams' events in one query, by stream and version, each from its `first` version on.

        `in_turn`, it waits first for whoever holds the lock of one of these streams.
        """
        params = (list(streams), first or [1] * len(streams))
        if not in_turn:
            return self._facts(_BY_STREAMS, params, connection)
        locks = sorted(lock_of(stream.bytes) for stream in streams)
        return self._facts(_BY_STREAMS_IN_TURN, (*params, locks), connection)

    def select_after(
        self, position: int, limit: int, connection: psycopg.Connection[Any] | None = None
    ) -> Sequence[StoredFact]:
        """Events above the position and below the horizon, in order."""
        return self._facts(_AFTER, (position, limit), connection)

    def select_at(self, positions: Sequence[int]) -> Sequence[StoredFact]:
        """The events at these positions, in order."""
        return self._facts(
            f"{SELECT_FACTS} where e.position = any(%b) order by e.position", (list(positions),)
        )

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events below the horizon as the library's notifications; ids are positions."""
        low = 0 if start is None else start if inclusive_of_start else start + 1
        query = (
            f"{SELECT_FACTS} where e.position >= %s and e.position <= %s and e.position < log_horizon()"
            " and (%s::text[] = '{}' or e.topic = any(%s::text[])) order by e.position limit %s"
        )
        high = 2**63 - 1 if stop is None else stop
        facts = self._facts(query, (low, high, list(topics), list(topics), limit))
        return [
            Notification(f.originator_id, f.originator_version, f.topic, f.state, f.position) for f in facts
        ]

    def max_notification_id(self) -> int | None:
        """The highest position below the horizon."""
        rows = self._run(b"select max(position) from events where position < log_horizon()", (), None)
        return cast("int | None", rows[0][0])

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[EventLog]:
        """A polling subscription; the reader of the read models has its own loop."""
        return PollingSubscription(self, gt, topics)

    def command(
        self, command_id: UUID, connection: psycopg.Connection[Any] | None = None
    ) -> tuple[bytes, bytes, int] | None:
        """Fingerprint, answer and position of a command already carried out."""
        query = b"select fingerprint, answer, position from commands where id = %b"
        rows = self._run(query, (command_id,), connection)
        return cast("tuple[bytes, bytes, int]", rows[0]) if rows else None

    def fingerprints(
        self, command_ids: Sequence[UUID], connection: psycopg.Connection[Any] | None = None
    ) -> dict[UUID, bytes]:
        """Of those of these commands that were carried out already."""
        query = b"select id, fingerprint from commands where id = any(%b)"
        return dict(self._run(query, (list(command_ids),), connection))

    def keep_commands(
        self, done: Sequence[tuple[CommandRecord, int]], connection: psycopg.Connection[Any]
    ) -> None:
        """The trace of commands, each with the position of its last event."""
        query = (
            b"insert into commands (id, fingerprint, answer, position)"
            b" select * from unnest(%b::uuid[], %b::bytea[], %b::bytea[], %b::bigint[]) returning 1"
        )
        rows = [(record.id, record.fingerprint, record.answer, position) for record, position in done]
        self._run(query, [list(column) for column in zip(*rows, strict=True)], connection)

    def newest_keys(
        self, persons: Iterable[UUID], connection: psycopg.Connection[Any] | None = None
    ) -> dict[tuple[UUID, Scope], WrappedKey]:
        """The newest generation of each key of these persons."""
        query = (
            b"select distinct on (person, scope) person, scope, generation, wrapped from keys"
            b" where person = any(%b) order by person, scope, generation desc"
        )
        rows = self._run(query, (list(persons),), connection)
        return {(person, scope): (generation, wrapped) for person, scope, generation, wrapped in rows}

    def claim_owner(
        self, kind: str, value: bytes, connection: psycopg.Connection[Any] | None = None
    ) -> UUID | None:
        """Who holds the claim."""
        query = b"select owner from claims where kind = %s and value = %s"
        rows = self._run(query, (kind, value), connection)
        return cast("UUID", rows[0][0]) if rows else None

    def claim_owners(
        self, claims: Iterable[tuple[str, bytes]], connection: psycopg.Connection[Any] | None = None
    ) -> dict[tuple[str, bytes], UUID]:
        """Who holds which of these claims; those that are free are left out."""
        asked = list(claims)
        query = (
            b"select kind, value, owner from claims where (kind, value) in"
            b" (select * from unnest(%b::text[], %b::bytea[]))"
        )
        rows = self._run(query, ([kind for kind, _ in asked], [value for _, value in asked]), connection)
        return {(kind, value): owner for kind, value, owner in rows}

    def _facts(
        self, query: str, params: Sequence[Any], connection: psycopg.Connection[Any] | None = None
    ) -> list[StoredFact]:
        return [StoredFact(*row) for row in self._run(query.encode(), params, connection)]


class PollingSubscription(Subscription[EventLog]):
    """Yields notifications in order, looking again every 20 ms at the end."""

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            found = self._recorder.select_notifications(
                self._last_notification_id or 0, 1, topics=self._topics, inclusive_of_start=False
            )
            if found:
                self._last_notification_id = found[0].id
                return found[0]
            time.sleep(0.02)
        raise StopIteration


def _kept_cursor(connection: psycopg.Connection[Any]) -> psycopg.Cursor[Any]:
    """One binary cursor per connection: a new one would look up the adapter of every parameter again."""
    kept: psycopg.Cursor[Any] | None = vars(connection).get("cursor_of_the_log")
    if kept is None:
        kept = vars(connection)["cursor_of_the_log"] = connection.cursor(binary=True)
    return kept
