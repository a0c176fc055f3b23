"""The disk under everything is full: writes are refused cleanly, and all goes on once there is room (T26)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from commands.clients.create_dossier import CreateDossier
from processors.runtime import caught_mail
from projections.runtime.check import check
from service.bootstrap import MODELS
from service.verify import verified
from tests.service.conftest import ROOT
from tests.service.running import Running, running_portal, wait
from tests.support.http import assert_problem, bearer, post

pytestmark = [pytest.mark.rule("T26"), pytest.mark.owns_servers]
SIZE = 400
"""MB of the disk: some 200 are in use once the portal has started."""
WRITERS = 8
IN_TIME, BACK = 3.0, 30.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of its own, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "portail-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root, where it may, can mount a small filesystem")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def portal(small_disk: Path, tmp_path: Path) -> Iterator[Running]:
    """All of it on the small disk: databases, keys, notary, mails, words."""
    with running_portal(small_disk / "var", small_disk / "output") as running:
        yield running


def fill(place: Path) -> Path:
    """Leave not a byte."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    keep_full(filler)
    return filler


def keep_full(filler: Path) -> None:
    """What was given free meanwhile is taken too."""
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4_096))


@dataclass
class Answers:
    """What writers were told, and what they hold for done."""

    made: dict[str, UUID] = field(default_factory=dict)
    """E-mail address → the dossier that was acknowledged."""
    told: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often which status, in which phase."""
    slowest: dict[str, float] = field(default_factory=dict)
    phase: str = "room"
    wrong: list[str] = field(default_factory=list)

    def send(self, http: httpx2.Client, wish: CreateDossier, headers: dict[str, str], key: str) -> bool:
        """Once; whether it was done."""
        phase, begun = self.phase, time.monotonic()
        answer = post(http, wish, headers, key)
        seconds = time.monotonic() - begun
        if phase == self.phase:
            self.told[phase, answer.status_code] += 1
            self.slowest[phase] = max(seconds, self.slowest.get(phase, 0))
        if answer.status_code == 200:
            self.made[str(wish.email)] = UUID(answer.json()["client"])
            return True
        try:
            assert_problem(answer, 503, "unavailable", None)
            assert int(answer.headers["retry-after"]) >= 1
        except AssertionError as wrong:
            self.wrong.append(str(wrong)[:300])
        return False

    @contextmanager
    def at_work(self, portal: Running) -> Iterator[None]:
        """Writers with one wish after another; each is asked for under its key until it is done."""
        stop, headers = threading.Event(), bearer(portal.side)

        def write() -> None:
            with httpx2.Client(base_url=portal.address, timeout=30) as http:
                while not stop.is_set():
                    key, name = str(uuid4()), uuid4().hex
                    wish = CreateDossier(
                        last_name=f"Roy {name}", first_name="Luc", country="CA", email=f"{name}@example.com"
                    )
                    while not self.send(http, wish, headers, key):
                        time.sleep(0.2)
                    time.sleep(0.1)

        with ThreadPoolExecutor(WRITERS) as pool:
            working = [pool.submit(write) for _ in range(WRITERS)]
            try:
                yield
            finally:
                stop.set()
        for one in working:
            one.result()


@dataclass
class Look:
    """How others fare meanwhile: who reads, and who asks whether the portal lives."""

    portal: Running
    headers: dict[str, str]
    reads: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0

    def on_and_on(self, seconds: float, filler: Path) -> None:
        """Look again and again while the disk is kept full."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            keep_full(filler)
            self._once()
            time.sleep(0.2)

    def _once(self) -> None:
        with httpx2.Client(base_url=self.portal.address, timeout=30) as http:
            for path in ("/health", "/api/workshops", "/api/clients"):
                begun = time.monotonic()
                answer = http.get(path, headers=self.headers)
                self.slowest = max(self.slowest, time.monotonic() - begun)
                if path == "/health":
                    assert answer.status_code == 200
                else:
                    self.reads[answer.status_code] += 1


def stands(portal: Running) -> bool:
    try:
        with psycopg.connect(portal.settings.database_url, connect_timeout=2) as line:
            return line.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def use_up_the_log(portal: Running) -> None:
    """Let PostgreSQL need one new file of its write-ahead log after another, until none is to be had."""
    for _ in range(40):
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(portal.settings.database_url, autocommit=True, connect_timeout=2) as line,
        ):
            line.execute("select pg_logical_emit_message(false, 'full', 'x'), pg_switch_wal()")
            continue
        return


def status(portal: Running) -> tuple[int, str]:
    """`portail status`, as who watches from outside asks it."""
    given = {"DATA_DIR": portal.settings.data_dir, "DATABASE_URL": portal.settings.database_url}
    given |= {"REDIS_URL": portal.settings.redis_url, "MODE": "test"}
    env = {**os.environ, **{f"PORTAIL_{name}": str(value) for name, value in given.items()}}
    argv = [sys.executable, "-m", "service", "status"]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


