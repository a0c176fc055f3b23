"""Tables of one build of a model, the views readers use, and where each model stands."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg

from projections.model import Model, Table
from projections.runtime.connection import REBUILDING, locked

_LOCK_MILLISECONDS = 200
"""So long, at most, a switch makes queries wait behind the ones that still run on the old tables."""
_TRIES = 50


@dataclass(frozen=True)
class Standing:
    """A model's row: which build is live, and how far it is."""

    name: str
    version: int
    build: int
    position: int
    parked_at: int | None
    """Position of the event it is parked before."""
    skipped: frozenset[int]
    """Events left out by hand in this version."""


def schema_of(model: Model, build: int) -> str:
    """The PostgreSQL schema of that build's tables."""
    return f"rm_{model.name}_{model.version}_{build}"


def standings(connection: psycopg.Connection[Any]) -> dict[str, Standing]:
    """Where each model stands."""
    rows = connection.execute(
        "select m.name, m.version, m.build, m.position, m.parked_position,"
        " array(select s.position from read_model_skips s where s.name = m.name and s.version = m.version)"
        " from read_models m"
    )
    return {
        name: Standing(name, version, build, position, parked_at, frozenset(skipped))
        for name, version, build, position, parked_at, skipped in rows
    }


def add_missing(connection: psycopg.Connection[Any], models: Iterable[Model]) -> None:
    """Give models that were never built empty tables at position 0; the reader fills them."""
    wanted = list(models)
    if {model.name for model in wanted} <= standings(connection).keys():
        return
    with locked(connection, REBUILDING):
        known = standings(connection)
        for model in wanted:
            if model.name not in known:
                _add(connection, model)


def _add(connection: psycopg.Connection[Any], model: Model) -> None:
    build = new_build(connection, model)
    with connection.transaction():
        _show(connection, model, build)
        connection.execute(
            "insert into read_models (name, version, build, position) values (%s, %s, %s, 0)",
            (model.name, model.version, build),
        )


def new_build(connection: psycopg.Connection[Any], model: Model) -> int:
    """Empty tables beside the live ones; answers the build's number."""
    row = connection.execute("select nextval('read_model_builds')").fetchone()
    build = int(cast("Any", row)[0])
    place = schema_of(model, build)
    with connection.transaction():
        connection.execute("select make_read_model_schema(%s)", (place,))
        for table in model.tables.values():
            for statement in _create(place, table):
                _run(connection, statement)
    return build


def _create(place: str, table: Table) -> Iterable[str]:
    columns = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
    yield f"create table {place}.{table.name} ({columns}, primary key ({', '.join(table.key)}))"
    for index in table.indexes:
        yield f"create index on {place}.{table.name} {index}"


def analyse(connection: psycopg.Connection[Any], model: Model, build: int) -> None:
    """Let the planner know the tables before queries meet them."""
    for table in model.tables:
        _run(connection, f"analyze {schema_of(model, build)}.{table}")


def switch(
    connection: psycopg.Connection[Any], builds: Mapping[Model, int], positions: Mapping[Model, int]
) -> None:
    """Make these builds the live ones, all at once; the caller holds the lock on feeding.

    Raises LockNotAvailable while queries on the old tables don't end.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with connection.transaction():
                _run(connection, f"set local lock_timeout = {_LOCK_MILLISECONDS}")
                for model, build in builds.items():
                    _show(connection, model, build)
                    connection.execute(
                        "update read_models set version = %s, build = %s, position = %s,"
                        " parked_position = null, parked_error = null, parked_since = null where name = %s",
                        (model.version, build, positions[model], model.name),
                    )
            return
        except psycopg.errors.LockNotAvailable:
            if attempt == _TRIES:
                raise
            time.sleep(0.02)


def _show(connection: psycopg.Connection[Any], model: Model, build: int) -> None:
    """Let the views of the model read from this build; views of an older version go."""
    shown = connection.execute(
        "select viewname from pg_views where schemaname = 'read' and definition ~ %s",
        (rf"\mrm_{model.name}_[0-9]+_[0-9]+\.",),
    )
    for (view,) in shown.fetchall():
        _run(connection, f"drop view read.{view}")
    for table in model.tables:
        view = f"read.{model.name}_{table}"
        _run(connection, f"create view {view} as select * from {schema_of(model, build)}.{table}")


def sweep(connection: psycopg.Connection[Any], names: Sequence[str]) -> list[str]:
    """Remove the tables of these models' builds that are not live; answers the schemas still in use."""
    live = {f"rm_{s.name}_{s.version}_{s.build}" for s in standings(connection).values()}
    found = connection.execute(
        "select nspname from pg_namespace where nspname ~ %s order by nspname",
        (f"^rm_({'|'.join(names)})_[0-9]+_[0-9]+$",),
    )
    return [place for (place,) in found.fetchall() if place not in live and not _dropped(connection, place)]


def _dropped(connection: psycopg.Connection[Any], place: str) -> bool:
    try:
        with connection.transaction():
            _run(connection, f"set local lock_timeout = {_LOCK_MILLISECONDS}")
            _run(connection, f"drop schema {place} cascade")
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _run(connection: psycopg.Connection[Any], text: str) -> None:
    connection.execute(cast("Any", text))
