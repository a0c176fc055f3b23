"""Tables of one build of a model, the views readers use, and where each model stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg

from projections.model import Model


@dataclass(frozen=True)
class Standing:
    """A model's row: which build is live, and how far it is."""

    name: str
    version: int
    build: int
    position: int
    parked: bool


def schema_of(model: Model, build: int) -> str:
    """The PostgreSQL schema of that build's tables."""
    return f"rm_{model.name}_{model.version}_{build}"


def standings(
    connection: psycopg.Connection[Any], names: Sequence[str], *, lock: bool = False
) -> dict[str, Standing]:
    """Where these models stand; `lock` keeps others from switching or moving them."""
    query = (
        "select name, version, build, position, parked_position is not null from read_models"
        f" where name = any(%s) order by name{' for update' if lock else ''}"
    )
    rows = connection.execute(cast("Any", query), (list(names),))
    return {row[0]: Standing(*row) for row in rows}


def new_build(connection: psycopg.Connection[Any], model: Model) -> int:
    """Empty tables beside the live ones; answers the build's number."""
    row = connection.execute("select nextval('read_model_builds')").fetchone()
    assert row is not None
    build = int(row[0])
    place = schema_of(model, build)
    with connection.transaction():
        _run(connection, f"create schema {place}")
        for table in model.tables.values():
            columns = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
            _run(
                connection,
                f"create table {place}.{table.name} ({columns}, primary key ({', '.join(table.key)}))",
            )
            for index in table.indexes:
                inside, _, where = index.partition(" where ")
                condition = f" where {where}" if where else ""
                _run(connection, f"create index on {place}.{table.name} ({inside}){condition}")
    return build


def switch(connection: psycopg.Connection[Any], model: Model, build: int, position: int) -> None:
    """Make that build the live one; inside the caller's transaction, which holds the model's row."""
    for table in model.tables.values():
        view = f"read.{model.name}_{table.name}"
        _run(connection, f"drop view if exists {view}")
        _run(connection, f"create view {view} as select * from {schema_of(model, build)}.{table.name}")
    connection.execute(
        "insert into read_models (name, version, build, position) values (%s, %s, %s, %s)"
        " on conflict (name) do update set version = excluded.version, build = excluded.build,"
        " position = excluded.position, parked_position = null, parked_error = null, parked_since = null",
        (model.name, model.version, build, position),
    )


def drop_build(connection: psycopg.Connection[Any], place: str) -> None:
    """Remove a build's tables."""
    _run(connection, f"drop schema if exists {place} cascade")


def _run(connection: psycopg.Connection[Any], text: str) -> None:
    connection.execute(cast("Any", text))
