"""The event log's recorder: one statement per append, one position behind a horizon."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
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
from schema.keys import PersonKey, WrappedKey
from schema.mapper import StoredFact

MAX_EVENTS = 4096
"""Events of one append: the low 12 bits of a position."""
_VALUES_UP_TO = 64
_NOBODY = UUID(int=0)
"""Sent for null, like empty bytes: parameters keep their types, so one prepared statement serves all."""


@dataclass(frozen=True)
class Claim:
    """A value that only one owner may hold at a time; `value` is a keyed hash."""

    kind: str
    value: bytes
    owner: UUID


@dataclass(frozen=True)
class CommandRecord:
    """The trace of a command that was carried out."""

    id: UUID
    fingerprint: bytes
    answer: bytes


@dataclass(frozen=True)
class Effect:
    """What is stored in the same transaction as the events."""

    command: CommandRecord | None = None
    take: Sequence[Claim] = ()
    release: Sequence[Claim] = ()
    new_keys: Sequence[tuple[UUID, PersonKey]] = ()
    wrapped_keys: Sequence[bytes] = ()
    destroy: Sequence[tuple[UUID, Scope]] = field(default_factory=tuple)


_COLUMNS = "stream, version, position, topic, person, state, identity, contact, envelope"
_ROW = "(%b::uuid, %s::int, %s::int, %s::text, %b::uuid, %s::bytea, %s::bytea, %s::bytea, %s::bytea)"
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
    f"{SELECT_FACTS} join unnest(%s::uuid[], %s::int[]) as s (stream, first)"
    " on e.stream = s.stream and e.version >= s.first order by e.stream, e.version"
)
_BY_STREAMS_IN_TURN = _BY_STREAMS.replace(
    " order by",
    " where (select count(*) from (select pg_advisory_xact_lock_shared(k)"
    " from unnest(%s::bigint[]) k offset 0) as waited) >= 0 order by",
)
"""The same after waiting for whoever holds one of these streams' locks; the statement's end lets them go."""
_AFTER = f"{SELECT_FACTS} where e.position > %s and e.position < log_horizon() order by e.position limit %s"
_CLAIMS = "unnest(%s::text[], %s::bytea[], %s::uuid[])"
_EVENTS = (
    f"insert into events ({_COLUMNS}) select stream, version, log_slot() + n, topic,"
    f" nullif(person, '{_NOBODY}'::uuid), state, nullif(identity, ''), nullif(contact, ''), envelope"
    " from {} as v (stream, version, n, topic, person, state, identity, contact, envelope)"
    " returning position"
)
_COMMAND = "insert into commands (id, fingerprint, answer, position) values (%b, %s, %s, {})"
_COMMAND_ALONE = (
    _COMMAND.format("(select coalesce(max(position), 0) from events where position < log_horizon())")
    + " returning position"
).encode()
_PARTS = {
    "released": f"released as (delete from claims where (kind, value, owner) in (select * from {_CLAIMS}))",
    "taken": f"taken as (insert into claims (kind, value, owner) select * from {_CLAIMS})",
    "moved": f"moved as (update claims c set owner = m.owner from {_CLAIMS} m (kind, value, owner)"
    " where (c.kind, c.value) = (m.kind, m.value))",
    "opened": "opened as (insert into keys (person, scope, generation, wrapped)"
    " select * from unnest(%s::uuid[], %s::text[], %s::smallint[], %s::bytea[]))",
    "destroyed": "destroyed as (update keys set wrapped = null where (person, scope) in"
    " (select * from unnest(%s::uuid[], %s::text[])))",
    "done": f"done as ({_COMMAND.format('log_slot() + %s')})",
}
"""The parts of an append beside its events, in the order of their parameters."""


def lock_of(key: bytes) -> int:
    """The advisory lock of a stream's id or of a claim's hash."""
    return int.from_bytes(key[:8], "big", signed=True)


def translated(error: psycopg.Error | PoolTimeout) -> PersistenceError:
    """psycopg's error as the library's; raise it from the original, which stays its cause."""
    if isinstance(error, psycopg.errors.IntegrityError):
        return IntegrityError(_constraint(error))
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | PoolTimeout):
        return OperationalError(type(error).__name__)
    return DatabaseError(type(error).__name__)


def _constraint(error: psycopg.errors.IntegrityError) -> str:
    return error.diag.constraint_name or "integrity"


class EventLog(ApplicationRecorder):
    """PostgreSQL recorder behind the library's port.

    Notification ids are positions: (transaction id + past) * 4096 + ordinal within the append.
    """

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    @contextmanager
    def connection(self, waited: float = 0.0) -> Iterator[psycopg.Connection[Any]]:
        """One of the pool's connections, in autocommit; errors are translated.

        `waited` are the seconds that the caller waited already: they count among those of the pool.
        """
        try:
            with self._pool.connection(timeout=max(0.05, self._pool.timeout - waited)) as connection:
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
            f"{SELECT_FACTS} where e.position = any(%s) order by e.position", (list(positions),)
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

    def newest_keys(
        self, persons: Iterable[UUID], connection: psycopg.Connection[Any] | None = None
    ) -> dict[tuple[UUID, Scope], WrappedKey]:
        """The newest generation of each key of these persons."""
        query = (
            b"select distinct on (person, scope) person, scope, generation, wrapped from keys"
            b" where person = any(%s) order by person, scope, generation desc"
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


def append_statement(events: Sequence[StoredEvent], effect: Effect) -> tuple[bytes, list[Any]]:
    """One statement: events last in the text but first to be checked, so a stale version is told first."""
    command = _command(effect.command) if effect.command is not None else []
    if not events:
        return _COMMAND_ALONE, command
    params: list[Any] = []
    claims = _claim_parts(effect)
    for some in claims:
        if some:
            params += [[c.kind for c in some], [c.value for c in some], [c.owner for c in some]]
    if effect.new_keys:
        params += [
            [person for person, _ in effect.new_keys],
            [key.scope for _, key in effect.new_keys],
            [key.generation for _, key in effect.new_keys],
            list(effect.wrapped_keys),
        ]
    if effect.destroy:
        params += [[person for person, _ in effect.destroy], [scope for _, scope in effect.destroy]]
    if command:
        params += [*command, len(events) - 1]
    rows = _rows(events)
    if len(rows) <= _VALUES_UP_TO:
        params += chain.from_iterable(rows)
    else:
        params += [list(column) for column in zip(*rows, strict=True)]
    released, taken, moved = map(bool, claims)
    text = _append_text(
        min(len(rows), _VALUES_UP_TO + 1),
        released=released,
        taken=taken,
        moved=moved,
        opened=bool(effect.new_keys),
        destroyed=bool(effect.destroy),
        done=bool(command),
    )
    return text, params


@lru_cache(maxsize=1024)
def _append_text(events: int, **parts: bool) -> bytes:
    """The statement of this shape, made once: psycopg finds what it prepared by the same bytes."""
    texts = [_PARTS[name] for name, there in parts.items() if there]
    if events <= _VALUES_UP_TO:
        plain = _ROW.replace("::uuid", "").replace("::int", "").replace("::text", "").replace("::bytea", "")
        rows = f"(values {', '.join([_ROW, *[plain] * (events - 1)])})"
    else:
        rows = "unnest(%s::uuid[], %s::int[], %s::int[], %s::text[], %s::uuid[]" + ", %s::bytea[]" * 4 + ")"
    main = _EVENTS.format(rows)  # sql: placeholders only
    return (f"with {', '.join(texts)} {main}" if texts else main).encode()


def _claim_parts(effect: Effect) -> tuple[list[Claim], list[Claim], list[Claim]]:
    """Claims released, taken in key order, and handed over: no row may be deleted and inserted in one."""
    released, taken = ({(c.kind, c.value): c for c in claims} for claims in (effect.release, effect.take))
    return (
        [released[k] for k in sorted(released.keys() - taken.keys())],
        [taken[k] for k in sorted(taken.keys() - released.keys())],
        [taken[k] for k in sorted(taken.keys() & released.keys())],
    )


def _command(command: CommandRecord) -> list[Any]:
    return [command.id, command.fingerprint, command.answer]


def _rows(events: Sequence[StoredEvent]) -> list[tuple[Any, ...]]:
    """The rows in stream and version order, each with its ordinal within the command."""
    facts = [
        event
        if isinstance(event, StoredFact)
        else StoredFact(event.originator_id, event.originator_version, event.topic, event.state)
        for event in events
    ]
    rows = [
        (
            fact.originator_id,
            fact.originator_version,
            n,
            fact.topic,
            fact.person or _NOBODY,
            fact.state,
            fact.identity or b"",
            fact.contact or b"",
            fact.envelope,
        )
        for n, fact in enumerate(facts)
    ]
    rows.sort(key=_place)
    return rows


def _place(row: tuple[Any, ...]) -> tuple[int, int]:
    return row[0].int, row[1]
