"""Brings a database's schema up to date: numbered SQL files, once each, under an advisory lock."""

from __future__ import annotations

from importlib.resources import files

import psycopg
from psycopg import sql

from schema import database_roles
from schema.clock import machine_time

_LOCK = 0x706F7274  # one migrator at a time in the cluster's database


_RESTORED = "Journal restauré dans une autre grappe : lancez « portail adopt ». / Restored: run it."


class PositionsAheadError(RuntimeError):
    """The log holds positions that this cluster has not reached: it was restored, run `portail adopt`."""


def migrate(url: str) -> list[str]:
    """Run the migrations not yet run, and say what each role may do; answers their names.

    Safe from several processes at once. Raises PositionsAheadError, RolesMissingError.
    """
    done: list[str] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        connection.execute(
            "create table if not exists migrations (name text primary key, run_at timestamptz not null)"
        )
        ran = {name for (name,) in connection.execute("select name from migrations").fetchall()}
        folder = files("schema") / "sql"
        for script in sorted(folder.iterdir(), key=lambda f: f.name):
            if script.name.endswith(".sql") and script.name not in ran:
                with connection.transaction():
                    connection.execute(script.read_bytes())
                    connection.execute(
                        "insert into migrations (name, run_at) values (%s, %s)", (script.name, machine_time())
                    )
                done.append(script.name)
        _check_horizon(connection)
        database_roles.set_up(connection)
    return done


def adopt_restored_log(url: str) -> int:
    """After a restore into a new cluster: set `past` so that new positions lie above the old ones.

    Answers the new `past`. Raises RuntimeError when the horizon is already above, RolesMissingError.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        database_roles.set_up(connection)
        with connection.transaction():
            return _above_all(connection)


def _above_all(connection: psycopg.Connection) -> int:
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    highest, horizon = _highest(connection), _horizon(connection)
    if horizon > highest:
        raise RuntimeError("the log of this cluster is readable as it is")
    past = (highest >> 12) + 1
    slot = f"(pg_current_xact_id()::text::bigint + {past}) << 12"
    horizon_now = f"(pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {past}) << 12"
    connection.execute(
        "create or replace function log_slot() returns bigint language sql stable as"
        f" $$ select {slot} $$"  # sql: a number of ours
    )
    connection.execute(
        "create or replace function log_horizon() returns bigint language sql volatile as"
        f" $$ select {horizon_now} $$"  # sql: a number of ours
    )
    return past


def _check_horizon(connection: psycopg.Connection) -> None:
    if _horizon(connection) <= _highest(connection):
        raise PositionsAheadError(_RESTORED)


def _highest(connection: psycopg.Connection) -> int:
    """Of the log and the access trail; a dump of an older release has no trail yet."""
    highest = 0
    for (table,) in connection.execute(
        "select name from unnest(array['events', 'access_trail']) as t (name)"
        " where to_regclass(name) is not null"
    ).fetchall():
        query = sql.SQL("select coalesce(max(position), 0) from {}").format(sql.Identifier(table))
        row = connection.execute(query).fetchone()
        assert row is not None
        highest = max(highest, int(row[0]))
    return highest


def _horizon(connection: psycopg.Connection) -> int:
    row = connection.execute("select log_horizon()").fetchone()
    assert row is not None
    return int(row[0])
