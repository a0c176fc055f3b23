"""The one reader: decodes each event once, feeds all models, rows and positions in one transaction."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError

from projections.builds import Standing, schema_of, standings
from projections.model import Model, Rows
from projections.rebuild import ensure_built
from schema.envelope import Recorded
from schema.mapper import StoredFact
from schema.store import Store

_LEADER = 0x70726F6A  # one reader of the read models at a time
_BATCH = 1_000
_TRIES = 5
log = logging.getLogger(__name__)


@dataclass
class _Trouble:
    """A model that stumbled: how often, and when it is tried again."""

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
        self._trouble: dict[str, _Trouble] = {}

    def run(self, stop: threading.Event) -> None:
        """Follow the log; after a lost connection start over."""
        while not stop.is_set():
            try:
                with connect(self._url) as connection:
                    self._lead(connection, stop)
            except (psycopg.OperationalError, OperationalError) as error:
                log.warning("the reader lost its connection: %s", type(error).__name__)
                stop.wait(0.5)

    def _lead(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        while not _locked(connection):
            self._beat()
            if stop.wait(0.5):
                return
        for model in self._models.values():
            ensure_built(connection, self._store, model)
        while not stop.is_set():
            self._beat()
            if not self.step(connection):
                self._pause(connection)

    def _pause(self, connection: psycopg.Connection[Any]) -> None:
        """Look again soon while a committed event is still above the horizon, else wait to be woken."""
        row = connection.execute(
            "select exists (select 1 from events where position >= log_horizon())"
        ).fetchone()
        if row is not None and row[0]:
            time.sleep(0.002)
        else:
            self._wait(0.1 if self._trouble else 2.0)

    def step(self, connection: psycopg.Connection[Any]) -> int:
        """Carry the models over one batch; answers how many events it had."""
        running = [s for s in standings(connection, list(self._models)).values() if self._may_run(s)]
        if not running:
            return 0
        batch = self._store.read_after(min(s.position for s in running), _BATCH, connection)
        if not batch:
            return 0
        names = [s.name for s in running]
        try:
            recorded = [self._store.decode(stored) for stored in batch]
            with connection.transaction():
                self._apply(connection, names, recorded)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise
        except Exception:  # whatever it is, the others must go on
            self._one_by_one(connection, names, batch)
        return len(batch)

    def _may_run(self, standing: Standing) -> bool:
        trouble = self._trouble.get(standing.name)
        return not standing.parked and (trouble is None or time.monotonic() >= trouble.again_at)

    def _apply(
        self, connection: psycopg.Connection[Any], names: Sequence[str], recorded: Sequence[Recorded]
    ) -> None:
        for standing in standings(connection, names, lock=True).values():
            if standing.parked:
                continue
            model = self._models[standing.name]
            rows = Rows(model.tables)
            for event in recorded:
                if event.position > standing.position:
                    model.handle(event, rows)
            rows.flush(connection, schema_of(model, standing.build))
            self._trouble.pop(standing.name, None)
        connection.execute(
            "update read_models set position = greatest(position, %s)"
            " where name = any(%s) and parked_position is null",
            (recorded[-1].position, list(names)),
        )

    def _one_by_one(
        self, connection: psycopg.Connection[Any], names: Sequence[str], batch: Sequence[StoredFact]
    ) -> None:
        """Redo the batch model by model, event by event where needed, until the culprits are found."""
        for name in names:
            standing = standings(connection, [name])[name]
            for stored in batch:
                if stored.position <= standing.position:
                    continue
                try:
                    with connection.transaction():
                        self._apply(connection, [name], [self._store.decode(stored)])
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    raise
                except Exception as error:
                    self._stumbled(connection, name, stored.position, type(error).__name__)
                    break

    def _stumbled(self, connection: psycopg.Connection[Any], name: str, position: int, error: str) -> None:
        trouble = self._trouble.setdefault(name, _Trouble())
        trouble.tries += 1
        trouble.again_at = time.monotonic() + 0.1 * 2**trouble.tries
        log.error("%s stumbles over the event at %s: %s (try %s)", name, position, error, trouble.tries)
        if trouble.tries >= _TRIES:
            connection.execute(
                "update read_models set parked_position = %s, parked_error = %s, parked_since = now()"
                " where name = %s",
                (position, error, name),
            )
            del self._trouble[name]


def resume(connection: psycopg.Connection[Any], name: str) -> bool:
    """Let a parked model try its event again; answers whether it was parked."""
    done = connection.execute(
        "update read_models set parked_position = null, parked_error = null, parked_since = null"
        " where name = %s and parked_position is not null",
        (name,),
    )
    return done.rowcount == 1


def skip(connection: psycopg.Connection[Any], name: str, position: int, who: str) -> bool:
    """Leave out the event a model is parked at, on record; answers whether it was parked there."""
    with connection.transaction():
        done = connection.execute(
            "update read_models set position = parked_position, parked_position = null, parked_error = null,"
            " parked_since = null where name = %s and parked_position = %s",
            (name, position),
        )
        if done.rowcount:
            connection.execute(
                "insert into read_model_skips (name, position, who, at) values (%s, %s, %s, now())",
                (name, position, who),
            )
    return done.rowcount == 1


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection for a reader: its commits need not be flushed, a half-open line is noticed."""
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=2,
        keepalives_idle=2,
        keepalives_interval=1,
        keepalives_count=2,
        tcp_user_timeout=4_000,
        options="-c synchronous_commit=off",
    )


def _locked(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", (_LEADER,)).fetchone()
    return row is not None and bool(row[0])
