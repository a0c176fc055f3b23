"""The reader survives lost and dead lines, restarts and its own death; one is active at a time (T8, T9)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from projections.runtime import connection as limits
from schema.migrate import migrate
from service.bootstrap import MODELS
from service.embedded import Servers
from service.wakeup import Alarm, Wakeup
from tests.support.builders import Log, dossier_created, log_on
from tests.support.lanes import figures
from tests.support.projecting import positions, reading, seconds_until
from tests.support.proxy import Proxy

pytestmark = pytest.mark.owns_servers
ROOT = Path(__file__).parents[2]
_LEADS = (
    "select a.pid, a.application_name from pg_locks l join pg_stat_activity a using (pid)"
    " where l.locktype = 'advisory' and l.objid = %s and l.granted and a.datname = current_database()"
)


@pytest.fixture
def log(database: str) -> Iterator[Log]:
    with log_on(database) as made:
        yield made


def a_dossier(log: Log) -> int:
    client = uuid4()
    return log.given((client, dossier_created(client)))


def lag_of(log: Log, limit: float = 20, then: Callable[[], object] = lambda: None) -> float:
    """Seconds from a commit, `then` done after it, to its rows in all models."""
    position = a_dossier(log)
    then()
    return seconds_until(lambda: min(positions(log.url).values(), default=0) >= position, limit)


def leaders(url: str) -> list[int]:
    """Processes of the database that hold the reader's lock."""
    with psycopg.connect(url) as connection:
        return [pid for pid, _ in connection.execute(_LEADS, (limits.LEADER,))]


class Readers:
    """Readers in processes of their own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", "tests.projections.a_reader", self._url], cwd=ROOT)
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture
def readers(database: str) -> Iterator[Readers]:
    made = Readers(database)
    yield made
    made.end()


@pytest.mark.rule("T8")
@figures("kills", short=5, long=50)
def test_one_of_three_readers_is_active_and_each_terminated_one_is_replaced(
    log: Log, readers: Readers, kills: int
) -> None:
    for _ in range(3):
        readers.start()
    lag_of(log, 30)
    lags = []
    for _ in range(kills):
        [leader] = leaders(log.url)
        with psycopg.connect(log.url, autocommit=True) as hand:
            hand.execute("select pg_terminate_backend(%s)", (leader,))
        lags.append(lag_of(log))
        assert len(leaders(log.url)) == 1
    print(f"T8: {kills} backends terminated, caught up after at most {max(lags):.2f} s")
    assert max(lags) <= 10


@pytest.mark.rule("T8")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_killed_or_frozen_reader_is_replaced_within_fifteen_seconds(
    log: Log, readers: Readers, how: signal.Signals
) -> None:
    first = readers.start()
    lag_of(log, 30)
    readers.start()
    time.sleep(1.0)
    first.send_signal(how)
    failover = lag_of(log)
    print(f"T8: failover after {how.name} {failover:.1f} s")
    assert failover <= 15
    first.send_signal(signal.SIGCONT)
    assert lag_of(log) <= 5
    assert len(leaders(log.url)) == 1


@pytest.mark.rule("T8")
@figures("restarts", short=2, long=10)
def test_the_reader_catches_up_after_each_restart_of_postgresql(data_dir: Path, restarts: int) -> None:
    with Servers(data_dir, fsync=False) as servers:
        migrate(servers.database_url)
        assert servers.postgres is not None
        with log_on(servers.database_url) as log, reading(log.url, log, MODELS) as reader:
            lag_of(log)
            lags = []
            for _ in range(restarts):
                os.kill(servers.postgres.pid, signal.SIGINT)
                seconds_until(lambda: not servers.postgres.alive(), 10)  # type: ignore[union-attr]
                servers.postgres.restart()
                log.pool.check()
                reader.wake()
                lags.append(lag_of(log))
            print(f"T8: {restarts} restarts, caught up after at most {max(lags):.2f} s")
            assert max(lags) <= 10


@pytest.mark.rule("T9")
@figures("swallowed", short=3, long=100)
def test_without_any_wake_up_the_watchdog_finds_what_was_committed(log: Log, swallowed: int) -> None:
    with reading(log.url, log, MODELS, wait=time.sleep):
        lags = [lag_of(log) for _ in range(swallowed)]
    print(f"T9: {swallowed} wake-ups swallowed, lag at most {max(lags):.2f} s")
    assert max(lags) <= 5


@pytest.mark.rule("T9")
def test_without_valkey_the_reader_polls(log: Log) -> None:
    alarm = Alarm("redis://127.0.0.1:1/0")
    with reading(log.url, log, MODELS, wait=alarm.wait):
        assert max(lag_of(log) for _ in range(3)) <= 5


@pytest.mark.rule("T9")
def test_a_wake_up_through_valkey_shortens_the_lag_also_when_it_comes_late(log: Log, redis_url: str) -> None:
    wakeup, alarm = Wakeup(redis_url), Alarm(redis_url)

    def late_wake_up() -> None:
        threading.Timer(1.0, wakeup).start()

    with reading(log.url, log, MODELS, wait=alarm.wait):
        lag_of(log)
        in_time = sorted(lag_of(log, then=wakeup) for _ in range(9))
        late = [lag_of(log, then=late_wake_up) for _ in range(3)]
    wakeup.close()
    print(f"T9: woken, {in_time[4] * 1000:.0f} ms; woken a second late, {max(late):.2f} s")
    assert in_time[4] < 0.5, "the poll alone would take a second on average"
    assert max(late) <= 5


def half_open(proxy: Proxy) -> None:
    proxy.half_open()


def swallow_answers(proxy: Proxy) -> None:
    """The session of the reader stays open in the server, and keeps its lock."""
    proxy.swallowing = True
    threading.Timer(2.0, setattr, (proxy, "swallowing", False)).start()


@pytest.mark.rule("T9")
@pytest.mark.parametrize("fault", [half_open, swallow_answers])
def test_a_line_that_went_silent_is_given_up_in_time(log: Log, fault: Callable[[Proxy], None]) -> None:
    with Proxy(log.url) as proxy, reading(proxy.url, log, MODELS) as reader:
        lag_of(log)
        fault(proxy)
        reader.wake()
        lag = lag_of(log)
        print(f"T9: {fault.__name__}: lag {lag:.2f} s")
        assert lag <= 5


@pytest.mark.rule("T9")
def test_without_the_watchdog_a_silent_line_is_waited_on(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.Watchdog, "_cut", lambda _: None)
    with Proxy(log.url) as proxy, reading(proxy.url, log, MODELS) as reader:
        lag_of(log)
        proxy.half_open()
        reader.wake()
        position = a_dossier(log)
        time.sleep(6)
        assert min(positions(log.url).values()) < position
        proxy.drop()


@pytest.mark.rule("T9")
def test_the_row_of_the_reader_tells_operations_that_it_lives_and_who_holds_it_back(log: Log) -> None:
    with reading(log.url, log, MODELS) as reader, psycopg.connect(log.url, autocommit=True) as hand:
        lag_of(log)
        with psycopg.connect(log.url, application_name="a long import") as holder:
            holder.execute("create table held (n int)")
            client = uuid4()
            log.given((client, dossier_created(client)))
            reader.wake()

            def named() -> bool:
                found = hand.execute("select held_by from reader").fetchone()
                return found is not None and "a long import" in (found[0] or "")

            seconds_until(named, 5)
        seconds_until(
            lambda: (
                hand.execute(
                    "select held_by is null and caught_up_at > beat_at - interval '5 s' from reader"
                ).fetchone()
                == (True,)
            ),
            5,
        )
