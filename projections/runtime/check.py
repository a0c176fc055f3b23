"""Compares live models with new builds of them, row by row at one position."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg

from projections.model import Model
from projections.runtime.builds import Standing, schema_of, standings, sweep
from projections.runtime.connection import FEEDING, REBUILDING, connect, locked
from projections.runtime.rebuild import Builds, Progress, begin, count, silent
from schema.database_roles import DatabaseRole, url_as
from schema.store import Store
from schema.topics import SHAPES

_PATIENCE = 30.0
"""So many seconds a live model may stand still before an erasure it has not heard of."""
_ERASING = [topic for topic, shape in SHAPES.items() if shape.fact_type.DESTROYS]


class LaggingError(RuntimeError):
    """An erasure is in the log that the live models don't get to hear of: the reader does not run."""

    def __str__(self) -> str:
        return "Le lecteur ne suit pas le journal : lancez « portail project ». / The reader does not run."


@dataclass(frozen=True)
class Comparison:
    """What a check found: rows of the live build, and rows that stand in one of the two only."""

    name: str
    position: int
    rows: int
    differences: int
    failed: str | None = None
    """Class of the error for which the model could not be built."""

    @property
    def differs(self) -> bool:
        """Whether the live rows are not those of the log."""
        return self.differences > 0 or self.failed is not None

    def line(self) -> str:
        """For the terminal."""
        found = f"{self.name:16} {self.rows:>9} lignes {self.differences:>6} différences"
        return found if self.failed is None else f"{found}  {self.failed}"


def check(url: str, store: Store, models: Sequence[Model], progress: Progress = silent) -> list[Comparison]:
    """Fill new builds up to the live ones' very positions and compare the rows of both.

    The live models move on meanwhile: both sides are looked at in one snapshot. Waits while a rebuild runs.
    Raises LaggingError.
    """
    with connect(url) as connection, locked(connection, REBUILDING):
        try:
            with begin(url, connection, store, models) as builds, connect_snapshot(url) as snapshot:
                builds.fill({name: s.position for name, s in builds.live.items()}, progress)
                live = _meet(connection, snapshot, builds)
                return list(_compared(snapshot, builds, live, models))
        finally:
            sweep(connection, [model.name for model in models])


def connect_snapshot(url: str) -> psycopg.Connection[Any]:
    """A connection for one long look at one moment."""
    connection: psycopg.Connection[Any] = psycopg.connect(
        url_as(url, DatabaseRole.PROJECT), connect_timeout=2
    )
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _meet(
    connection: psycopg.Connection[Any], snapshot: psycopg.Connection[Any], builds: Builds
) -> dict[str, Standing]:
    """Bring the builds to the live positions, and let the snapshot see both there."""
    stood, moved = -1, time.monotonic()
    while time.monotonic() < moved + _PATIENCE:
        # The reader stands still under the lock: while it has an erasure to catch up with, it needs the time.
        live = standings(connection)
        if _erased_beyond(connection, builds, live):
            if (stands := min(_heard(builds, live), default=0)) != stood:
                stood, moved = stands, time.monotonic()
            time.sleep(0.02)
            continue
        with locked(connection, FEEDING):
            live = standings(connection)
            builds.fill({name: standing.position for name, standing in live.items()})
            # Asked last: what was decoded without its key before this must have been erased by then.
            if not _erased_beyond(connection, builds, live):
                snapshot.execute("select 1")
                return live
    raise LaggingError


def _heard(builds: Builds, live: dict[str, Standing]) -> list[int]:
    """Where the live models stand, parked ones apart."""
    return [s.position for m in builds.numbers if (s := live[m.name]).parked_at is None]


def _erased_beyond(connection: psycopg.Connection[Any], builds: Builds, live: dict[str, Standing]) -> bool:
    """Whether a key is gone whose erasure a live model, parked ones apart, has not heard of yet."""
    heard = _heard(builds, live)
    row = connection.execute(
        "select exists (select 1 from events where position > %s and topic = any(%s))",
        (min(heard, default=2**62), _ERASING),
    ).fetchone()
    return bool(cast("Any", row)[0])


def _compared(
    snapshot: psycopg.Connection[Any], builds: Builds, live: dict[str, Standing], models: Sequence[Model]
) -> Iterator[Comparison]:
    for model in models:
        standing = live[model.name]
        if model.name in builds.failed:
            yield Comparison(model.name, standing.position, 0, 0, builds.failed[model.name][1])
            continue
        pairs = [
            (
                f"rm_{model.name}_{standing.version}_{standing.build}.{table}",
                f"{schema_of(model, builds.numbers[model])}.{table}",
            )
            for table in model.tables
        ]
        yield Comparison(
            model.name,
            standing.position,
            rows=sum(count(snapshot, f"select count(*) from {ours}") for ours, _ in pairs),
            differences=sum(_differences(snapshot, *pair) for pair in pairs),
        )


def _differences(connection: psycopg.Connection[Any], ours: str, theirs: str) -> int:
    return count(
        connection,
        f"select count(*) from ((table {ours} except table {theirs})"
        f" union all (table {theirs} except table {ours})) d",
    )
