"""Loads streams as folded states and appends facts to them: the recorder and the mapper put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg

from aggregates.kernel import SCOPES, Aggregate, Fact, Scope, Stream
from schema.envelope import Envelope, Recorded
from schema.keys import Keyring, Vault, WrappedKey
from schema.log import Effect, EventLog
from schema.mapper import FactMapper, StoredFact
from schema.topics import TODAY, shape_of

S = TypeVar("S")


class WrongStreamError(LookupError):
    """The id names a stream of another kind."""


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A stream as it was read: version 0 and the initial state when it is unknown."""

    stream: Stream[S]
    version: int
    state: S
    facts: tuple[Fact, ...] = ()
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


def fold(kind: Aggregate[S], facts: Iterable[Fact]) -> S:
    """The state after these facts."""
    state = kind.initial
    for fact in facts:
        state = kind.evolve(state, fact)
    return state


class Store:
    """The one door to the log for commands and readers."""

    def __init__(self, log: EventLog, vault: Vault) -> None:
        self.log = log
        self.vault = vault
        self._reading = FactMapper(vault)

    def load(
        self, streams: Sequence[Stream[Any]], connection: psycopg.Connection[Any] | None = None
    ) -> list[Loaded[Any]]:
        """These streams, in this order, in one query. Raises WrongStreamError, UnknownTopicError."""
        rows: dict[UUID, list[StoredFact]] = {stream.id: [] for stream in streams}
        for row in self.log.select_streams(list(rows), connection):
            rows[row.originator_id].append(row)  # type: ignore[index]
        return [self._loaded(stream, rows[stream.id]) for stream in streams]

    def _loaded(self, stream: Stream[S], rows: Sequence[StoredFact]) -> Loaded[S]:
        if rows and shape_of(rows[0].topic).fact_type not in stream.kind.facts:
            raise WrongStreamError(stream.id)
        facts = tuple(self._reading.to_domain_event(row).fact for row in rows)
        return Loaded(stream, len(facts), fold(stream.kind, facts), facts, _keys_in(rows))

    def read_after(
        self, position: int, limit: int, connection: psycopg.Connection[Any] | None = None
    ) -> list[StoredFact]:
        """Stored facts above the position and below the horizon."""
        return list(self.log.select_after(position, limit, connection))

    def read_at(self, positions: Sequence[int]) -> list[Recorded]:
        """The recorded facts at these positions, in order."""
        return [self.decode(stored) for stored in self.log.select_at(positions)]

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
    return [(_person(fact), scope) for fact in facts for scope in fact.DESTROYS]
