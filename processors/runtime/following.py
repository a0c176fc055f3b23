"""Follows the log for all processors: position and outbox rows in one transaction, then the wake-up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
import psycopg
from eventsourcing.persistence import OperationalError

from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded
from schema.store import Store

_LEADER = 0x70726F63  # one process follows the log for the processors
_BATCH = 500
_SWEEP_SECONDS = 30.0
log = logging.getLogger(__name__)


class Runtime:
    """Runs until stopped; a second one waits for the first one's lock."""

    def __init__(
        self,
        url: str,
        store: Store,
        processors: Sequence[Processor],
        *,
        enqueue: Callable[[Sequence[UUID]], None],
        room: Callable[[], int],
        wait: Callable[[float], None],
        beat: Callable[[], None] = lambda: None,
        sweep_seconds: float = _SWEEP_SECONDS,
    ) -> None:
        self._url = url
        self._store = store
        self._processors = {p.name: p for p in processors}
        self._enqueue = enqueue
        self._room = room
        self._wait = wait
        self._beat = beat
        self._sweep_seconds = sweep_seconds
        self._next_sweep = 0.0

    def run(self, stop: threading.Event) -> None:
        """Follow the log; after a lost connection start over."""
        while not stop.is_set():
            try:
                with _connect(self._url) as connection:
                    self._lead(connection, stop)
            except (psycopg.OperationalError, OperationalError) as error:
                log.warning("the processors lost their connection: %s", type(error).__name__)
                stop.wait(0.5)

    def _lead(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        while connection.execute("select pg_try_advisory_lock(%s)", (_LEADER,)).fetchone() != (True,):
            self._beat()
            if stop.wait(0.5):
                return
        self.start(connection)
        while not stop.is_set():
            self._beat()
            self._sweep(connection)
            if not self.step(connection):
                self._pause(connection)

    def start(self, connection: psycopg.Connection[Any]) -> None:
        """A processor met for the first time begins at the log's end: the past sends nothing, ever."""
        begin(connection, list(self._processors))

    def step(self, connection: psycopg.Connection[Any]) -> int:
        """Carry the processors over one batch; answers how many events it had."""
        rows = connection.execute(
            "select name, greatest(position, since) from processors"
            " where name = any(%s) and parked_position is null",
            (list(self._processors),),
        ).fetchall()
        positions: dict[str, int] = dict(rows)
        if not positions:
            return 0
        batch = self._store.read_after(min(positions.values()), _BATCH, connection)
        for stored in batch:
            recorded = None
            for name, position in positions.items():
                if stored.position > position:
                    try:
                        recorded = recorded or self._store.decode(stored)
                        self._follow(connection, self._processors[name], recorded)
                    except (psycopg.OperationalError, psycopg.InterfaceError):
                        raise
                    except Exception as error:  # the others must go on
                        self._park(connection, name, stored.position, type(error).__name__)
                        return len(batch)
        if batch:
            connection.execute(
                "update processors set position = greatest(position, %s)"
                " where name = any(%s) and parked_position is null",
                (batch[-1].position, list(positions)),
            )
        return len(batch)

    def _follow(self, connection: psycopg.Connection[Any], processor: Processor, event: Recorded) -> None:
        mails = processor.react(event)
        if not mails:
            return
        with connection.transaction():
            made = [key for mail in mails if (key := _stored(connection, processor, event, mail))]
            connection.execute(
                "update processors set position = %s where name = %s", (event.position, processor.name)
            )
        self._enqueue(made)

    def _park(self, connection: psycopg.Connection[Any], name: str, position: int, error: str) -> None:
        log.error("processor %s is parked at %s: %s", name, position, error)
        connection.execute(
            "update processors set parked_position = %s, parked_error = %s, parked_since = now()"
            " where name = %s",
            (position, error, name),
        )

    def _sweep(self, connection: psycopg.Connection[Any]) -> None:
        """Drive again what a lost message or a dead worker left behind."""
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + self._sweep_seconds
            self._enqueue(due(connection, self._room()))

    def _pause(self, connection: psycopg.Connection[Any]) -> None:
        row = connection.execute(
            "select exists (select 1 from events where position >= log_horizon())"
        ).fetchone()
        if row == (True,):
            time.sleep(0.002)
        else:
            self._wait(2.0)


def begin(connection: psycopg.Connection[Any], names: Sequence[str]) -> None:
    """Let processors that are new begin at the log's end; the others go on where they are."""
    connection.execute(
        "insert into processors (name, position, since) select n, here, here from unnest(%s::text[]) n,"
        " (select coalesce(max(position), 0) from events where position < log_horizon()) as log (here)"
        " on conflict do nothing",
        (list(names),),
    )


def pass_over(connection: psycopg.Connection[Any], names: Sequence[str]) -> None:
    """Let these processors begin after all that is in the log by now, such as a demo school."""
    begin(connection, names)
    connection.execute(
        "update processors set position = here, since = here"
        " from (select max(position) from events) as log (here) where name = any(%s) and here is not null",
        (list(names),),
    )


def due(connection: psycopg.Connection[Any], limit: int) -> list[UUID]:
    """Mails that should be on their way: never claimed, to be tried again, or claimed by a dead worker."""
    rows = connection.execute(
        "select id from outbox where (state = 'to_send' and next_try <= now())"
        " or (state = 'claimed' and lease_until < now()) order by next_try limit %s",
        (limit,),
    )
    return [row[0] for row in rows]


def _connect(url: str) -> psycopg.Connection[Any]:
    """A connection whose commits are flushed before mails leave; both ends notice a dead line."""
    settings = (
        "synchronous_commit=on",
        "idle_in_transaction_session_timeout=5000",
        "tcp_keepalives_idle=3",
        "tcp_keepalives_interval=2",
        "tcp_keepalives_count=2",
    )
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=2,
        keepalives_idle=2,
        keepalives_interval=1,
        keepalives_count=2,
        tcp_user_timeout=4_000,
        application_name="portail clock",
        options=" ".join(f"-c {setting}" for setting in settings),
    )


def _stored(
    connection: psycopg.Connection[Any], processor: Processor, event: Recorded, mail: Mail
) -> UUID | None:
    """The outbox row's id, None when this cause has its row already (COM-3)."""
    key = processor.key(event, mail)
    done = connection.execute(
        "insert into outbox (id, cause, position, template, recipient, person, params)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        (
            key,
            event.id,
            event.position,
            mail.template,
            mail.recipient,
            mail.client,
            orjson.dumps(dict(mail.params)).decode(),
        ),
    )
    return key if done.rowcount else None
