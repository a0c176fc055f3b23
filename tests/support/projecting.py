"""Carries read models along a test's log, step by step, and looks at their rows."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from aggregates.kernel import Fact
from projections.model import Model
from projections.query import Reads
from projections.runtime.builds import add_missing, standings
from projections.runtime.check import check
from projections.runtime.connection import connect
from projections.runtime.reader import Reader
from projections.runtime.rebuild import rebuild
from schema.database_roles import DatabaseRole, url_as
from tests.support.builders import Log, log_on

T = TypeVar("T")
Row = dict[str, Any]


@dataclass
class Projecting:
    """Models on a test's database; they move when the test says so."""

    log: Log
    models: Sequence[Model]
    reader: Reader
    connection: psycopg.Connection[Any]

    def given(self, *happened: tuple[UUID, Fact], **around: Any) -> int:
        """Append these facts as one command and show them in the models."""
        position = self.log.given(*happened, **around)
        self.catch_up()
        return position

    def catch_up(self) -> None:
        """Read to the end of the log."""
        while self.reader.step(self.connection):
            pass

    def rows(self, view: str) -> list[Row]:
        """Everything in a view of the schema `read`."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(cast("Any", f"select * from read.{view} t order by t::text")).fetchall()

    def everything(self) -> dict[str, list[Row]]:
        """All rows of all models."""
        return {
            f"{model.name}_{table}": self.rows(f"{model.name}_{table}")
            for model in self.models
            for table in model.tables
        }

    def position(self, model: str) -> int:
        return standings(self.connection)[model].position

    def hand_out_again(self) -> None:
        """Let the models meet the whole log a second time, on the rows they have."""
        self.connection.execute("update read_models set position = 0")
        self.catch_up()

    def rebuild(self, models: Sequence[Model] | None = None) -> dict[str, tuple[int, str]]:
        """All of them, or those named, from the log; answers those that were parked, and why."""
        return rebuild(self.log.url, self.log.store, self.models if models is None else models)

    def differences(self) -> int:
        """Rows in which the live models and a build from the log differ."""
        compared = check(self.log.url, self.log.store, self.models)
        assert [c.failed for c in compared if c.failed] == []
        return sum(c.differences for c in compared)

    def ask(self, query: Callable[[Reads], Awaitable[T]]) -> T:
        """What a read query answers."""
        return asking(self.log.url, query)


def asking(url: str, query: Callable[[Reads], Awaitable[T]]) -> T:
    """What a read query answers on that database."""

    async def ask() -> T:
        queries = url_as(url, DatabaseRole.QUERIES)
        async with await psycopg.AsyncConnection.connect(queries, autocommit=True) as connection:
            return await query(connection)

    return asyncio.run(ask())


@contextmanager
def projecting(url: str, models: Sequence[Model]) -> Iterator[Projecting]:
    """Empty builds of these models on that database."""
    with log_on(url) as log, connect(url) as connection:
        add_missing(connection, models)
        yield Projecting(log, models, Reader(url, log.store, models, wait=lambda _: None), connection)


@dataclass
class Running:
    """A reader at work in a thread."""

    stop: threading.Event
    woken: threading.Event

    def wake(self) -> None:
        """Tell it, as the write side does, that something was committed."""
        self.woken.set()


@contextmanager
def reading(
    url: str, log: Log, models: Sequence[Model], wait: Callable[[float], None] | None = None
) -> Iterator[Running]:
    """Keep a reader running; it is woken by `wake`, unless it has a way to wait of its own."""
    running = Running(threading.Event(), threading.Event())

    def until_woken(seconds: float) -> None:
        running.woken.wait(seconds)
        running.woken.clear()

    reader = Reader(url, log.store, models, wait=wait or until_woken)
    thread = threading.Thread(target=reader.run, args=(running.stop,))
    thread.start()
    try:
        yield running
    finally:
        running.stop.set()
        running.woken.set()
        thread.join(20)
        assert not thread.is_alive()


def seconds_until(happened: Callable[[], bool], limit: float) -> float:
    """How long it took; fails after `limit` seconds."""
    begun = time.monotonic()
    while not happened():
        assert time.monotonic() - begun < limit, f"not within {limit} s"
        time.sleep(0.005)
    return time.monotonic() - begun


def positions(url: str) -> dict[str, int]:
    """Where each model stands."""
    with psycopg.connect(url, autocommit=True) as connection:
        return {name: s.position for name, s in standings(connection).items()}
