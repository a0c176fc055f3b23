"""Statements that feed the models are planned by key, and no plan is compiled before it runs."""

from __future__ import annotations

from typing import Any, cast

import psycopg

from projections.runtime.connection import connect

_SCAN = "explain (analyze, format json) select count(*) from events e cross join events f"
_NO_LONGER = 180_000
"""From this server version on, a scan that was switched off does not cost 1e10 any more."""


def compiled(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server compiled the plan of a statement that can't do without a scan."""
    row = connection.execute(_SCAN).fetchone()
    return "JIT" in cast("Any", row)[0][0]


def test_a_scan_that_cannot_be_helped_is_not_compiled(database: str) -> None:
    """Compiling took 50 ms a statement, 100 ms a step, whatever the number of events."""
    with connect(database) as connection:
        assert not compiled(connection)
        available, version = connection.execute(
            "select pg_jit_available(), current_setting('server_version_num')::int"
        ).fetchone() or (False, 0)
        connection.execute("set jit = on")
        # Where the server can, it would: the embedded one can't, PostgreSQL of a distribution can.
        assert compiled(connection) == (available and version < _NO_LONGER)
