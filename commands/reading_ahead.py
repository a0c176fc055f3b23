"""What the handlers of a batch read: asked for one by one, fetched for all in a few queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from aggregates.client.state import CLIENT
from aggregates.kernel import Fact, Stream
from schema.store import Loaded, Part, Store, WrongStreamError, fold


@dataclass
class Decided:
    """What earlier commands came to and the log doesn't say yet; of dossiers they opened only the claims."""

    owners: dict[tuple[str, bytes], UUID] = field(default_factory=dict)
    fingerprints: dict[UUID, bytes] = field(default_factory=dict)
    facts: dict[UUID, tuple[Fact, ...]] = field(default_factory=dict)

    def take(self, part: Part) -> None:
        """Remember it for the commands that come after."""
        self.fingerprints[part.record.id] = part.record.fingerprint
        self.owners.update({(c.kind, c.value): c.owner for c in part.take})
        for change in part.changes:
            if change.loaded.version or change.loaded.stream.kind is not CLIENT:
                self.facts[change.loaded.id] = (*self.facts.get(change.loaded.id, ()), *change.facts)


class Unread(Exception):  # noqa: N818
    """A stream is asked for that was not fetched yet."""


class ReadAhead:
    """What handlers read: what was fetched for all of them, and what was decided since.

    A handler that asks for a stream not fetched yet is stopped by Unread and asked again after `fetch`.
    """

    def __init__(self, store: Store, connection: psycopg.Connection[Any], decided: Decided) -> None:
        self._store, self._connection, self._decided = store, connection, decided
        self._streams: dict[UUID, Loaded[Any]] = {}
        self._owners: dict[tuple[str, bytes], UUID] = {}
        self._asked: set[tuple[str, bytes]] = set()
        self._missing: dict[UUID, Stream[Any]] = {}
        self._unasked: set[tuple[str, bytes]] = set()
        self.seen: list[Loaded[Any]] = []

    def load(self, streams: Sequence[Stream[Any]]) -> list[Loaded[Any]]:
        missing = {s.id: s for s in streams if s.id not in self._streams}
        if missing:
            self._missing |= missing
            raise Unread
        loaded = [self._now(stream) for stream in streams]
        self.seen += loaded
        return loaded

    def _now(self, stream: Stream[Any]) -> Loaded[Any]:
        found = self._streams[stream.id]
        facts = self._decided.facts.get(stream.id, ())
        if found.stream.kind is not stream.kind:
            return Loaded(stream, 0, stream.kind.initial)
        if not facts:
            return found
        state = fold(stream.kind, facts, found.state)
        version = found.version + len(facts)
        return Loaded(stream, version, state, found.facts + facts, found.position, found.keys)

    def claim_owner(self, kind: str, value: str) -> UUID | None:
        """One not asked for yet counts as free until `fetch` says otherwise."""
        claim = kind, self._store.vault.keyed_hash(kind, value)
        if claim not in self._asked:
            self._unasked.add(claim)
        return self._decided.owners.get(claim) or self._owners.get(claim)

    def next_number(self, series: str, year: int) -> int:
        raise RuntimeError("a command that draws a number is carried out alone")

    def keyed_hash(self, purpose: str, value: str) -> str:
        return self._store.vault.keyed_hash(purpose, value).hex()

    def fetch(self) -> bool:
        """Read what was missing, in two queries; answers whether anything was."""
        if not (self._missing or self._unasked):
            return False
        streams, self._missing = list(self._missing.values()), {}
        self._streams |= {loaded.id: loaded for loaded in self._loaded(streams)}
        claims, self._unasked = self._unasked, set()
        self._asked |= claims
        self._owners |= self._store.log.claim_owners(claims, self._connection)
        return True

    def _loaded(self, streams: Sequence[Stream[Any]]) -> Iterator[Loaded[Any]]:
        try:
            yield from self._store.load(streams, self._connection) if streams else ()
        except WrongStreamError:
            for stream in streams:
                try:
                    yield from self._store.load([stream], self._connection)
                except WrongStreamError:
                    yield Loaded(stream, 0, stream.kind.initial)
