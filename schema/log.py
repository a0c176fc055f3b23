"""The event log's recorder: one statement per append, one position behind a horizon."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
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
from psycopg import sql
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
_CLAIMS = "unnest(%s::text[], %s::bytea[], %s::uuid[])"
_RELEASED = f"released as (delete from claims where (kind, value, owner) in (select * from {_CLAIMS}))"
_TAKEN = f"taken as (insert into claims (kind, value, owner) select * from {_CLAIMS})"
_MOVED = (
    f"moved as (update claims c set owner = m.owner from {_CLAIMS} m (kind, value, owner)"
    " where (c.kind, c.value) = (m.kind, m.value))"
)


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
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """One of the pool's connections, in autocommit; errors are translated."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise translated(error) from error

    def _run(
        self, query: sql.SQL, params: Sequence[Any], connection: psycopg.Connection[Any] | None
    ) -> list[tuple[Any, ...]]:
        try:
            with nullcontext(connection) if connection else self._pool.connection() as usable:
                rows: list[tuple[Any, ...]] = usable.cursor(binary=True).execute(query, params).fetchall()
                return rows
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
        self, streams: Sequence[UUID], connection: psycopg.Connection[Any] | None = None
    ) -> Sequence[StoredFact]:
        """Several streams' events in one query, by stream and version."""
        query = f"{SELECT_FACTS} where e.stream = any(%s) order by e.stream, e.version"
        return self._facts(query, (list(streams),), connection)

    def select_after(
        self, position: int, limit: int, connection: psycopg.Connection[Any] | None = None
    ) -> Sequence[StoredFact]:
        """Events above the position and below the horizon, in order."""
        query = (
            f"{SELECT_FACTS} where e.position > %s and e.position < log_horizon()"
            " order by e.position limit %s"
        )
        return self._facts(query, (position, limit), connection)

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
        rows = self._run(_sql("select max(position) from events where position < log_horizon()"), (), None)
        return cast("int | None", rows[0][0])

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[EventLog]:
        """A polling subscription; the reader of the read models has its own loop."""
        return PollingSubscription(self, gt, topics)

    def command(
        self, command_id: UUID, connection: psycopg.Connection[Any] | None = None
    ) -> tuple[bytes, bytes, int] | None:
        """Fingerprint, answer and position of a command already carried out."""
        query = "select fingerprint, answer, position from commands where id = %b"
        rows = self._run(_sql(query), (command_id,), connection)
        return cast("tuple[bytes, bytes, int]", rows[0]) if rows else None

    def newest_keys(
        self, persons: Iterable[UUID], connection: psycopg.Connection[Any] | None = None
    ) -> dict[tuple[UUID, Scope], WrappedKey]:
        """The newest generation of each key of these persons."""
        query = (
            "select distinct on (person, scope) person, scope, generation, wrapped from keys"
            " where person = any(%s) order by person, scope, generation desc"
        )
        rows = self._run(_sql(query), (list(persons),), connection)
        return {(person, scope): (generation, wrapped) for person, scope, generation, wrapped in rows}

    def claim_owner(
        self, kind: str, value: bytes, connection: psycopg.Connection[Any] | None = None
    ) -> UUID | None:
        """Who holds the claim."""
        query = "select owner from claims where kind = %s and value = %s"
        rows = self._run(_sql(query), (kind, value), connection)
        return cast("UUID", rows[0][0]) if rows else None

    def _facts(
        self, query: str, params: Sequence[Any], connection: psycopg.Connection[Any] | None = None
    ) -> list[StoredFact]:
        return [StoredFact(*row) for row in self._run(_sql(query), params, connection)]


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


def append_statement(events: Sequence[StoredEvent], effect: Effect) -> tuple[sql.SQL, list[Any]]:
    """One statement: events last in the text but first to be checked, so a stale version is told first."""
    parts: list[str] = []
    params: list[Any] = []
    for part, claims in _claim_parts(effect):
        parts.append(part)
        params += [[c.kind for c in claims], [c.value for c in claims], [c.owner for c in claims]]
    if effect.new_keys:
        parts.append(
            "opened as (insert into keys (person, scope, generation, wrapped)"
            " select * from unnest(%s::uuid[], %s::text[], %s::smallint[], %s::bytea[]))"
        )
        params += [
            [person for person, _ in effect.new_keys],
            [key.scope for _, key in effect.new_keys],
            [key.generation for _, key in effect.new_keys],
            list(effect.wrapped_keys),
        ]
    if effect.destroy:
        parts.append(
            "destroyed as (update keys set wrapped = null where (person, scope) in"
            " (select * from unnest(%s::uuid[], %s::text[])))"
        )
        params += [[person for person, _ in effect.destroy], [scope for _, scope in effect.destroy]]
    command = "insert into commands (id, fingerprint, answer, position) values (%b, %s, %s, {})"
    if effect.command is not None and events:
        parts.append(f"done as ({command.format('log_slot() + %s')})")
        params += [*_command(effect.command), len(events) - 1]
    elif effect.command is not None:
        visible = "(select coalesce(max(position), 0) from events where position < log_horizon())"
        return _sql(f"{command.format(visible)} returning position"), _command(effect.command)
    main, rows = _insert_events(events)
    text = f"with {', '.join(parts)} {main}" if parts else main
    return _sql(text), params + rows


def _claim_parts(effect: Effect) -> Iterator[tuple[str, list[Claim]]]:
    """Claims released, taken in key order, and handed over: no row may be deleted and inserted in one."""
    released, taken = ({(c.kind, c.value): c for c in claims} for claims in (effect.release, effect.take))
    for part, keys, claims in (
        (_RELEASED, released.keys() - taken.keys(), released),
        (_TAKEN, taken.keys() - released.keys(), taken),
        (_MOVED, taken.keys() & released.keys(), taken),
    ):
        if keys:
            yield part, [claims[k] for k in sorted(keys)]


def _sql(text: str) -> sql.SQL:
    return sql.SQL(cast("Any", text))


def _command(command: CommandRecord) -> list[Any]:
    return [command.id, command.fingerprint, command.answer]


def _insert_events(events: Sequence[StoredEvent]) -> tuple[str, list[Any]]:
    rows = sorted(
        (
            (
                event.originator_id,
                event.originator_version,
                n,
                event.topic,
                getattr(event, "person", None) or _NOBODY,
                event.state,
                getattr(event, "identity", None) or b"",
                getattr(event, "contact", None) or b"",
                getattr(event, "envelope", b"{}"),
            )
            for n, event in enumerate(events)
        ),
        key=lambda row: (cast("UUID", row[0]).bytes, row[1]),
    )
    select = (
        f"insert into events ({_COLUMNS}) select stream, version, log_slot() + n, topic,"
        f" nullif(person, '{_NOBODY}'::uuid), state, nullif(identity, ''), nullif(contact, ''), envelope"
        " from {} returning position"
    )
    columns = "(stream, version, n, topic, person, state, identity, contact, envelope)"
    if len(rows) <= _VALUES_UP_TO:
        plain = _ROW.replace("::uuid", "").replace("::int", "").replace("::text", "").replace("::bytea", "")
        values = ", ".join([_ROW, *[plain] * (len(rows) - 1)])
        return select.format(f"(values {values}) as v {columns}"), [value for row in rows for value in row]
    arrays = "%s::uuid[], %s::int[], %s::int[], %s::text[], %s::uuid[]" + ", %s::bytea[]" * 4
    return select.format(f"unnest({arrays}) as v {columns}"), [
        list(column) for column in zip(*rows, strict=True)
    ]
