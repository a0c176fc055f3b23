"""Carries many commands out in one append: reads are fetched together, each decides as it would alone.

For commands that draw no number, destroy no key and move no account, as those of an import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError

from aggregates.client.state import CLIENT
from aggregates.kernel import Fact, Refused, Stream
from commands.access import Principal, check_scope
from commands.claims import difference
from commands.dispatch import Dispatcher, StreamClashError, clashed, fingerprint
from commands.message import Act, Command
from schema.append import CommandRecord
from schema.envelope import Envelope
from schema.store import Change, Loaded, Part, Store, WrongStreamError, fold

_ROUNDS = 3
"""A handler loads at most so often."""


@dataclass(frozen=True)
class Wish:
    """A command under its id."""

    command: Command
    id: UUID


@dataclass(frozen=True)
class Outcome:
    """What became of a wish; nothing said: it was carried out."""

    before: bytes | None = None
    """Fingerprint of what was carried out under its id already."""
    refused: Refused | StreamClashError | None = None


@dataclass
class Decided:
    """What earlier commands came to and the log doesn't say yet; of dossiers they opened only the claims."""

    owners: dict[tuple[str, bytes], UUID] = field(default_factory=dict)
    fingerprints: dict[UUID, bytes] = field(default_factory=dict)
    facts: dict[UUID, tuple[Fact, ...]] = field(default_factory=dict)

    def take(self, decision: _Decision) -> None:
        """Remember it for the commands that come after."""
        self.fingerprints[decision.wish.id] = decision.fingerprint
        if decision.part is not None:
            self.owners.update({(c.kind, c.value): c.owner for c in decision.part.take})
        for change in decision.changes:
            if change.loaded.version or change.loaded.stream.kind is not CLIENT:
                self.facts[change.loaded.id] = (*self.facts.get(change.loaded.id, ()), *change.facts)


class _Unread(Exception):  # noqa: N818
    """A stream is asked for that was not fetched yet."""


class _Reads:
    """What handlers read: what was fetched for all of them, and what was decided since."""

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
            raise _Unread
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
        raise NotImplementedError("a command that draws a number is carried out alone")

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


@dataclass(frozen=True)
class _Decision:
    """One wish decided, before anything is appended."""

    wish: Wish
    fingerprint: bytes
    outcome: Outcome
    part: Part | None = None

    @property
    def changes(self) -> Sequence[Change]:
        return () if self.part is None else self.part.changes


@dataclass(frozen=True)
class Batches:
    """Carries out what one principal wishes, many at a time."""

    dispatcher: Dispatcher
    who: Principal

    def dispatch(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """All in one transaction; where somebody else wrote the same meanwhile, one by one.

        Raises OperationalError.
        """
        with self._store.log.connection() as connection:
            decisions = self._decide(wishes, Decided(), connection)
            parts = [decision.part for decision in decisions if decision.part and decision.changes]
            try:
                if parts:
                    self._store.append_parts(parts, connection)
            except (IntegrityError, OperationalError) as error:
                if not clashed(error):
                    raise
                return [self._alone(wish, connection) for wish in wishes]
            if parts:
                self.dispatcher.wake()
            return [
                self._alone(d.wish, connection) if d.part and not d.changes else d.outcome for d in decisions
            ]

    def rehearse(self, wishes: Sequence[Wish], decided: Decided) -> list[Outcome]:
        """The same without appending anything; `decided` is what was rehearsed before, and grows."""
        with self._store.log.connection() as connection:
            return [decision.outcome for decision in self._decide(wishes, decided, connection)]

    @property
    def _store(self) -> Store:
        return self.dispatcher.store

    def _decide(
        self, wishes: Sequence[Wish], decided: Decided, connection: psycopg.Connection[Any]
    ) -> list[_Decision]:
        """Each on what is there and what those before it came to."""
        done = self._store.log.fingerprints([wish.id for wish in wishes], connection)
        reads, now = _Reads(self._store, connection, decided), self.dispatcher.clock()
        self._read_ahead([wish for wish in wishes if wish.id not in done], reads, now)
        decisions = []
        for wish in wishes:
            print_ = fingerprint(wish.command, self._store.vault)
            before = done.get(wish.id) or decided.fingerprints.get(wish.id)
            if before is not None:
                decisions.append(_Decision(wish, print_, Outcome(before=before)))
                continue
            try:
                decision = self._decision(wish, print_, reads, now)
                decided.take(decision)
            except Refused as refused:
                decision = _Decision(wish, print_, Outcome(refused=refused))
            decisions.append(decision)
        return decisions

    def _read_ahead(self, wishes: Iterable[Wish], reads: _Reads, now: datetime) -> None:
        """Let all of them ask, answers aside, so that what they read comes in a few queries."""
        for _ in range(_ROUNDS + 1):
            unread = []
            for wish in wishes:
                try:
                    self._handled(wish, reads, now)
                except _Unread:
                    unread.append(wish)
                except Refused:
                    continue
            wishes = unread
            if not reads.fetch():
                return

    def _decision(self, wish: Wish, print_: bytes, reads: _Reads, now: datetime) -> _Decision:
        """Raises Refused."""
        while True:
            reads.seen.clear()
            refused = None
            with suppress(_Unread):
                try:
                    changes, ids, who = self._handled(wish, reads, now)
                except Refused as error:
                    refused = error
            if not reads.fetch():
                break
        if refused is not None:
            raise refused
        take, release = difference(changes, self._store.vault)
        record = CommandRecord(wish.id, print_, ids)
        envelope = Envelope(who.user, who.role, now, wish.id, who.behalf)
        part = Part(changes, envelope, record, take, release, tuple(reads.seen))
        return _Decision(wish, print_, Outcome(), part)

    def _handled(self, wish: Wish, reads: _Reads, now: datetime) -> tuple[list[Change], bytes, Principal]:
        who, scope = self.who.acting(wish.command.ALLOWED)
        act = Act(wish.id, who, now, reads)
        handled = self.dispatcher.handlers[type(wish.command)](wish.command, act)
        check_scope(who, scope, reads.seen)
        ids = orjson.dumps({name: str(made) for name, made in act.ids.items()})
        return [change for change in handled if change.facts], ids, who

    def _alone(self, wish: Wish, connection: psycopg.Connection[Any]) -> Outcome:
        done = self._store.log.fingerprints([wish.id], connection)
        if done:
            return Outcome(before=done[wish.id])
        try:
            self.dispatcher.dispatch(wish.command, self.who, wish.id, connection=connection)
        except (Refused, StreamClashError) as stopped:
            return Outcome(refused=stopped)
        return Outcome()
