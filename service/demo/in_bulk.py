"""Carries commands out on states kept in memory, and appends what many of them come to at once.

For large demo schools only: handlers, decisions and rows are those of the real path, but nobody else may
write meanwhile, and a run that was broken off is not taken up again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import orjson

from aggregates.kernel import SCOPES, Fact, Scope, Stream
from commands import accounts
from commands.access import Principal, check_scope
from commands.claims import held, untouched
from commands.dispatch import fingerprint
from commands.message import Act, Answer, Command
from schema.append import MAX_EVENTS, Claim, CommandRecord, Effect
from schema.envelope import Envelope, Recorded
from schema.keys import Keyring
from schema.mapper import FactMapper, StoredFact
from schema.store import Change, Loaded, Store
from service.bootstrap import WriteSide

_EVENTS = MAX_EVENTS // 2


class LogNotEmptyError(Exception):
    """Somebody wrote already: what is in the log is not in memory."""

    def __str__(self) -> str:
        return "Le journal n'est pas vide. / The log is not empty."


class _Reads:
    """What a handler may read: everything is in memory."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk
        self.seen: list[Loaded[Any]] = []

    def load(self, streams: Sequence[Stream[Any]]) -> list[Loaded[Any]]:
        found = [self._bulk.state_of(stream) for stream in streams]
        self.seen += found
        return found

    def claim_owner(self, kind: str, value: str) -> UUID | None:
        return self._bulk.owners.get((kind, value))

    def next_number(self, series: str, year: int) -> int:
        return self._bulk.next_number(series, year)

    def keyed_hash(self, purpose: str, value: str) -> str:
        return self._bulk.side.store.vault.keyed_hash(purpose, value).hex()