@pytest.mark.long
def test_a_full_disk_refuses_cleanly_and_all_goes_on_once_there_is_room(
    portal: Running, small_disk: Path
) -> None:
    """First PostgreSQL stands and can't grow; then it goes down for want of room for its log."""
    answers, look = Answers(), Look(portal, bearer(portal.side))
    with answers.at_work(portal):
        time.sleep(5)
        filler = fill(small_disk)
        answers.phase = "full"
        look.on_and_on(15, filler)
        stood, said = stands(portal), status(portal)
        answers.phase = "down"
        use_up_the_log(portal)
        look.on_and_on(15, filler)
        stands_down, said_down = stands(portal), status(portal)
        answers.phase = "after"
        filler.unlink()
        begun = time.monotonic()
        before = len(answers.made)
        wait(lambda: len(answers.made) > before + WRITERS, BACK, "writing")
        back = time.monotonic() - begun
        time.sleep(5)
    caught_up(portal)
    slowest = {phase: round(seconds, 1) for phase, seconds in answers.slowest.items()}
    print(
        f"T26: disk full, {dict(answers.told)}, slowest {slowest} s; reads {dict(look.reads)}, slowest"
        f" {look.slowest:.1f} s; writing again after {back:.1f} s with room, {len(answers.made)} dossiers"
    )
    assert answers.told["full", 503] > 0, "the control: it was full"
    assert stood, "the control: it could not grow, and stood"
    assert not stands_down, "the control: it went down"
    assert answers.wrong == [], "told to come back in French, and nothing else"
    assert max(answers.slowest["full"], answers.slowest["down"], look.slowest) <= IN_TIME
    assert look.reads[200] > 0, "who only reads goes on while PostgreSQL stands"
    assert look.reads.keys() <= {200, 503}
    assert (said[0], said_down) == (1, (1, "La base de données ne répond pas.\n"))
    assert "en retard" in said[1], "status tells that nothing goes on"
    found = kept(portal)
    assert faults(answers.made, found) == []
    settings = portal.settings
    assert verified(settings, settings.notary_file).fault is None
    differing = [one.line() for one in check(settings.database_url, portal.side.store, MODELS) if one.differs]
    assert differing == []


def caught_up(portal: Running) -> None:
    """Whatever follows from what happened has followed, mails too."""
    end = portal.mark()
    wait(lambda: portal.well("clock", end) and portal.well("project", end), 60, "the log's end")
    portal.let_leases_end()
    with psycopg.connect(portal.settings.database_url) as line:
        line.execute("update outbox set next_try = now() where state = 'to_send'")
    wait(portal.all_sent, 90, "the last mail")


@dataclass(frozen=True)
class Found:
    """What the log and the mails hold afterwards."""

    dossiers: dict[UUID, int]
    """Those that the writers asked for, and how many events each has."""
    failed: int
    """Mails that were given up."""
    mailed: frozenset[str]
    """Addresses that mails arrived at."""


def kept(portal: Running) -> Found:
    with psycopg.connect(portal.settings.database_url) as line:
        made = line.execute(
            "select stream, count(*) from events where stream in (select stream from events where topic ="
            " 'client.dossier_created') group by stream"
        ).fetchall()
        failed = line.execute("select count(*) from outbox where state not in ('sent', 'dropped')").fetchone()
    assert failed is not None
    folder = portal.settings.mails_dir
    mails = [
        mail for name in caught_mail.ids(folder) if (mail := caught_mail.read(folder, name, whole=False))
    ]
    return Found(dict(made), failed[0], frozenset(mail.header("To") for mail in mails))


def faults(made: dict[str, UUID], found: Found) -> list[str]:
    """What a full disk must not do, in words: each wish was asked for until it was done."""
    said = []
    if lost := set(made.values()) - found.dossiers.keys():
        said.append(f"{len(lost)} acknowledged dossiers lost")
    if more := found.dossiers.keys() - set(made.values()):
        said.append(f"{len(more)} dossiers made twice, or by half")
    if found.failed:
        said.append(f"{found.failed} mails given up")
    if without := made.keys() - found.mailed:
        said.append(f"{len(without)} mails never came")
    return said


def test_each_fault_would_be_found() -> None:
    """The control: one of each, planted."""
    one, other = uuid4(), uuid4()
    made, good = {"a@example.com": one}, Found({one: 1}, 0, frozenset({"a@example.com"}))
    assert faults(made, good) == []
    assert faults(made, replace(good, dossiers={})) == ["1 acknowledged dossiers lost"]
    assert faults(made, replace(good, dossiers={one: 1, other: 1})) == ["1 dossiers made twice, or by half"]
    assert faults(made, replace(good, failed=1)) == ["1 mails given up"]
    assert faults(made, replace(good, mailed=frozenset())) == ["1 mails never came"]
