"""Killed, stalled and robbed of their broker, the processes lose no mail and repeat hardly any (T12)."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import redis

from aggregates.workshop.state import WORKSHOP
from aggregates.workshop.waiting.events import SeatOffered
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.join_waiting_list import JoinWaitingList
from processors.runtime.following import begin
from service.bootstrap import MODELS, write_side
from service.embedded.process import Server, spawn
from service.embedded.valkey import start_valkey
from service.wakeup import Wakeup
from tests.processors.a_process import LEASE_SECONDS
from tests.processors.post import WITHOUT_ACCOUNTS
from tests.support.builders import Log
from tests.support.lanes import figures
from tests.support.mail_server import Sink, mail_server
from tests.support.projecting import reading
from tests.support.write_side import VAULT, School

pytestmark = [pytest.mark.owns_servers, pytest.mark.rule("T12"), pytest.mark.rule("COM-3")]
ROOT = Path(__file__).parents[2]
Process = subprocess.Popen[bytes]


@dataclass
class House:
    """A school whose processes and broker can be ended, stalled and started again."""

    school: School
    url: str
    valkey: Server
    sink: Sink
    logs: Path
    processes: list[Process] = field(default_factory=list)
    activity: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.activity = self.school.activity()

    def start(self, role: str) -> Process:
        """A clock or a worker, which ends with the test whatever ends that."""
        argv = [sys.executable, "-m", "tests.processors.a_process", role, self.url]
        process = spawn(
            [*argv, self.valkey.url, self.sink.url],
            log=self.logs / f"{role}.log",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            death_signal=signal.SIGKILL,
        )
        self.processes.append(process)
        return process

    def register(self, count: int) -> None:
        for _ in range(count):
            self.school.registration(self.school.client(), self.activity)

    def states(self) -> Counter[str]:
        with psycopg.connect(self.url) as connection:
            return Counter(dict(connection.execute("select state, count(*) from outbox group by state")))

    def await_sent(self, count: int, seconds: float = 60) -> float:
        return self.await_that(lambda: self.states() == Counter(sent=count), seconds)

    def await_that(self, true: Callable[[], bool], seconds: float) -> float:
        """Seconds until it holds."""
        begun = time.monotonic()
        while not true():
            assert time.monotonic() - begun < seconds, f"{self.states()}, {len(self.sink.mails)} mails"
            time.sleep(0.05)
        return time.monotonic() - begun

    def repeated(self) -> int:
        """Mails that came more than once; each mail came at least once."""
        ids = Counter(mail["Message-ID"] for mail in self.sink.mails)
        assert len(ids) == self.states()["sent"]
        return ids.total() - len(ids)

    def end(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture
def valkey(data_dir: Path) -> Iterator[Server]:
    """A broker of the test's own, to be killed."""
    server = start_valkey(data_dir)
    yield server
    server.stop()


@pytest.fixture
def house(database: str, valkey: Server, tmp_path: Path) -> Iterator[House]:
    wake = Wakeup(valkey.url)
    with (
        write_side(database, VAULT, wake, settable_clock=True) as side,
        mail_server() as sink,
        reading(database, Log(database, side.store, side.pool), MODELS, wait=a_moment),
    ):
        with side.pool.connection() as line:
            begin(line, [processor.name for processor in WITHOUT_ACCOUNTS])
        made = House(School(side), database, valkey, sink, tmp_path)
        try:
            yield made
        finally:
            made.end()
            wake.close()


def a_moment(_seconds: float) -> None:
    time.sleep(0.05)


@figures("kills", short=5, long=50)
def test_a_clock_killed_again_and_again_makes_one_mail_per_cause(house: House, kills: int) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    house.start("work")
    clock = house.start("clock")
    for _ in range(kills):
        house.register(4)
        time.sleep(chance.uniform(0, 0.3))
        clock.kill()
        clock.wait()
        house.register(1)
        clock = house.start("clock")
    seconds = house.await_sent(5 * kills)
    print(f"T12: {kills} kills of the clock (seed {seed}), {5 * kills} mails, all sent after {seconds:.1f} s")
    assert house.repeated() == 0


