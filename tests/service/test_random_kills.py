"""Everything is killed in turn under 16 clients: nothing acknowledged is lost, nothing is done twice (T1)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.events import InvoiceIssued
from aggregates.workshop.state import WORKSHOP, Planned
from commands.registrations.register_client import RegisterClient
from processors.runtime import caught_mail
from projections.runtime.check import check
from service.bootstrap import MODELS
from tests.service.running import Running, running_portal, wait
from tests.support.http import bearer, post
from tests.support.lanes import figures
from tests.support.write_side import School

pytestmark = [pytest.mark.rule("T1"), pytest.mark.owns_servers, pytest.mark.xdist_group("crowd")]
CLIENTS, CAPACITY, ACTIVITIES = 16, 40, 10
HEALTHY, PATIENCE = 30.0, 90.0
VICTIMS = ("serve", "work", "postgres", "project", "valkey", "clock")


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Running]:
    try:
        with running_portal(tmp_path / "var", tmp_path / "output") as running:
            yield running
    finally:
        shutil.rmtree(tmp_path / "var", ignore_errors=True)


@dataclass
class Told:
    """What clients were answered."""

    registrations: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    """Acknowledged: registration → client, workshop."""
    codes: Counter[str] = field(default_factory=Counter)


def register(
    portal: Running, wishes: SimpleQueue[RegisterClient], stop: threading.Event, told: Told, pause: float
) -> None:
    """One client's afternoon: whoever gets no answer asks again under the same key."""
    headers = bearer(portal.side)
    with httpx2.Client(base_url=portal.address, timeout=10) as http:
        while not stop.is_set():
            try:
                wish = wishes.get_nowait()
            except Empty:
                return
            answer = _answered(http, wish, headers, str(uuid4()))
            if answer.status_code == 200:
                told.registrations[UUID(answer.json()["registration"])] = (wish.client, wish.workshop)  # type: ignore[assignment]
            told.codes[_code(answer)] += 1
            time.sleep(pause)


def _code(answer: httpx2.Response) -> str:
    """`done`, the refusal's code, or what went wrong."""
    match answer.status_code:
        case 200:
            return "done"
        case 409:
            return str(answer.json()["code"])
        case _:
            return f"{answer.status_code} {answer.text[:200]}"


def _answered(
    http: httpx2.Client, wish: RegisterClient, headers: dict[str, str], key: str
) -> httpx2.Response:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            answer = post(http, wish, headers, key)
        except httpx2.TransportError:
            time.sleep(0.2)
            continue
        if answer.status_code != 503:
            return answer
        time.sleep(0.5)
    raise AssertionError(f"no answer within {PATIENCE} s")


