"""A connection that the server has ended is not handed out, and a living one is not asked each time."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from schema.pools import async_pool, sync_pool


def end_the_others(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as line:
        ended = line.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        ).fetchall()
    assert ended


@pytest.mark.rule("T11")
def test_after_the_server_ended_it_the_next_caller_gets_another(database: str) -> None:
    with sync_pool(database, 1) as pool:
        with pool.connection() as connection:
            first = connection.info.backend_pid
        end_the_others(database)
        with pool.connection() as connection:
            row = connection.execute("select pg_backend_pid()").fetchone()
    assert row is not None
    assert row[0] != first


def test_the_same_for_reads(database: str) -> None:
    async def backend_after_an_end() -> tuple[int, int]:
        async with async_pool(database, 1) as pool:
            async with pool.connection() as connection:
                first = connection.info.backend_pid
            await asyncio.to_thread(end_the_others, database)
            async with pool.connection() as connection:
                row = await (await connection.execute("select pg_backend_pid()")).fetchone()
        assert row is not None
        return first, row[0]

    first, then = asyncio.run(backend_after_an_end())
    assert then != first


def test_a_living_connection_costs_no_round_trip(database: str) -> None:
    with sync_pool(database, 1) as pool:
        with pool.connection() as connection:
            connection.execute("select 'the last statement'")
            pid = connection.info.backend_pid
        with pool.connection():
            pass
        with psycopg.connect(database) as line:
            last = line.execute("select query from pg_stat_activity where pid = %s", (pid,)).fetchone()
    assert last == ("select 'the last statement'",)
