"""Fills a model anew beside the live one in short transactions, then switches, or compares the two."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import psycopg

from projections.builds import drop_build, new_build, schema_of, standings, switch
from projections.model import Model, Rows
from schema.store import Store

Progress = Callable[[int, int], None]
"""Gets the position reached and the one to reach."""
_LONGEST = 0.02  # seconds a transaction may hold the readers' horizon back
_ALL = 2**62


@dataclass(frozen=True)
class Comparison:
    """What a check found: rows compared, and rows that stand in one build only."""

    rows: int
    differences: int


def ensure_built(connection: psycopg.Connection[Any], store: Store, model: Model) -> None:
    """Build the model unless its live build is of this version."""
    live = standings(connection, [model.name]).get(model.name)
    if live is None or live.version != model.version:
        rebuild(connection, store, model)


def rebuild(
    connection: psycopg.Connection[Any],
    store: Store,
    model: Model,
    progress: Progress = lambda _reached, _goal: None,
) -> None:
    """Fill a new build and make it the live one; readers never see it half full."""
    build = new_build(connection, model)
    reached = _fill(connection, store, model, build, 0, _ALL, progress)
    with connection.transaction():
        live = standings(connection, [model.name], lock=True).get(model.name)
        reached = _fill(connection, store, model, build, reached, _ALL, progress)
        switch(connection, model, build, reached)
    if live is not None:
        drop_build(connection, f"rm_{model.name}_{live.version}_{live.build}")


def check(
    connection: psycopg.Connection[Any],
    store: Store,
    model: Model,
    progress: Progress = lambda _reached, _goal: None,
) -> Comparison:
    """Fill a new build up to the live one's very position and compare the rows of both."""
    build = new_build(connection, model)
    try:
        before = standings(connection, [model.name])[model.name].position
        reached = _fill(connection, store, model, build, 0, before, progress)
        with connection.transaction():
            live = standings(connection, [model.name], lock=True)[model.name]
            _fill(connection, store, model, build, reached, live.position, progress)
            pairs = [
                (f"{schema_of(model, live.build)}.{table}", f"{schema_of(model, build)}.{table}")
                for table in model.tables
            ]
            return Comparison(
                rows=sum(_count(connection, f"select count(*) from {ours}") for ours, _ in pairs),
                differences=sum(_differences(connection, *pair) for pair in pairs),
            )
    finally:
        drop_build(connection, schema_of(model, build))


def _fill(
    connection: psycopg.Connection[Any],
    store: Store,
    model: Model,
    build: int,
    start: int,
    upto: int,
    progress: Progress,
) -> int:
    """Carry a build on to `upto`; answers the position reached. Batches grow while they stay short."""
    place, reached, size = schema_of(model, build), start, 200
    goal = _count(connection, "select coalesce(max(position), 0) from events")
    while True:
        batch = [s for s in store.read_after(reached, size, connection) if s.position <= upto]
        if not batch:
            return reached
        rows = Rows(model.tables)
        for stored in batch:
            model.handle(store.decode(stored), rows)
        begun = time.monotonic()
        with connection.transaction():
            rows.flush(connection, place)
        took = time.monotonic() - begun
        size = (
            max(50, size // 2) if took > _LONGEST else min(2_000, size * 2) if took < _LONGEST / 3 else size
        )
        reached = batch[-1].position
        progress(reached, min(goal, upto))


def _differences(connection: psycopg.Connection[Any], ours: str, theirs: str) -> int:
    return _count(
        connection,
        f"select count(*) from ((table {ours} except table {theirs})"
        f" union all (table {theirs} except table {ours})) d",
    )


def _count(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(cast("Any", query)).fetchone()
    assert row is not None
    return int(row[0])
