"""Follows the log for all processors: position and outbox rows in one transaction, then the wake-up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import OperationalError

from commands.dispatch import Dispatcher
from processors.runtime import erasing, errands, outbox, timers
from processors.runtime.effects import Again, Asked, CardRefund, Do, Forget, Mail, Processor
from processors.runtime.payments import intents
from schema.database_roles import DatabaseRole
from schema.envelope import Recorded
from schema.gathering import gather
from schema.line import line
from schema.mapper import StoredFact
from schema.parking import resume_newer
from schema.store import Store

_LEADER = 0x70726F63  # one process follows the log for the processors
_BATCH = 500
_SWEEP_SECONDS = 30.0
_ANSWERS_FIRST = 10.0
_TRIED_AGAIN_HOURS = 24.0
log = logging.getLogger(__name__)


class Runtime:
    """Runs until stopped; a second one waits for the first one's lock."""

    def __init__(
        self,
        url: str,
        store: Store,
        processors: Sequence[Processor],
        *,
        dispatcher: Dispatcher,
        enqueue: Callable[[Sequence[UUID]], None],
        room: Callable[[], int],
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
        beat: Callable[[], None] = lambda: None,
        sweep_seconds: float = _SWEEP_SECONDS,
    ) -> None:
        self._url = url
        self._store = store
        self._processors = {p.name: p for p in processors}
        self._dispatcher = dispatcher
        self._enqueue = enqueue
        self._room = room
        self._clock = clock
        self._wait = wait
        self._beat = beat
        self._sweep_seconds = sweep_seconds
        self._next_sweep = 0.0

    def run(self, stop: threading.Event) -> None:
        """Follow the log; after a lost connection start over."""
        while not stop.is_set():
            try:
                with connect(self._url) as connection:
                    self._lead(connection, stop)
            except (psycopg.OperationalError, OperationalError) as error:
                log.warning("the processors lost their connection: %s", type(error).__name__)
                # Workers that heard a yes meanwhile mark it first, before their rows are driven again.
                self._next_sweep = time.monotonic() + min(_ANSWERS_FIRST, self._sweep_seconds)
                stop.wait(0.5)

    def _lead(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        while connection.execute("select pg_try_advisory_lock(%s)", (_LEADER,)).fetchone() != (True,):
            self._beat()
            if stop.wait(0.5):
                return
        self.start(connection)
        while not stop.is_set():
            self._beat()
            self._sweep(connection)
            done = self.step(connection)
            fired = self.fire(connection) if done < _BATCH else 0
            carried_out = self.carry_out(connection)
            if done:
                gather(done)
            elif not fired and not carried_out:
                self._pause(connection)

    def start(self, connection: psycopg.Connection[Any]) -> None:
        """A processor met for the first time begins at the log's end: the past sends nothing, ever."""
        begin(connection, list(self._processors))
        resume_newer(connection, "processors")
        timers.try_again(connection)
        errands.try_again(connection)
        timers.seed(connection, self._store, self._processors, self._clock())

    def step(self, connection: psycopg.Connection[Any]) -> int:
        """Carry the processors over one batch, in one transaction; answers how many events it had."""
        rows = connection.execute(
            "select name, greatest(position, since) from processors"
            " where name = any(%s) and parked_position is null",
            (list(self._processors),),
        ).fetchall()
        positions: dict[str, int] = dict(rows)
        if not positions:
            return 0
        batch = self._store.read_after(min(positions.values()), _BATCH, connection)
        if not batch:
            return 0
        decoded = [(stored.position, self._decoded(stored)) for stored in batch]
        turns = [_turn(self._processors[name], at, decoded) for name, at in positions.items()]
        with connection.transaction():
            made = _store(connection, [asked for turn in turns for asked in turn.asked])
            timers.keep(connection, [timer for turn in turns for timer in turn.to_set])
            refunds = [refund for turn in turns for refund in turn.refunds]
            intents.keep_refunds(connection, refunds, self._clock())
            erasing.keep(connection, [forget for turn in turns for forget in turn.to_forget])
            _move(connection, turns)
        self._enqueue(made)
        return len(batch)

    def fire(self, connection: psycopg.Connection[Any]) -> int:
        """Let follow what is due by the school's clock; answers how many timers fired."""
        now = self._clock()
        found = timers.due(connection, now)
        for id_, name, due_now in found:
            try:
                processor = self._processors[name]
                asked = timers.effects_of(processor, due_now, self._store.recorded(due_now.stream))
            except (psycopg.OperationalError, OperationalError):
                raise
            except Exception as error:  # the others must go on
                log.error("timer %s of %s failed: %s", id_, name, type(error).__name__)
                timers.done(connection, id_, now, error)
                continue
            with connection.transaction():
                made = _store(connection, asked)
                timers.done(connection, id_, now)
            self._enqueue(made)
        return len(found)

    def carry_out(self, connection: psycopg.Connection[Any]) -> int:
        """Send the commands that were asked for; answers how many were tried."""
        return errands.carry_out(connection, self._dispatcher)

    def _decoded(self, stored: StoredFact) -> Recorded | Exception:
        try:
            return self._store.decode(stored)
        except Exception as error:
            return error

    def _sweep(self, connection: psycopg.Connection[Any]) -> None:
        """Drive again what a lost message or a dead worker left behind."""
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + self._sweep_seconds
            errands.try_again(connection, _TRIED_AGAIN_HOURS)
            self._enqueue(outbox.due(connection, self._room()))

    def _pause(self, connection: psycopg.Connection[Any]) -> None:
        row = connection.execute(
            "select exists (select 1 from events where position >= log_horizon())"
        ).fetchone()
        if row == (True,):
            time.sleep(0.002)
        else:
            self._wait(2.0)


def begin(connection: psycopg.Connection[Any], names: Sequence[str]) -> None:
    """Let processors that are new begin at the log's end; the others go on where they are."""
    connection.execute(
        "insert into processors (name, position, since) select n, here, here from unnest(%s::text[]) n,"
        " (select coalesce(max(position), 0) from events where position < log_horizon()) as log (here)"
        " on conflict do nothing",
        (list(names),),
    )


def pass_over(connection: psycopg.Connection[Any], names: Sequence[str]) -> None:
    """Let these processors begin after all that is in the log by now, such as a demo school."""
    begin(connection, names)
    connection.execute(
        "update processors set position = here, since = here, seeded = false"
        " from (select max(position) from events) as log (here) where name = any(%s) and here is not null",
        (list(names),),
    )


def connect(url: str, name: str = "portail clock") -> psycopg.Connection[Any]:
    """A connection whose commits are flushed before mails leave; both ends notice a dead line."""
    return line(url, DatabaseRole.SERVICE, name, "synchronous_commit=on")


@dataclass
class _Turn:
    """How far one processor comes in a batch, what it asks for, and what it stumbles over."""

    name: str
    position: int
    asked: list[Asked] = field(default_factory=list)
    to_set: list[timers.Set] = field(default_factory=list)
    refunds: list[CardRefund] = field(default_factory=list)
    to_forget: list[Forget] = field(default_factory=list)
    parked_at: int | None = None
    error: str | None = None


def _turn(processor: Processor, position: int, batch: Sequence[tuple[int, Recorded | Exception]]) -> _Turn:
    turn = _Turn(processor.name, position)
    for at, event in batch:
        if at <= position:
            continue
        try:
            if isinstance(event, Exception):
                raise event
            effects = processor.react(event)
            turn.asked += [
                Asked(processor.key(event, e), event, e) for e in effects if isinstance(e, Mail | Do | Again)
            ]
            turn.to_set += timers.set_by(processor.name, event, effects)
            turn.refunds += [e for e in effects if isinstance(e, CardRefund)]
            turn.to_forget += [e for e in effects if isinstance(e, Forget)]
        except Exception as error:  # the others must go on
            turn.parked_at, turn.error = at, type(error).__name__
            log.error("processor %s is parked at %s: %s", turn.name, at, turn.error)
            break
        turn.position = at
    return turn


def _move(connection: psycopg.Connection[Any], turns: Sequence[_Turn]) -> None:
    """All in one statement: this is done for every few events."""
    rows = [(turn.name, turn.position, turn.parked_at, turn.error) for turn in turns]
    connection.execute(
        "update processors p set position = t.position, parked_position = t.parked, parked_error = t.error,"
        " parked_since = case when t.parked is not null then now() end"
        " from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[])"
        " as t (name, position, parked, error) where p.name = t.name and p.parked_position is null",
        [list(column) for column in zip(*rows, strict=True)],
    )


def _store(connection: psycopg.Connection[Any], asked: Sequence[Asked]) -> list[UUID]:
    """Ids of the mails to be sent at once; a cause that has its row already makes no second one (COM-3)."""
    errands.keep(connection, asked)
    return outbox.keep(connection, asked)
