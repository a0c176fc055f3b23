"""Loads streams as folded states and appends facts to them: the recorder and the mapper put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg

from aggregates.kernel import SCOPES, Aggregate, Fact, Scope, Stream, personal_fields
from schema.append import Claim, CommandRecord, Effect
from schema.envelope import Envelope, Recorded
from schema.keys import Keyring, Vault, WrappedKey
from schema.log import EventLog
from schema.mapper import FactMapper, StoredFact
from schema.memory import Memory
from schema.topics import AGGREGATES, TODAY, shape_of

S = TypeVar("S")
_KEPT = frozenset(k.name for k in AGGREGATES if not any(personal_fields(fact) for fact in k.facts))
"""Kinds whose states stay in memory: those without personal data, which must be able to go."""


class WrongStreamError(LookupError):
    """The id names a stream of another kind."""


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A stream as it was read: version 0 and the initial state when it is unknown."""

    stream: Stream[S]
    version: int
    state: S
    facts: tuple[Fact, ...] = ()
    position: int = 0
    """Of its last event; 0 when it is unknown."""
    keys: Mapping[tuple[UUID, Scope], WrappedKey] = field(default_factory=dict)
    """Newest key of each person and scope met in the stream: saves looking them up for an append."""

    @property
    def id(self) -> UUID:
        return self.stream.id

    def as_of(self, version: int) -> S:
        """The state at an earlier version (architecture, Seen version)."""
        return fold(self.stream.kind, self.facts[:version])


@dataclass(frozen=True)
class Change:
    """Facts to be appended to a stream that was loaded."""

    loaded: Loaded[Any]
    facts: Sequence[Fact]

    @cached_property
    def after(self) -> Any:
        """The state that they come to."""
        return fold(self.loaded.stream.kind, self.facts, self.loaded.state)


@dataclass(frozen=True)
class Part:
    """What one command of several came to, to be appended with the others."""

    changes: Sequence[Change]
    envelope: Envelope
    record: CommandRecord
    take: Sequence[Claim]
    release: Sequence[Claim]
    seen: Sequence[Loaded[Any]]
    """Loaded for it, so their keys need not be read again."""


def fold(kind: Aggregate[S], facts: Iterable[Fact], state: S | None = None) -> S:
    """The state after these facts, from the first on or from `state`."""
    after = kind.initial if state is None else state
    for fact in facts:
        after = kind.evolve(after, fact)
    return after


