"""The fixtures of conftest.py keep tests apart."""

from __future__ import annotations

import psycopg
import redis


def test_two_databases_of_one_test_run_are_separate(database: str, empty_database: str) -> None:
    with psycopg.connect(database, autocommit=True) as one, psycopg.connect(empty_database) as other:
        one.execute("create table only_here (n int)")
        found = other.execute("select to_regclass('only_here'), to_regclass('events')").fetchone()
    assert found == (None, None)


def test_a_fresh_database_is_migrated(database: str) -> None:
    with psycopg.connect(database) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert tables is not None
    assert tables[0] > 0


def test_the_redis_database_starts_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
