"""The one reader: follows the log for all models, parks the one that stumbles, survives lost lines."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError

from projections.model import Model, Rows
from projections.runtime.builds import Standing, add_missing, standings
from projections.runtime.connection import FEEDING, STATEMENT_SECONDS, Watchdog, connect
from projections.runtime.feeding import BatchSize, Seen, decoded, prepare, write
from projections.runtime.leadership import Leadership
from projections.runtime.rebuild import Renewal
from schema.gathering import gather
from schema.parking import resume_newer
from schema.store import Store

POLL_SECONDS = 2.0
"""The reader looks at the log this often though nobody woke it."""
TRIES = 5
"""Times that an event is handed to a model before the model is parked."""
_CAREFUL = 50
_SOON, _SOONEST = 0.02, 0.002
log = logging.getLogger(__name__)


@dataclass
class Trouble:
    """A model that stumbled: over which event, how often, and when it is tried again."""

    position: int = 0
    tries: int = 0
    again_at: float = 0.0


class Reader:
    """Runs until stopped; a second reader waits for the first one's lock."""

    def __init__(
        self,
        url: str,
        store: Store,
        models: Sequence[Model],
        *,
        wait: Callable[[float], None],
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._store = store
        self._models = {model.name: model for model in models}
        self._wait = wait
        self._beat = beat
        self._leadership = Leadership()
        self._trouble: dict[str, Trouble] = {}
        self._size = BatchSize()
        self._took = 0.0

    def run(self, stop: threading.Event) -> None:
        """Follow the log; after a lost connection start over."""
        while not stop.is_set():
            try:
                with connect(self._url, STATEMENT_SECONDS) as connection:
                    self._lead(connection, stop)
            except (psycopg.OperationalError, psycopg.InterfaceError, OperationalError) as error:
                log.warning("the reader starts over: %s", type(error.__cause__ or error).__name__)
                self._size.shrink()
                stop.wait(0.2)

    def _lead(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        with Watchdog(connection) as watchdog:
            while not stop.is_set():
                self._beat()
                with watchdog.step():
                    leads = self._leadership.taken(connection)
                if leads:
                    break
                stop.wait(0.2)
            else:
                return
            with watchdog.step():
                add_missing(connection, self._models.values())
                for name in resume_newer(connection, "read_models"):
                    log.warning("%s tries again a fact that an older release didn't know", name)
            with Renewal(self._url, self._store, list(self._models.values())):
                while not stop.is_set():
                    self._beat()
                    with watchdog.step():
                        pause = self._step_or_pause(connection)
                    if pause:
                        self._wait(pause)

    def _step_or_pause(self, connection: psycopg.Connection[Any]) -> float:
        """One step; how long to wait when there was nothing to do."""
        done = self.step(connection)
        if done:
            self._leadership.beat(connection, caught_up=False)
            gather(done)
            return 0
        if self._leadership.horizon_is_held(connection):
            self._leadership.beat(connection, caught_up=False)
            time.sleep(_SOONEST if self._leadership.held_seconds < 1 else _SOON)
            return 0
        self._leadership.beat(connection, caught_up=True)
        return 0.1 if self._trouble else POLL_SECONDS

    def step(self, connection: psycopg.Connection[Any]) -> int:
        """Carry the models over one batch; answers how many events were handed out.

        Models that lag, after a repair or because they stumbled, catch up apart from the others.
        """
        running = [s for s in standings(connection).values() if self._runs(s)]
        sound = [s for s in running if s.name not in self._trouble]
        front = max((s.position for s in running), default=0)
        done = 0
        if sound:
            front = max(s.position for s in sound)
            level = [s for s in sound if s.position == front]
            lagging = [s for s in sound if s.position < front]
            if lagging:
                done += self._feed(connection, lagging, self._size.size, upto=front)
            done += self._feed(connection, level, self._size.size)
        for standing in running:
            trouble = self._trouble.get(standing.name)
            if trouble is not None and time.monotonic() >= trouble.again_at:
                done += self._feed_carefully(connection, standing, trouble)
        return done

    def _runs(self, standing: Standing) -> bool:
        """Not parked, and its live build is of this release's version."""
        model = self._models.get(standing.name)
        return model is not None and model.version == standing.version and standing.parked_at is None

    def _feed(
        self,
        connection: psycopg.Connection[Any],
        at: Sequence[Standing],
        most: int,
        upto: int | None = None,
    ) -> int:
        """Hand these models the next events; who stumbles is left where it is. Answers their number."""
        batch = self._store.read_after(min(s.position for s in at), most, connection)
        events = decoded(self._store, [e for e in batch if upto is None or e.position <= upto])
        if not events:
            return 0
        stumbled = self._hand_out(connection, at, events)
        for name in stumbled:
            self._trouble.setdefault(name, Trouble())
        return len(events)

    def _hand_out(
        self, connection: psycopg.Connection[Any], at: Sequence[Standing], events: Sequence[Seen]
    ) -> dict[str, Exception]:
        """All or nothing first; when that fails, again with the models apart."""
        prepared = prepare(self._models, at, events)
        expected = {s.name: s for s in at if s.name in prepared.rows}
        try:
            self._write(connection, expected, prepared.rows, events[-1].position, apart=False)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise
        except Exception:  # whose fault it is, shows when they are apart
            failed = self._write(connection, expected, prepared.rows, events[-1].position, apart=True)
            return prepared.stumbled | failed
        self._size.learn(len(events), self._took)
        return prepared.stumbled

    def _write(
        self,
        connection: psycopg.Connection[Any],
        expected: Mapping[str, Standing],
        rows: Mapping[str, Rows],
        position: int,
        *,
        apart: bool,
    ) -> dict[str, Exception]:
        """One transaction: the rows of the models that still stand as expected, and their positions."""
        # One journey for what needs no answer: else each of a dozen statements waits for its turn.
        with nullcontext() if apart else connection.pipeline(), connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (FEEDING,))
            begun = time.monotonic()
            now = standings(connection)
            still = {name: s for name, s in expected.items() if now.get(name) == s}
            builds = {name: s.build for name, s in still.items()}
            failed = write(
                connection, self._models, builds, {name: rows[name] for name in still}, apart=apart
            )
            self._move(connection, still.keys() - failed.keys(), position)
        self._took = time.monotonic() - begun
        return failed

    @staticmethod
    def _move(connection: psycopg.Connection[Any], names: Collection[str], position: int) -> None:
        connection.execute(
            "update read_models set position = %s where name = any(%s)", (position, sorted(names))
        )

    def _feed_carefully(
        self, connection: psycopg.Connection[Any], standing: Standing, trouble: Trouble
    ) -> int:
        """One event per transaction, until the model is past its trouble or stumbles again."""
        batch = self._store.read_after(standing.position, _CAREFUL, connection)
        for done, stored in enumerate(batch):
            events = decoded(self._store, [stored])
            failed = self._hand_out(connection, [standing], events).get(standing.name)
            if failed is not None:
                self._stumble(connection, standing.name, stored.position, failed, trouble)
                return done
            standing = standings(connection)[standing.name]
        if not batch or 0 < trouble.position <= standing.position:
            del self._trouble[standing.name]
        return len(batch)

    def _stumble(
        self,
        connection: psycopg.Connection[Any],
        name: str,
        position: int,
        error: Exception,
        trouble: Trouble,
    ) -> None:
        trouble.tries = trouble.tries + 1 if trouble.position == position else 1
        trouble.position = position
        trouble.again_at = time.monotonic() + 0.05 * 2**trouble.tries
        kind = type(error.__cause__ or error).__name__
        log.error("%s stumbles over the event at %s: %s (try %s)", name, position, kind, trouble.tries)
        if trouble.tries >= TRIES:
            connection.execute(
                "update read_models set parked_position = %s, parked_error = %s, parked_since = now()"
                " where name = %s",
                (position, kind, name),
            )
            del self._trouble[name]
