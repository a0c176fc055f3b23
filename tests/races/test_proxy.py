"""The proxy does to connections what it says: without this the tests of lost answers prove nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import psycopg
import pytest

from tests.support.proxy import Proxy

INSERT = "insert into series (name, year, last) values (%s, 2026, 1)"
_names = count(1)


@pytest.fixture
def proxy(database: str) -> Iterator[Proxy]:
    with Proxy(database) as running:
        yield running


@pytest.fixture
def through(proxy: Proxy) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        yield connection


def rows(database: str) -> int:
    """Seen past the proxy."""
    with psycopg.connect(database) as connection:
        found = connection.execute("select count(*) from series").fetchone()
    assert found is not None
    return int(found[0])


def insert(connection: psycopg.Connection[Any]) -> None:
    connection.execute(INSERT, (f"S{next(_names)}",))


def test_it_forwards_both_ways(through: psycopg.Connection[Any]) -> None:
    insert(through)
    answer = through.execute("select repeat('é', 100000), count(*) from series").fetchone()
    assert answer == ("é" * 100_000, 1)


def test_a_cut_at_the_commit_reply_raises_though_the_row_is_there(
    proxy: Proxy, through: psycopg.Connection[Any], database: str
) -> None:
    happened = proxy.cut_after("COMMIT")
    with pytest.raises(psycopg.OperationalError), through.transaction():
        insert(through)
    assert happened.is_set()
    assert rows(database) == 1


def test_a_cut_at_an_autocommitted_insert_raises_though_the_row_is_there(
    proxy: Proxy, through: psycopg.Connection[Any], database: str
) -> None:
    through.execute("select 1")
    happened = proxy.cut_after("INSERT 0 1")
    with pytest.raises(psycopg.OperationalError):
        insert(through)
    assert happened.is_set()
    assert rows(database) == 1


def test_a_drop_before_the_commit_leaves_nothing(
    proxy: Proxy, through: psycopg.Connection[Any], database: str
) -> None:
    def never_committed() -> None:
        with through.transaction():
            insert(through)
            proxy.drop()

    with pytest.raises(psycopg.OperationalError):
        never_committed()
    assert rows(database) == 0


def test_a_cut_happens_once(proxy: Proxy, through: psycopg.Connection[Any]) -> None:
    proxy.cut_after("INSERT 0 1")
    with pytest.raises(psycopg.OperationalError):
        insert(through)
    with psycopg.connect(proxy.url, autocommit=True) as again:
        insert(again)
    assert proxy.cuts == 1


def test_it_delays(proxy: Proxy, through: psycopg.Connection[Any]) -> None:
    proxy.delay = 0.3
    begun = time.monotonic()
    through.execute("select 1")
    assert time.monotonic() - begun >= 0.3


def test_swallowed_answers_never_come_but_the_work_is_done(
    proxy: Proxy, through: psycopg.Connection[Any], database: str
) -> None:
    proxy.swallowing = True
    begun = time.monotonic()
    through.pgconn.send_query(b"insert into series (name, year, last) values ('quiet', 2026, 1)")
    while rows(database) == 0:
        assert time.monotonic() - begun < 10
    through.pgconn.consume_input()
    assert through.pgconn.is_busy()
    through.close()


def test_a_half_open_connection_looks_open_and_leads_nowhere(
    proxy: Proxy, through: psycopg.Connection[Any], database: str
) -> None:
    proxy.half_open()
    through.pgconn.send_query(b"insert into series (name, year, last) values ('lost', 2026, 1)")
    time.sleep(0.3)
    through.pgconn.consume_input()
    assert through.pgconn.is_busy()
    assert rows(database) == 0
    through.close()


def test_a_server_that_is_away_takes_no_connections(proxy: Proxy) -> None:
    proxy.away = True
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(proxy.url, connect_timeout=2)