@contextmanager
def crowd(
    portal: Running, wishes: SimpleQueue[RegisterClient], told: Told, pause: float = 0.8
) -> Iterator[None]:
    """16 clients at it, each with a wish after each pause: some 20 a second, or 8.

    Wishes must last: what is well is seen by something new that went through.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        all_of_them = [pool.submit(register, portal, wishes, stop, told, pause) for _ in range(CLIENTS)]
        try:
            yield
        finally:
            stop.set()
            for one in all_of_them:
                one.result()


@dataclass(frozen=True)
class Found:
    """What the log and the mails hold afterwards."""

    registered: dict[UUID, tuple[UUID, UUID]]
    seats: dict[UUID, set[UUID]]
    numbers: list[str]
    to_send: set[str]
    caught: Counter[str]
    """Message-IDs of confirmations."""


def faults(told: Told, found: Found, kills: int) -> list[str]:
    """What T1 forbids, in words."""
    said = []
    if lost := told.registrations.keys() - found.registered.keys():
        said.append(f"{len(lost)} acknowledged registrations lost")
    if more := [w for w, seats in found.seats.items() if len(seats) > CAPACITY]:
        said.append(f"{len(more)} workshops oversold")
    if found.registered.keys() != set().union(*found.seats.values()):
        said.append("registrations and seats differ")
    counted = Counter(int(number.rpartition("-")[2]) for number in found.numbers)
    if sorted(counted.elements()) != list(range(1, len(found.numbers) + 1)):
        said.append("invoice numbers with gaps or doubles")
    if len(found.numbers) != len(found.registered):
        said.append("registrations and invoices differ")
    if missing := found.to_send - found.caught.keys():
        said.append(f"{len(missing)} mails never came")
    if len(found.to_send) != len(found.registered):
        said.append("registrations and confirmations differ")
    if (doubles := found.caught.total() - len(found.caught)) > kills:
        said.append(f"{doubles} mails came twice, {kills} kills")
    return said


def test_each_fault_would_be_found() -> None:
    """The control: one of each, planted."""
    person, workshop, one, other = uuid4(), uuid4(), uuid4(), uuid4()
    told = Told({one: (person, workshop)})
    good = Found({one: (person, workshop)}, {workshop: {one}}, ["QC-2026-1"], {"m"}, Counter({"m": 2}))
    assert faults(told, good, 1) == []
    assert faults(told, good, 0) == ["1 mails came twice, 0 kills"]
    assert "1 acknowledged registrations lost" in faults(told, replace(good, registered={}), 1)
    assert "registrations and seats differ" in faults(told, replace(good, seats={workshop: {one, other}}), 1)
    full = {workshop: {uuid4() for _ in range(CAPACITY + 1)}}
    assert "1 workshops oversold" in faults(told, replace(good, seats=full), 1)
    for numbers in (["QC-2026-2"], ["QC-2026-1", "QC-2026-1"]):
        assert "invoice numbers with gaps or doubles" in faults(told, replace(good, numbers=numbers), 1)
    assert "1 mails never came" in faults(told, replace(good, caught=Counter()), 1)


def look(portal: Running, people: list[UUID], workshops: list[UUID]) -> Found:
    registered: dict[UUID, tuple[UUID, UUID]] = {}
    invoices: set[UUID] = set()
    for loaded in portal.side.store.load([CLIENT.at(person) for person in people]):
        assert isinstance(loaded.state, Dossier)
        for id_, registration in loaded.state.registrations.items():
            registered[id_] = (loaded.id, registration.workshop)  # type: ignore[union-attr]
    seats = {}
    for loaded in portal.side.store.load([WORKSHOP.at(workshop) for workshop in workshops]):
        assert isinstance(loaded.state, Planned)
        seats[loaded.id] = set(loaded.state.seats)
        invoices |= {seat.invoice for seat in loaded.state.seats.values() if seat.invoice is not None}
    with psycopg.connect(portal.settings.database_url) as line:
        positions = line.execute(
            "select position from events where topic like %s order by position", (f"{InvoiceIssued.TOPIC}%",)
        ).fetchall()
        wanted = line.execute("select id from outbox where template = 'registration_confirmed'").fetchall()
    numbers = [
        portal.side.store.decode(stored).fact.number  # type: ignore[attr-defined]
        for stored in portal.side.store.log.select_at([p for (p,) in positions])
    ]
    folder = portal.settings.mails_dir
    mails = [mail for name in caught_mail.ids(folder) if (mail := caught_mail.read(folder, name))]
    to_send = {str(id_) for (id_,) in wanted}
    ids = [mail.header("Message-ID").strip("<>").partition("@")[0] for mail in mails]
    return Found(registered, seats, numbers, to_send, Counter(id_ for id_ in ids if id_ in to_send))


def await_the_end(portal: Running) -> None:
    """All that follows from what happened has happened."""
    end = portal.mark()
    wait(lambda: portal.well("clock", end) and portal.well("project", end), 60, "the log's end")
    portal.let_leases_end()
    wait(portal.all_sent, 90, "the last mail")
    wait(lambda: portal.side.store.log.max_notification_id() == end.log_end, 10, "a living connection")


def a_crowds_wishes(
    school: School, chance: random.Random, people: int
) -> tuple[list[UUID], list[UUID], SimpleQueue[RegisterClient]]:
    """Clients, workshops, and what everybody wants in any order.

    As many seats as wishes, which fall as they like: many dates fill up, and none soon.
    """
    clients = [school.client() for _ in range(people)]
    activities = [school.activity(f"Activité {n}") for n in range(ACTIVITIES)]
    dates = {
        a: [school.workshop(a, capacity=CAPACITY) for _ in range(people // CAPACITY)] for a in activities
    }
    wishes: SimpleQueue[RegisterClient] = SimpleQueue()
    pairs = [(client, activity) for client in clients for activity in activities]
    for client, activity in chance.sample(pairs, len(pairs)):
        wishes.put(RegisterClient(client=client, activity=activity, workshop=chance.choice(dates[activity])))
    return clients, [workshop for of_one in dates.values() for workshop in of_one], wishes


@figures(("kills", "people", "pause", "starts"), short=(5, 120, 2.0, 3), long=(50, 1_600, 0.8, 0))
def test_random_kills_lose_nothing_and_repeat_nothing(
    portal: Running, kills: int, people: int, pause: float, starts: int
) -> None:
    """Whatever was killed is well within 30 s, in the short lane within so many `starts` of the whole."""
    healthy = max(HEALTHY, starts * portal.start)
    school, chance = School(portal.side), random.Random(kills)
    clients, workshops, wishes = a_crowds_wishes(school, chance, people)
    victims = [VICTIMS[n % len(VICTIMS)] for n in range(kills)]
    told, back = Told(), dict[str, float]()
    with crowd(portal, wishes, told, pause):
        for victim in chance.sample(victims, len(victims)):
            time.sleep(chance.uniform(1, 3))
            before = portal.pid(victim)
            assert before is not None
            since = portal.mark()
            os.kill(before, signal.SIGKILL)
            up = wait(lambda v=victim, b=before: portal.pid(v) not in (None, b), healthy, victim)  # type: ignore[misc]
            took = up + wait(lambda v=victim, s=since: portal.well(v, s), healthy - up, victim)  # type: ignore[misc]
            back[victim] = max(took, back.get(victim, 0))
    await_the_end(portal)
    found = look(portal, clients, workshops)
    doubles = found.caught.total() - len(found.caught)
    print(
        f"T1: seed {kills}, {kills} kills, {told.codes.total()} commands ({dict(told.codes)}),"
        f" {len(found.to_send)} confirmations, {doubles} of them twice;"
        f" well again after at most { ({name: round(s, 1) for name, s in back.items()}) } s"
    )
    assert told.codes.keys() <= {"done", "workshop_full"}
    assert told.codes["done"] > 20 * kills, "they must be at it while things are killed"
    assert faults(told, found, kills) == []
    assert [
        c.line() for c in check(portal.settings.database_url, portal.side.store, MODELS) if c.differs
    ] == []


@pytest.mark.rule("T12")
@pytest.mark.long
@pytest.mark.parametrize("seconds", [20])
def test_whatever_is_stalled_goes_on_where_it_was(portal: Running, seconds: int) -> None:
    """Stopped for longer than heartbeats and idle transactions last, one after another, under 16 clients."""
    clients, workshops, wishes = a_crowds_wishes(School(portal.side), random.Random(12), 320)
    told, back = Told(), dict[str, float]()
    with crowd(portal, wishes, told):
        for victim in ("serve", "project", "clock", "work", "valkey"):
            stalled = portal.pid(victim)
            assert stalled is not None
            os.kill(stalled, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(stalled, signal.SIGCONT)
            since = portal.mark()
            back[victim] = wait(lambda v=victim, s=since: portal.well(v, s), HEALTHY, victim)  # type: ignore[misc]
            assert portal.pid(victim) == stalled
    await_the_end(portal)
    found = look(portal, clients, workshops)
    print(
        f"T12: stalled {seconds} s each, well again after { ({n: round(s, 1) for n, s in back.items()}) } s"
    )
    assert told.codes.keys() <= {"done", "workshop_full"}
    assert faults(told, found, len(back)) == []
