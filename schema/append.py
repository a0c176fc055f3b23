"""What one append stores beside its events, and the one statement that stores it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from aggregates.kernel import Scope
from schema.keys import PersonKey
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
_CLAIMS = "unnest(%b::text[], %b::bytea[], %b::uuid[])"
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
    " select * from unnest(%b::uuid[], %b::text[], %b::smallint[], %b::bytea[]))",
    "destroyed": "destroyed as (update keys set wrapped = null where (person, scope) in"
    " (select * from unnest(%b::uuid[], %b::text[])))",
    "done": f"done as ({_COMMAND.format('log_slot() + %s')})",
}
"""The parts of an append beside its events, in the order of their parameters."""


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
        rows = "unnest(%b::uuid[], %b::int[], %b::int[], %b::text[], %b::uuid[]" + ", %b::bytea[]" * 4 + ")"
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
