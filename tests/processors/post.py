"""A school with processors, an outbox and a mail server, moved step by step."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

from aggregates.client.state import CLIENT
from commands.clients.change_profile import ChangeProfile
from processors import account_mails
from processors.runtime import outbox
from processors.runtime.bounces import Bounces
from processors.runtime.delivery import Delivery
from processors.runtime.effects import Processor
from processors.runtime.following import Runtime
from processors.runtime.links import Links
from processors.runtime.mail_server import MailServer
from processors.runtime.mailing_round import Rounds
from processors.runtime.reads import ReadLoop
from processors.runtime.return_path import ReturnPaths
from projections.runtime.builds import add_missing
from projections.runtime.connection import connect
from projections.runtime.reader import Reader
from service.bootstrap import MODELS, WriteSide
from service.post_office import as_system
from service.reactions import PROCESSORS
from tests.support.builders import Log
from tests.support.mail_server import Sink, mail_server
from tests.support.write_side import VAULT, School, school_on


@dataclass
class Post:
    """Everything a mail passes on its way."""

    school: School
    url: str
    sink: Sink
    connection: psycopg.Connection[Any]
    reader: Reader
    runtime: Runtime
    reads: ReadLoop
    woken: list[UUID]
    delivery: Delivery = field(init=False)
    rounds: Rounds = field(init=False)

    def react(self) -> None:
        """Views and processors read to the end of the log."""
        self.catch_up()
        while (
            self.runtime.step(self.connection)
            or self.runtime.fire(self.connection)
            or self.runtime.carry_out(self.connection)
        ):
            self.catch_up()

    def deliver(self) -> None:
        """Workers take what they were woken for."""
        while self.woken:
            self.delivery.deliver(self.woken.pop(0))

    def react_and_deliver(self) -> None:
        self.react()
        self.deliver()

    def outbox(self) -> list[tuple[str, str, str | None]]:
        """Template, state and error of each mail, in the order of their causes."""
        rows = self.connection.execute(
            "select template, state, error from outbox order by position, template"
        )
        return [tuple(row) for row in rows]

    def round(self) -> int:
        """What follows from the log has followed, then one round of mailings; how many left in it."""
        self.react()
        sent = self.rounds.once()
        self.react()
        return sent

    def rounds_to(self, url: str, **changes: Any) -> Rounds:
        """Rounds as a worker makes them, to this mail server."""
        side = self.school.side
        return rounds_of(side, self.reads, url, **changes)

    @property
    def log(self) -> Log:
        """The log, for facts that no command would write."""
        return Log(self.url, self.school.side.store, self.school.side.pool)

    def delivery_to(self, url: str, **changes: Any) -> Delivery:
        """Delivery as a worker does it, to this mail server."""
        side = self.school.side
        values: dict[str, Any] = {"public_url": "https://portail.example.com", "clock": side.clock}
        server = MailServer(url, "ecole@example.com", ReturnPaths("rebonds@example.com", VAULT))
        return Delivery(self.reads, side.pool, side.store, server, **values | changes)

    @property
    def bounces(self) -> Bounces:
        """What takes in mails that came back."""
        side, paths = self.school.side, ReturnPaths("rebonds@example.com", VAULT)
        return Bounces(
            side.pool, side.store, return_paths=paths, sender="ecole@example.com", clock=side.clock
        )

    def correct_address(self, client: UUID, email: str) -> None:
        """The client's e-mail is another one, all else stays."""
        loaded = self.school.side.store.load([CLIENT.at(client)])[0]
        kept = {n: getattr(loaded.state, n) for n in ChangeProfile.model_fields if hasattr(loaded.state, n)}
        changed = {"client": client, "email": email, "seen_version": loaded.version}
        self.school.send(ChangeProfile(**kept | changed))

    def catch_up(self) -> None:
        """Views read to the end of the log."""
        while self.reader.step(self.connection):
            pass

    def due(self) -> list[UUID]:
        """What the sweeper would drive again."""
        return outbox.due(self.connection, 1_000)

    def redrive(self) -> None:
        """Let the pause after a failed try be over, and workers take what the sweeper finds."""
        self.due_now()
        self.woken.extend(self.due())
        self.deliver()

    def due_now(self) -> None:
        """Let the pause after a failed try be over."""
        self.connection.execute("update outbox set next_try = now() - interval '1 s' where state = 'to_send'")


def rounds_of(side: WriteSide, reads: ReadLoop, url: str, **changes: Any) -> Rounds:
    """Rounds on that write side, to this mail server."""
    values: dict[str, Any] = {
        "reads": reads,
        "pool": side.pool,
        "store": side.store,
        "server": MailServer(url, "ecole@example.com"),
        "end": partial(as_system, side.dispatcher),
        "links": Links(side.store.vault, "https://portail.example.com"),
        "clock": side.clock,
    }
    return Rounds(**values | changes)


@contextmanager
def locked_meanwhile(post: Post, seconds: float) -> Iterator[None]:
    """When the next mail has arrived, before its yes, somebody locks the outbox, as who builds an index."""
    clock, over = post.school.side.clock, threading.Event()

    def lock() -> None:
        with psycopg.connect(post.url) as connection:
            connection.execute("lock table outbox in share mode")
            held.set()
            over.wait(seconds)

    held, builder = threading.Event(), threading.Thread(target=lock)

    def arrived() -> datetime:
        if not held.is_set():
            builder.start()
            assert held.wait(5)
        return clock()

    post.sink.clock = arrived
    try:
        yield
    finally:
        over.set()
        builder.join()
    assert held.is_set(), "the control"


WITHOUT_ACCOUNTS = tuple(p for p in PROCESSORS if p is not account_mails.PROCESSOR)
"""Most tests look at what follows from registrations: no mail for each dossier that they open."""


@contextmanager
def post_on(database_url: str, processors: Sequence[Processor] = WITHOUT_ACCOUNTS) -> Iterator[Post]:
    """A post office on that database."""
    with (
        school_on(database_url) as school,
        mail_server() as sink,
        connect(database_url) as line,
        psycopg.connect(database_url, autocommit=True) as connection,
        ReadLoop(database_url, 4) as reads,
    ):
        add_missing(line, MODELS)
        side = school.side
        woken: list[UUID] = []

        def enqueue(ids: Sequence[UUID]) -> None:
            woken.extend(ids)

        def wait(_seconds: float) -> None:
            return None

        runtime = Runtime(
            database_url,
            side.store,
            processors,
            dispatcher=side.dispatcher,
            enqueue=enqueue,
            room=lambda: 100,
            clock=side.clock,
            wait=wait,
        )
        runtime.start(connection)
        reader = Reader(database_url, side.store, MODELS, wait=wait)
        made = Post(school, database_url, sink, connection, reader, runtime, reads, woken)
        made.delivery = made.delivery_to(sink.url)
        made.rounds = made.rounds_to(sink.url)
        yield made
