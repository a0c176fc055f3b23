"""Carries many commands out in one append: reads are fetched together, each decides as it would alone.

For commands that draw no number, destroy no key and move no account, as those of an import.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError

from aggregates.kernel import Refused
from commands.access import Principal, check_scope
from commands.claims import difference
from commands.dispatch import Dispatcher, StreamClashError, clashed, fingerprint
from commands.message import Act, Command
from commands.reading_ahead import Decided, ReadAhead, Unread
from schema.append import CommandRecord
from schema.envelope import Envelope
from schema.store import Change, Part, Store

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


@dataclass(frozen=True)
class _Decision:
    """One wish decided, before anything is appended."""

    wish: Wish
    outcome: Outcome
    part: Part | None = None
    """What it comes to; None where there is nothing left to do for it."""


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
            parts = [decision.part for decision in decisions if decision.part and decision.part.changes]
            try:
                if parts:
                    self._store.append_parts(parts, connection)
            except (IntegrityError, OperationalError) as error:
                if not clashed(error):
                    raise
                return [self._alone(wish, connection) for wish in wishes]
            if parts:
                self.dispatcher.wake()
            # What came to no event has nothing to stand on in an append: its trace is stored alone.
            return [
                self._alone(d.wish, connection) if d.part and not d.part.changes else d.outcome
                for d in decisions
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
        reads, now = ReadAhead(self._store, connection, decided), self.dispatcher.clock()
        self._read_ahead([wish for wish in wishes if wish.id not in done], reads, now)
        decisions = []
        for wish in wishes:
            print_ = fingerprint(wish.command, self._store.vault)
            before = done.get(wish.id) or decided.fingerprints.get(wish.id)
            if before is not None:
                decisions.append(_Decision(wish, Outcome(before=before)))
                continue
            try:
                part = self._part(wish, print_, reads, now)
            except Refused as refused:
                decisions.append(_Decision(wish, Outcome(refused=refused)))
                continue
            decided.take(part)
            decisions.append(_Decision(wish, Outcome(), part))
        return decisions

    def _read_ahead(self, wishes: Iterable[Wish], reads: ReadAhead, now: datetime) -> None:
        """Let all of them ask, answers aside, so that what they read comes in a few queries."""
        for _ in range(_ROUNDS + 1):
            unread = []
            for wish in wishes:
                try:
                    self._handled(wish, reads, now)
                except Unread:
                    unread.append(wish)
                except Refused:
                    continue
            wishes = unread
            if not reads.fetch():
                return

    def _part(self, wish: Wish, print_: bytes, reads: ReadAhead, now: datetime) -> Part:
        """Decided once all it asks for was fetched. Raises Refused."""
        while True:
            reads.seen.clear()
            refused = None
            with suppress(Unread):
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
        return Part(changes, envelope, record, take, release, tuple(reads.seen))

    def _handled(self, wish: Wish, reads: ReadAhead, now: datetime) -> tuple[list[Change], bytes, Principal]:
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