class Store:
    """The one door to the log for commands and readers."""

    def __init__(self, log: EventLog, vault: Vault) -> None:
        self.log = log
        self.vault = vault
        self._reading = FactMapper(vault)
        self.memory: Memory[Loaded[Any]] = Memory()

    def load(
        self,
        streams: Sequence[Stream[Any]],
        connection: psycopg.Connection[Any] | None = None,
        *,
        in_turn: bool = False,
    ) -> list[Loaded[Any]]:
        """These streams, in this order, in one query. Raises WrongStreamError, UnknownTopicError.

        `in_turn`, after whoever holds the lock of one of them (decision 0034).
        """
        known = {stream.id: self.memory.get(stream.id) for stream in streams}
        rows = self._rows_from(known, connection, in_turn=in_turn)
        moved = {id_: None for id_, kept in known.items() if kept and not _continues(kept, rows[id_])}
        if moved:
            known |= moved
            rows |= self._rows_from(moved, connection, in_turn=False)
        return [self._loaded(stream, known[stream.id], rows[stream.id]) for stream in streams]

    def _rows_from(
        self,
        known: Mapping[UUID, Loaded[Any] | None],
        connection: psycopg.Connection[Any] | None,
        *,
        in_turn: bool,
    ) -> dict[UUID, list[StoredFact]]:
        """Of each stream the rows from the last event known on, or all."""
        rows: dict[UUID, list[StoredFact]] = {id_: [] for id_ in known}
        first = [kept.version if kept else 1 for kept in known.values()]
        for row in self.log.select_streams(list(known), connection, first, in_turn=in_turn):
            rows[row.originator_id].append(row)  # type: ignore[index]
        return rows

    def _loaded(self, stream: Stream[S], kept: Loaded[S] | None, rows: Sequence[StoredFact]) -> Loaded[S]:
        """From what was kept and the rows from its last event on, or from all rows."""
        known = Loaded(stream, 0, stream.kind.initial) if kept is None else kept
        new = rows if kept is None else rows[1:]
        if known.stream.kind is not stream.kind or (
            new and shape_of(new[0].topic).fact_type not in stream.kind.facts
        ):
            raise WrongStreamError(stream.id)
        if not new:
            return known
        facts = tuple(self._reading.to_domain_event(row).fact for row in new)
        loaded = Loaded(
            stream,
            known.version + len(facts),
            fold(stream.kind, facts, known.state),
            known.facts + facts,
            new[-1].position,
            _keys_in(new),
        )
        if stream.kind.name in _KEPT:
            self.memory.keep(stream.id, loaded)
        return loaded

    def read_after(
        self, position: int, limit: int, connection: psycopg.Connection[Any] | None = None
    ) -> list[StoredFact]:
        """Stored facts above the position and below the horizon."""
        return list(self.log.select_after(position, limit, connection))

    def read_at(self, positions: Sequence[int]) -> list[Recorded]:
        """The recorded facts at these positions, in order."""
        return [self.decode(stored) for stored in self.log.select_at(positions)]

    def recorded(self, stream: UUID) -> list[Recorded]:
        """All that happened in a stream, in order."""
        return [self.decode(stored) for stored in self.log.select_events(stream)]

    def decode(self, stored: StoredFact) -> Recorded:
        """The recorded fact of a row. Raises UnknownTopicError, InvalidTag."""
        recorded: Recorded = self._reading.to_domain_event(stored)
        return recorded

    def append(
        self,
        changes: Sequence[Change],
        envelope: Envelope,
        effect: Effect,
        connection: psycopg.Connection[Any] | None = None,
        seen: Iterable[Loaded[Any]] = (),
    ) -> int:
        """Append everything in one statement; answers the position of the last event.

        `seen` are streams loaded for it, whose keys need not be read again. Raises IntegrityError on a
        clash, OperationalError, KeyDestroyedError.
        """
        stored, keyring = self._stored(changes, envelope, connection, seen)
        destroy = _destroyed(fact for change in changes for fact in change.facts)
        if keyring.made or destroy:
            wrapped = [self.vault.wrap(key.key) for _, key in keyring.made]
            effect = replace(effect, new_keys=keyring.made, wrapped_keys=wrapped, destroy=destroy)
        return self.log.insert_events(stored, effect=effect, connection=connection)[-1]

    def append_parts(self, parts: Sequence[Part], connection: psycopg.Connection[Any]) -> None:
        """Append what several commands came to, in one transaction, each with its trace.

        No part may destroy keys, or be about a person whose dossier another one opens. Raises
        IntegrityError on a clash, OperationalError.
        """
        rows: list[StoredFact] = []
        made, ends = [], []
        take: dict[tuple[str, bytes], Claim] = {}
        release: list[Claim] = []
        for part in parts:
            if _destroyed(fact for change in part.changes for fact in change.facts):
                raise ValueError("keys are destroyed by one command at a time")
            stored, keyring = self._stored(part.changes, part.envelope, connection, part.seen)
            rows += stored
            made += keyring.made
            ends.append(len(rows) - 1)
            release += [c for c in part.release if take.pop((c.kind, c.value), None) is None]
            take |= {(c.kind, c.value): c for c in part.take}
        effect = Effect(
            take=list(take.values()),
            release=release,
            new_keys=made,
            wrapped_keys=[self.vault.wrap(key.key) for _, key in made],
        )
        with connection.transaction():
            positions = self.log.insert_events(rows, effect=effect, connection=connection)
            done = [(part.record, positions[end]) for part, end in zip(parts, ends, strict=True)]
            self.log.keep_commands(done, connection)

    def stored_rows(
        self, changes: Sequence[Change], envelope: Envelope, seen: Iterable[Loaded[Any]] = ()
    ) -> list[StoredFact]:
        """The rows that `append` would write, without new keys."""
        return self._stored(changes, envelope, None, seen)[0]

    def _stored(
        self,
        changes: Sequence[Change],
        envelope: Envelope,
        connection: psycopg.Connection[Any] | None,
        seen: Iterable[Loaded[Any]],
    ) -> tuple[list[StoredFact], Keyring]:
        facts = [(change.loaded, n, fact) for change in changes for n, fact in enumerate(change.facts, 1)]
        known = {k: key for loaded in seen for k, key in loaded.keys.items()}
        keyring = self._keyring([fact for _, _, fact in facts], known, connection)
        mapper = FactMapper(self.vault, keyring)
        around = {True: envelope.to_bytes(visible=True), False: envelope.to_bytes(visible=False)}
        stored = [
            mapper.to_stored_event(Recorded(loaded.id, loaded.version + n, 0, around[fact.VISIBLE], fact))
            for loaded, n, fact in facts
        ]
        return stored, keyring

    def _keyring(
        self,
        facts: Sequence[Fact],
        seen: Mapping[tuple[UUID, Scope], WrappedKey],
        connection: psycopg.Connection[Any] | None,
    ) -> Keyring:
        """Keys for the personal facts: a new person's are made, those not seen are read in one query."""
        personal = [fact for fact in facts if TODAY[type(fact)][1].personal]
        if not personal:
            return Keyring()
        newborn = {_person(fact) for fact in personal if fact.OPENS == SCOPES}
        needed = {(_person(f), scope) for f in personal for scope, _ in TODAY[type(f)][1].parts}
        ring = Keyring()
        ring.add({key: seen[key] for key in needed & seen.keys()}, self.vault)
        unseen = {person for person, scope in needed - seen.keys()} - newborn
        if unseen:
            ring.add(self.log.newest_keys(unseen, connection), self.vault)
        for fact in personal:
            for scope in fact.OPENS:
                ring.open(_person(fact), scope, self.vault)
        return ring


def _continues(kept: Loaded[Any], rows: Sequence[StoredFact]) -> bool:
    """Whether the last event known still stands there: a log that was set back by a restore has another."""
    return bool(rows) and rows[0].position == kept.position


def _keys_in(rows: Sequence[StoredFact]) -> Mapping[tuple[UUID, Scope], WrappedKey]:
    keys: dict[tuple[UUID, Scope], WrappedKey] = {}
    for row in rows:
        if row.person is not None:
            if row.identity is not None:
                keys[row.person, "identity"] = (row.identity[0], row.identity_key)
            if row.contact is not None:
                keys[row.person, "contact"] = (row.contact[0], row.contact_key)
    return keys


def _person(fact: Fact) -> UUID:
    person: UUID = fact.person  # type: ignore[attr-defined]
    return person


def _destroyed(facts: Iterable[Fact]) -> list[tuple[UUID, Scope]]:
    """Of the fact's person, and of the dossiers that had become part of theirs (DOS-5)."""
    return [
        (person, scope)
        for fact in facts
        for scope in fact.DESTROYS
        for person in (_person(fact), *getattr(fact, "merged", ()))
    ]