class Bulk:
    """A context: what is not yet appended is, when it ends well. Raises LogNotEmptyError."""

    def __init__(self, side: WriteSide) -> None:
        self.side = side
        self.owners: dict[tuple[str, str], UUID] = {}
        self._streams: dict[UUID, Loaded[Any]] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self._keyring = Keyring()
        self._mapper = FactMapper(side.store.vault, self._keyring)
        self._writer = ThreadPoolExecutor(1)
        self._written: Future[None] | None = None
        self._forget()

    def _forget(self) -> None:
        """Everything so far is in the log."""
        self._rows: list[StoredFact] = []
        self._commands: list[tuple[CommandRecord, int]] = []
        self._owners_before: dict[tuple[str, str], UUID | None] = {}
        self._destroyed: list[tuple[UUID, Scope]] = []
        self._moved: list[accounts.Moved] = []
        self._keyring.made = []

    def __enter__(self) -> Self:
        if self.side.store.log.max_notification_id() is not None:
            raise LogNotEmptyError
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._append()
                self._settle()
        finally:
            self._writer.shutdown()
            gc.unfreeze()

    def dispatch(self, command: Command, who: Principal, command_id: UUID, now: datetime) -> Answer:
        """As the dispatcher does, but that its position is told by nobody yet. Raises Refused."""
        acting, scope = who.acting(command.ALLOWED)
        reads = _Reads(self)
        act = Act(command_id, acting, now, reads)
        handled = self.side.dispatcher.handlers[type(command)](command, act)
        check_scope(acting, scope, reads.seen)
        changes = [change for change in handled if change.facts]
        ids = orjson.dumps({name: str(made) for name, made in act.ids.items()})
        if changes:
            self._take(changes, Envelope(acting.user, acting.role, now, command_id, acting.behalf))
            record = CommandRecord(command_id, fingerprint(command, self.side.store.vault), ids)
            self._commands.append((record, len(self._rows) - 1))
        if len(self._rows) >= _EVENTS or self._destroyed:
            self._append()
        return Answer(position=0, ids=ids)

    def state_of(self, stream: Stream[Any]) -> Loaded[Any]:
        """The stream as it is after all commands so far."""
        return self._streams.get(stream.id) or Loaded(stream, 0, stream.kind.initial)

    def next_number(self, series: str, year: int) -> int:
        """The next number of a series."""
        self._numbers[series, year] = self._numbers.get((series, year), 0) + 1
        return self._numbers[series, year]

    def _take(self, changes: Sequence[Change], envelope: Envelope) -> None:
        facts = [fact for change in changes for fact in change.facts]
        # A key is made and destroyed, or made again, in different appends: one statement sees it once.
        if any(fact.DESTROYS or (fact.OPENS and fact.OPENS != SCOPES) for fact in facts):
            self._append()
        around = {visible: envelope.to_bytes(visible=visible) for visible in (True, False)}
        self._moved += accounts.moved(changes)
        for change in changes:
            before = change.loaded
            self._open_keys(change.facts)
            self._rows += [
                self._mapper.to_stored_event(
                    Recorded(before.id, before.version + n, 0, around[fact.VISIBLE], fact)
                )
                for n, fact in enumerate(change.facts, 1)
            ]
            self._claim(before.id, before.state, change.after)
            self._streams[before.id] = Loaded(before.stream, before.version + len(change.facts), change.after)
        self._destroyed += [(fact.person, scope) for fact in facts for scope in fact.DESTROYS]  # type: ignore[attr-defined]

    def _open_keys(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            for scope in fact.OPENS:
                self._keyring.open(fact.person, scope, self.side.store.vault)  # type: ignore[attr-defined]
                self._keyring.generations[fact.person, scope] = self._keyring.made[-1][1].generation  # type: ignore[attr-defined]

    def _claim(self, owner: UUID, before: Any, after: Any) -> None:
        if untouched(before, after):
            return
        had, has = set(held(before)), set(held(after))
        for claim in had ^ has:
            self._owners_before.setdefault(claim, self.owners.get(claim))
        for claim in had - has:
            del self.owners[claim]
        self.owners |= dict.fromkeys(has - had, owner)

    def _append(self) -> None:
        """Hand what was done so far to the writer: while it waits for the disk, the next is decided."""
        if not self._rows:
            return
        store, keyring = self.side.store, self._keyring
        effect = Effect(
            take=[self._hashed(c, self.owners[c]) for c in self._owners_before if c in self.owners],
            release=[self._hashed(c, owner) for c, owner in self._owners_before.items() if owner is not None],
            new_keys=list(keyring.made),
            wrapped_keys=[store.vault.wrap(key.key) for _, key in keyring.made],
            destroy=self._destroyed,
        )
        write = partial(_write, store, self._rows, effect, self._commands, dict(self._numbers), self._moved)
        self._settle()
        self._written = self._writer.submit(write)
        for person, scope in self._destroyed:
            with suppress(KeyError):
                del keyring.current[person, scope]
        self._forget()
        # All that is kept in memory is kept to the end: the collector need not walk it again and again.
        gc.freeze()

    def _settle(self) -> None:
        """Wait for the append that is under way; one at a time, in order."""
        if self._written is not None:
            self._written.result()

    def _hashed(self, claim: tuple[str, str], owner: UUID) -> Claim:
        kind, value = claim
        return Claim(kind, self.side.store.vault.keyed_hash(kind, value), owner)


def _write(
    store: Store,
    rows: Sequence[StoredFact],
    effect: Effect,
    commands: Sequence[tuple[CommandRecord, int]],
    numbers: Mapping[tuple[str, int], int],
    moved: Sequence[accounts.Moved],
) -> None:
    """One transaction: events, claims, keys, commands, numbers."""
    with store.log.connection() as connection, connection.transaction():
        positions = store.log.insert_events(rows, effect=effect, connection=connection)
        store.log.keep_commands([(c, positions[last]) for c, last in commands], connection)
        connection.cursor().executemany(
            "insert into series (name, year, last) values (%s, %s, %s)"
            " on conflict (name, year) do update set last = excluded.last",
            [(name, year, last) for (name, year), last in numbers.items()],
        )
        accounts.settle(connection, moved, store.vault)
