"""A portal that is open to clients: pages, read models, processors and cashier all at work in one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg

from aggregates.kernel import Role
from projections.runtime.builds import add_missing
from projections.runtime.connection import connect
from projections.runtime.reader import Reader
from service.bootstrap import MODELS
from tests.support.paying import Till, till_on
from tests.support.projecting import seconds_until
from tests.support.write_side import School

_PAUSE = 0.2


@dataclass
class OpenPortal:
    """What a visitor comes to."""

    till: Till

    @property
    def url(self) -> str:
        return self.till.portal

    @property
    def school(self) -> School:
        return self.till.school

    def shows_all(self) -> None:
        """Wait until the read models show what has happened."""
        with psycopg.connect(self.till.url, autocommit=True) as connection:

            def shown() -> bool:
                row = connection.execute(
                    "select (select min(position) from read_models) >= max(position) from events"
                ).fetchone()
                return row == (True,)

            seconds_until(shown, 30)

    def session(self, user: UUID, *roles: Role) -> str:
        """The cookie of somebody who has logged in."""
        sessions, email = self.school.side.sessions, f"{uuid4().hex}@example.com"
        sessions.set_account(user, email, roles or (Role.CLIENT,), "une phrase assez longue", None)
        return sessions.log_in(email, "une phrase assez longue", None, "127.0.0.1")

    def later(self, **time: float) -> None:
        """The school's clock moves on."""
        self.school.now(self.school.side.clock() + timedelta(**time))


@contextmanager
def open_portal(database_url: str) -> Iterator[OpenPortal]:
    """On that database, until the block ends. Fails there if something at work behind the pages failed."""
    woken = threading.Event()
    with till_on(database_url, wake=woken.set) as till:
        stop, failed = threading.Event(), list[BaseException]()
        at_work = threading.Thread(target=_work, args=(till, woken, stop, failed))
        with connect(database_url) as line:
            add_missing(line, MODELS)
        at_work.start()
        try:
            yield OpenPortal(till)
        finally:
            stop.set()
            woken.set()
            at_work.join(30)
            assert not at_work.is_alive()
    if failed:
        raise failed[0]


def _work(till: Till, woken: threading.Event, stop: threading.Event, failed: list[BaseException]) -> None:
    side, runtime, cashier = till.school.side, till.runtime(), till.cashier(public_url=till.portal)
    reader = Reader(till.url, side.store, MODELS, wait=lambda _: None)
    try:
        with connect(till.url) as line, psycopg.connect(till.url, autocommit=True) as own:
            runtime.start(own)
            while not stop.is_set():
                while cashier.turn() or side.door.settle() or reader.step(line):
                    pass
                while runtime.step(own) or runtime.fire(own) or runtime.carry_out(own):
                    pass
                while reader.step(line):
                    pass
                woken.wait(_PAUSE)
                woken.clear()
    except BaseException as error:  # it goes to the test's own thread
        failed.append(error)
