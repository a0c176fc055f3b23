"""rebuild_all: every read model from the whole log, beside decoding them once and copying ready rows."""

from __future__ import annotations

import time
from typing import Any, cast

import psycopg

from bench.harness import Figure, median, ratio
from projections.model import Model
from projections.runtime.builds import Standing, new_build, schema_of, standings, sweep
from projections.runtime.connection import connect
from projections.runtime.rebuild import count, rebuild
from schema.store import Store
from service.bootstrap import MODELS, WriteSide

_BATCH = 2_000
Ready = list[tuple[Model, str, bytes]]
"""Model, table, its rows as a binary COPY."""


def rebuilds(side: WriteSide, url: str, rounds: int) -> dict[str, Figure]:
    """Events per second, of what is in the log."""
    store = side.store
    with connect(url) as connection:
        events = count(connection, "select count(*) from events")
        ready = _rows(connection)
    ours, baseline = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        rebuild(url, store, MODELS)
        ours.append(events / (time.perf_counter() - begun))
        baseline.append(events / _decode_and_copy(url, store, ready))
    beside = f"select + decode once, binary COPY of the same rows ({events:,} events)"
    figure = Figure(median(ours), median(baseline), ratio(ours, baseline), "events/s", 0.35, beside)
    return {"rebuild_all": figure}


def _rows(connection: psycopg.Connection[Any]) -> Ready:
    live = standings(connection)
    return [
        (model, table, _all(connection, live[model.name], table))
        for model in MODELS
        for table in model.tables
    ]


def _all(connection: psycopg.Connection[Any], live: Standing, table: str) -> bytes:
    place = f"rm_{live.name}_{live.version}_{live.build}.{table}"
    with connection.cursor().copy(cast("Any", f"copy {place} to stdout (format binary)")) as copy:
        return b"".join(bytes(part) for part in copy)


def _decode_and_copy(url: str, store: Store, ready: Ready) -> float:
    """Seconds; the tables have the same keys and indexes."""
    with connect(url) as connection:
        builds = {model: new_build(connection, model) for model in MODELS}
        begun, position = time.perf_counter(), 0
        while batch := store.read_after(position, _BATCH, connection):
            for stored in batch:
                store.decode(stored)
            position = batch[-1].position
        for model, table, rows in ready:
            place = f"{schema_of(model, builds[model])}.{table}"
            with connection.cursor().copy(cast("Any", f"copy {place} from stdin (format binary)")) as copy:
                copy.write(rows)
        took = time.perf_counter() - begun
        sweep(connection, [model.name for model in MODELS])
    return took
