"""Fills models anew beside the live ones in short transactions, then switches; readers notice nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, cast

import psycopg
from eventsourcing.persistence import OperationalError

from projections.model import Model, Rows
from projections.runtime.builds import (
    Standing,
    add_missing,
    analyse,
    new_build,
    standings,
    sweep,
    switch,
)
from projections.runtime.connection import FEEDING, REBUILDING, connect, locked
from projections.runtime.feeding import NO_END, Seen, decoded, hand_out
from projections.runtime.writing import Here, Writer, beside, statements_of
from schema.store import Store

Progress = Callable[[int, int], None]
"""Gets the number of events done and of all there are."""
_EVENTS = 2_000
"""So many are gathered before their rows are written."""
_LONG = 20_000
"""Above so many events a process to write beside saves more time than its start costs."""
_SWEEPS = 20
log = logging.getLogger(__name__)


def silent(_done: int, _all: int) -> None:
    """Nobody looks on."""


@dataclass
class Builds:
    """New builds of some models, filled together: each event is decoded once."""

    connection: psycopg.Connection[Any]
    store: Store
    writer: Writer
    numbers: dict[Model, int]
    live: Mapping[str, Standing]
    """As the live models stood when this began."""
    reached: dict[Model, int]
    failed: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Models left out: position of the event they stumbled over, or of the last of those whose rows could not
    be written, and the error's class."""
    _done: int = 0

    def fill(self, upto: Mapping[str, int] | None = None, progress: Progress = silent) -> None:
        """Go on to the end of the log, or each model exactly to its position in `upto`."""
        total = count(self.connection, "select count(*) from events")
        while behind := [m for m in self.numbers if upto is None or self.reached[m] < upto[m.name]]:
            batch = self.store.read_after(min(self.reached[m] for m in behind), _EVENTS, self.connection)
            if not batch:
                break
            stops = {m: NO_END if upto is None else upto[m.name] for m in behind}
            rows = self._rows(decoded(self.store, batch), stops)
            self._settle()
            self._write(rows)
            self.reached |= {m: max(self.reached[m], min(stops[m], batch[-1].position)) for m in behind}
            self._done += len(batch)
            progress(self._done, max(self._done, total))
            if upto is None and len(batch) < _EVENTS:
                break
        self._settle()

    def _rows(self, events: Sequence[Seen], stops: Mapping[Model, int]) -> dict[Model, Rows]:
        found: dict[Model, Rows] = {}
        for model, stop in stops.items():
            rows, start = Rows(model.tables), self.reached[model]
            stumbled = hand_out(model, events, rows, above=start, upto=stop, but=self._skipped(model))
            if stumbled is None:
                found[model] = rows
            else:
                self._leave_out(model, *stumbled)
        return found

    def _skipped(self, model: Model) -> frozenset[int]:
        live = self.live.get(model.name)
        return live.skipped if live is not None and live.version == model.version else frozenset()

    def _write(self, rows: Mapping[Model, Rows]) -> None:
        size = self.writer.written().size
        left = {model: changed for model, changed in rows.items() if model in self.numbers}
        self.writer.write(
            [
                statement
                for model, changed in left.items()
                for statement in statements_of(model, self.numbers[model], changed, size)
            ]
        )

    def _settle(self) -> None:
        """What became of the rows written last."""
        failed = self.writer.written().failed
        for model in [model for model in self.numbers if model.name in failed]:
            self._leave_out(model, self.reached[model], failed[model.name])

    def _leave_out(self, model: Model, position: int, error: Exception | str) -> None:
        kind = error if isinstance(error, str) else type(error.__cause__ or error).__name__
        self.failed[model.name] = (position, kind)
        del self.numbers[model]


@contextmanager
def begin(
    url: str, connection: psycopg.Connection[Any], store: Store, models: Sequence[Model]
) -> Iterator[Builds]:
    """Empty builds of these models; the caller holds the lock on rebuilding."""
    sweep(connection, [model.name for model in models])
    numbers = {model: new_build(connection, model) for model in models}
    long = count(connection, "select count(*) from events") > _LONG
    with beside(url) if long else nullcontext(Here(connection)) as writer:
        yield Builds(connection, store, writer, numbers, standings(connection), dict.fromkeys(models, 0))


def rebuild(
    url: str, store: Store, models: Sequence[Model], progress: Progress = silent
) -> dict[str, tuple[int, str]]:
    """Fill new builds of these models and make them the live ones, all at once.

    Answers the models that could not be built, with the position and the error's class; their live builds
    stay. Waits while another rebuild runs. Raises LockNotAvailable when queries never let it switch.
    """
    with connect(url) as connection, locked(connection, REBUILDING):
        add_missing(connection, models)
        with begin(url, connection, store, models) as builds:
            builds.fill(progress=progress)
            for model, build in builds.numbers.items():
                analyse(connection, model, build)
            builds.fill()
            with locked(connection, FEEDING):
                live = standings(connection)
                while any(builds.reached[m] < live[m.name].position for m in builds.numbers):
                    builds.fill()
                switch(connection, builds.numbers, builds.reached)
        for _ in range(_SWEEPS):
            if not sweep(connection, [model.name for model in models]):
                break
            time.sleep(0.1)
    return builds.failed


class Renewal:
    """A context in which models whose live build is of another version are built anew, in a thread."""

    def __init__(self, url: str, store: Store, models: Sequence[Model]) -> None:
        self._url = url
        self._store = store
        self._models = models
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()

    def _run(self) -> None:
        pause = 1.0
        while not self._left.wait(0 if pause == 1.0 else pause):
            try:
                outdated = self._outdated()
                if not outdated or not rebuild(self._url, self._store, outdated):
                    return
            except (psycopg.Error, OperationalError) as error:
                log.warning("building anew starts over: %s", type(error.__cause__ or error).__name__)
            pause = min(60.0, pause * 2)

    def _outdated(self) -> list[Model]:
        """Models of another version; what they show is stale until the new build is live."""
        with connect(self._url) as connection:
            live = standings(connection)
            outdated = [m for m in self._models if m.name in live and live[m.name].version != m.version]
            connection.execute(
                "update read_models set parked_since = now(), parked_error = 'OtherVersion'"
                " where name = any(%s) and parked_since is null",
                ([model.name for model in outdated],),
            )
        return outdated


def count(connection: psycopg.Connection[Any], query: str) -> int:
    """The one number a query answers."""
    row = connection.execute(cast("Any", query)).fetchone()
    return int(cast("Any", row)[0])