@pytest.mark.rule("ATE-2")
@figures("kills", short=3, long=30)
def test_a_clock_killed_again_and_again_offers_each_seat_once(house: House, kills: int) -> None:
    school, seed = house.school, random.randrange(1_000_000)
    chance = random.Random(seed)
    rooms = []
    for _ in range(2 * kills):
        workshop = school.workshop(house.activity, capacity=1)
        holder, waiting = school.client(), school.client()
        held = school.registration(holder, house.activity, workshop)
        school.send(JoinWaitingList(client=waiting, workshop=workshop))
        rooms.append((workshop, DeferRegistration(client=holder, registration=held)))
    house.start("work")
    clock = house.start("clock")
    for n, (_, freed) in enumerate(rooms):
        school.send(freed)
        if n % 2:
            time.sleep(chance.uniform(0.3, 1.2))
            clock.kill()
            clock.wait()
            clock = house.start("clock")

    def offers() -> list[int]:
        return [
            sum(isinstance(fact, SeatOffered) for fact in school.facts(WORKSHOP.at(workshop)))
            for workshop, _ in rooms
        ]

    seconds = house.await_that(lambda: all(offers()), 60)
    house.await_that(lambda: not {"to_send", "claimed"} & set(house.states()), 60)
    print(f"T12: {kills} kills of the clock (seed {seed}), {len(rooms)} seats offered after {seconds:.1f} s")
    assert offers() == [1] * len(rooms)
    told = Counter(str(mail["To"]) for mail in house.sink.mails if "place est libre" in str(mail["Subject"]))
    assert sorted(told.values()) == [1] * len(rooms)


def test_a_flushed_broker_loses_no_mail(house: House) -> None:
    house.start("clock")
    house.register(20)
    house.await_that(lambda: house.states() == Counter(to_send=20), 15)
    with redis.Redis.from_url(house.valkey.url) as client:
        house.await_that(lambda: client.dbsize() > 0, 15)
        client.flushall()
    house.start("work")
    print(f"T12: flushed, all 20 sent after {house.await_sent(20):.1f} s")
    assert house.repeated() == 0


@figures("away", short=15, long=600)
def test_with_the_broker_away_commands_go_on_and_mails_wait(house: House, away: int) -> None:
    house.start("clock")
    house.start("work")
    house.register(3)
    house.await_sent(3)
    house.valkey.process.kill()
    house.valkey.process.wait()
    slowest, done, back_at = 0.0, 3, time.monotonic() + away
    while time.monotonic() < back_at:
        begun = time.monotonic()
        house.register(1)
        slowest = max(slowest, time.monotonic() - begun)
        done += 1
        time.sleep(away / 30)
    house.await_that(lambda: house.states().total() == done, 15)
    house.valkey.restart()
    seconds = house.await_sent(done)
    print(f"T12: away {away} s, slowest command {slowest:.2f} s, all {done} sent {seconds:.1f} s later")
    assert slowest < 1
    assert house.repeated() == 0


def test_a_worker_killed_while_the_server_takes_the_mail_sends_it_once_more_at_most(house: House) -> None:
    house.sink.stall = 1.5
    house.start("clock")
    first = house.start("work")
    house.register(1)
    house.await_that(lambda: len(house.sink.mails) == 1, 15)
    first.kill()
    first.wait()
    house.sink.stall = 0.0
    house.start("work")
    print(f"T12: worker killed, sent again after {house.await_sent(1):.1f} s, {house.repeated()} repeated")
    assert house.repeated() == 1, "the server's yes was never heard"


@figures("stall", short=12, long=30)
def test_a_worker_stalled_beyond_its_lease_changes_nothing_when_it_wakes(house: House, stall: int) -> None:
    house.sink.stall = 1.5
    house.start("clock")
    stalled = house.start("work")
    house.register(1)
    house.await_that(lambda: len(house.sink.mails) == 1, 60)  # both processes have to come up first
    stalled.send_signal(signal.SIGSTOP)
    house.sink.stall = 0.0
    house.start("work")
    house.await_sent(1, LEASE_SECONDS + 30)
    house.register(9)
    house.await_sent(10)
    time.sleep(stall)
    stalled.send_signal(signal.SIGCONT)
    house.register(5)
    house.await_sent(15)
    time.sleep(2)
    print(f"T12: worker stalled {stall} s, {house.repeated()} repeated of 15")
    assert house.states() == Counter(sent=15)
    assert house.repeated() <= 1


@figures("stall", short=6, long=30)
def test_a_clock_stalled_makes_each_mail_late_and_none_twice(house: House, stall: int) -> None:
    """Another clock waits beside it, as on a second machine; its connection may be ended meanwhile."""
    house.start("work")
    stalled = house.start("clock")
    house.start("clock")
    house.register(3)
    house.await_sent(3)
    stalled.send_signal(signal.SIGSTOP)
    house.register(5)
    time.sleep(stall)
    stalled.send_signal(signal.SIGCONT)
    house.register(2)
    seconds = house.await_sent(10)
    print(f"T12: clock stalled {stall} s, all 10 sent {seconds:.1f} s later")
    assert house.repeated() == 0
