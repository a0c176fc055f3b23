"""The database's disk is lost under writers: it comes back at any second, within the hour's half (T26)."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from psycopg.conninfo import make_conninfo

from aggregates.client.state import CLIENT, Dossier, ErasedDossier
from commands.clients.create_dossier import CreateDossier
from commands.clients.remove_dossier import RemoveDossier
from projections.runtime.check import check
from schema.keys import Vault
from schema.migrate import migrate
from schema.notary import raw_erasures
from service.bootstrap import MODELS, write_side
from tests.service.conftest import ROOT, wait_for
from tests.service.restoring import (
    Kept,
    Line,
    base_backup,
    cluster,
    copying_to,
    faults,
    kept,
    lose,
    lost_seconds,
    restored,
    tool,
)
from tests.service.running import Running, running_portal, wait
from tests.support.http import bearer, post
from tests.support.write_side import School, school_on

pytestmark = [pytest.mark.rule("T26"), pytest.mark.owns_servers]
RPO, RTO = 60.0, 1_800.0
WRITERS = 8
GONE = ("Zyxwvut Erablière", "zyxwvut@example.com")
NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)


def test_each_fault_of_a_restore_would_be_found() -> None:
    """The control: one of each, planted."""
    second = timedelta(seconds=1)
    journal = [
        Line("before", NOW - 2 * second, NOW - second),
        Line("meanwhile", NOW - second, NOW + second),
        Line("after", NOW + second, NOW + 2 * second),
    ]
    good, committed = Kept(frozenset({1, 2}), frozenset({"before", "meanwhile"})), frozenset({1, 2})
    assert faults(journal, good, NOW, committed) == []
    assert faults(journal, replace(good, made=frozenset({"before"})), NOW, committed) == []
    assert faults(journal, replace(good, made=frozenset()), NOW, committed) == [
        "1 acknowledged before it are lost"
    ]
    early = replace(good, made=frozenset({"before", "after"}))
    assert faults(journal, early, NOW, committed) == ["1 begun after it are there"]
    assert faults(journal, replace(good, positions=frozenset({1, 3})), NOW, committed) == [
        "1 events missing",
        "1 events too many",
    ]
    assert lost_seconds(journal, good, NOW + 5 * second) == (1, 3.0)


@dataclass
class Writers:
    """Clients that open one dossier after another, and what they were answered."""

    journal: list[Line] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)

    @contextmanager
    def at_work(self, portal: Running) -> Iterator[None]:
        stop, headers = threading.Event(), bearer(portal.side)

        def write() -> None:
            with httpx2.Client(base_url=portal.address, timeout=10) as http:
                while not stop.is_set():
                    self._one(http, headers)

        with ThreadPoolExecutor(WRITERS) as pool:
            working = [pool.submit(write) for _ in range(WRITERS)]
            try:
                yield
            finally:
                stop.set()
        for one in working:
            one.result()

    def _one(self, http: httpx2.Client, headers: dict[str, str]) -> None:
        wish = CreateDossier(last_name=f"Roy {uuid4().hex}", first_name="Luc", country="CA")
        begun = datetime.now(UTC)
        answer = post(http, wish, headers)
        if answer.status_code == 200:
            self.journal.append(Line(answer.json()["client"], begun, datetime.now(UTC)))
        else:
            self.refused.add(answer.status_code)
        time.sleep(0.25)


@dataclass
class Lost:
    """A school whose database is gone; what is left of it, and what is known about it."""

    folder: Path
    writers: Writers
    before: Kept
    """The log as it was right before the end."""
    committed: dict[int, datetime]
    backed_up: datetime
    erased: datetime
    end: datetime
    gone: UUID

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def by(self, second: datetime) -> frozenset[int]:
        """Positions committed by then."""
        return frozenset(position for position, at in self.committed.items() if at <= second)


def commits(url: str) -> dict[int, datetime]:
    with psycopg.connect(url) as line:
        return dict(line.execute("select position, pg_xact_commit_timestamp(xmin) from events").fetchall())


def told_to_the_ledger(portal: Running) -> bool:
    file = portal.settings.notary_file
    return file.exists() and next(raw_erasures(file), None) is not None


@pytest.fixture
def lost(data_dir: Path) -> Lost:
    """A minute and a half of writing; a backup at its beginning, an erasure in it, the end at any moment."""
    place, seed = data_dir / "cluster", random.randrange(1_000_000)
    chance, writers = random.Random(seed), Writers()
    print(f"T26: seed {seed}")
    with (
        cluster(place, **copying_to(data_dir / "archive")) as servers,
        running_portal(data_dir / "var", data_dir / "output", database_url=servers.database_url) as portal,
    ):
        school, url = School(portal.side), servers.database_url
        gone = school.client(last_name=GONE[0], email=GONE[1])
        activity = school.activity()
        workshop = school.workshop(activity)
        for _ in range(5):
            school.registration(school.client(), activity, workshop)
        with writers.at_work(portal):
            time.sleep(2)
            base_backup(url, data_dir / "backup")
            backed_up = datetime.now(UTC)
            time.sleep(chance.uniform(30, 40))
            school.send(RemoveDossier(client=gone))
            erased = datetime.now(UTC)
            wait_for(lambda: told_to_the_ledger(portal), 20)
            time.sleep(chance.uniform(35, 50))
            committed = commits(url)
            before = kept(url)
            lose(servers, place)
            end = datetime.now(UTC)
            time.sleep(1)
    return Lost(data_dir, writers, before, committed, backed_up, erased, end, gone)


def portail(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command as operators give it."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PORTAIL_")}
    env |= {f"PORTAIL_{name.upper()}": value for name, value in settings.items()}
    argv = [sys.executable, "-m", "service", *words]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300)


@dataclass
class Back:
    """The school after a restore: adopted, and running again."""

    portal: Running
    adopted: str
    found: Kept
    """As it was before anything was written to it."""
    known: bool
    """Whether the erased person was there before the backup was adopted."""
    seconds: float


@contextmanager
def back(lost: Lost, name: str, target: datetime | None = None) -> Iterator[Back]:
    """All that docs/operations.md says, on the files that the disaster left."""
    begun, var = time.monotonic(), lost.folder / f"{name}-var"
    shutil.copytree(lost.folder / "var", var)
    password = lost.folder / "cluster" / "pg.password"
    with ExitStack() as stack:
        url = stack.enter_context(
            restored(lost.folder / name, lost.folder / "backup", lost.archive, password, target)
        )
        found = kept(url)
        given = {"data_dir": str(var), "mode": "test", "database_url": url}
        keys = var / "keys"
        with school_of(url, keys) as school:
            known = isinstance(school.state(CLIENT.at(lost.gone)), Dossier)
        # Nothing of an adoption needs the broker.
        adopted = portail("adopt", **given, redis_url="redis://127.0.0.1:1/0")
        assert adopted.returncode == 0, adopted.stderr
        portal = stack.enter_context(running_portal(var, lost.folder / f"{name}-output", database_url=url))
        wait(lambda: one_command(portal) == 200, 60, "the first command")
        yield Back(portal, adopted.stdout, found, known, time.monotonic() - begun)


@contextmanager
def school_of(url: str, keys: Path) -> Iterator[School]:
    """Looks into a database with the keys of an installation."""
    master, lookup = (bytes.fromhex((keys / f"{name}.key").read_text()) for name in ("master", "lookup"))
    with write_side(url, Vault(master=master, lookup=lookup), lambda: None, settable_clock=False) as side:
        yield School(side)


def one_command(portal: Running) -> int:
    with httpx2.Client(base_url=portal.address, timeout=10) as http:
        wish = CreateDossier(last_name="Roy", first_name="Luc", country="CA")
        return post(http, wish, bearer(portal.side)).status_code


def assert_sound(now: Back, values: Path) -> None:
    """The chain, the views and the erasure are as they must be, after new writes too."""
    settings = now.portal.settings
    given = {
        "data_dir": str(settings.data_dir),
        "mode": "test",
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
    }
    wait(lambda: now.portal.well("project", now.portal.mark()), 30, "the views")
    compared = check(settings.database_url, now.portal.side.store, MODELS)
    assert [one.line() for one in compared if one.differs] == []
    verified = portail("verify", "--anchor", str(settings.notary_file), **given)
    assert (verified.returncode, "journal intact" in verified.stdout) == (0, True), verified.stdout
    scanned = portail("scan-erased", "--values", str(values), **given)
    assert scanned.returncode == 0, scanned.stdout


@pytest.mark.long
def test_a_lost_database_comes_back_at_a_random_second_and_at_its_end(lost: Lost, tmp_path: Path) -> None:
    """To a second before the erasure, which is carried out again; then, from the same files, to the end.

    What the archive holds ends before the disaster: what was acknowledged in between is the RPO.
    """
    values, journal = tmp_path / "values", lost.writers.journal
    values.write_text("\n".join(GONE))
    assert lost.writers.refused <= {503}, "clients were told to come back when the database was gone"
    chosen = lost.backed_up + random.uniform(0.05, 0.95) * (lost.erased - lost.backed_up)
    with back(lost, "second", chosen) as now:
        assert faults(journal, now.found, chosen, lost.by(chosen)) == []
        assert 0 < len(now.found.positions) < len(lost.before.positions)
        assert now.known, "the control: the backup brought the person back"
        assert "1 effacements rejoués" in now.adopted
        assert isinstance(School(now.portal.side).state(CLIENT.at(lost.gone)), ErasedDossier)
        assert_sound(now, values)
        print(
            f"T26: restored to {chosen:%H:%M:%S.%f}, {len(now.found.positions)} events of"
            f" {len(lost.before.positions)}, in {now.seconds:.1f} s"
        )
        assert now.seconds <= RTO
    with back(lost, "end") as now:
        gone, seconds = lost_seconds(journal, now.found, lost.end)
        # What was committed between the last look and the end is no part of the look.
        seen = replace(now.found, positions=now.found.positions & lost.committed.keys())
        last = max(lost.committed[position] for position in seen.positions)
        assert faults([one for one in journal if one.begun <= last], seen, last, lost.by(last)) == []
        assert not now.known
        assert_sound(now, values)
        print(
            f"T26: restored to the end, {len(journal)} commands acknowledged by {WRITERS} writers, {gone} of"
            f" them lost: RPO {seconds:.1f} s (bound {RPO:.0f}); RTO {now.seconds:.1f} s (bound {RTO:.0f})"
        )
        assert seconds <= RPO
        assert now.seconds <= RTO


def receiving(url: str, folder: Path) -> subprocess.Popen[bytes]:
    """Who holds each commit until it has been flushed elsewhere too."""
    folder.mkdir()
    named = make_conninfo(url, application_name="elsewhere")
    argv = [tool("pg_receivewal"), f"--dbname={named}", f"--directory={folder}", "--synchronous", "--no-loop"]
    return subprocess.Popen(argv)


@pytest.mark.long
def test_with_a_synchronous_receiver_nothing_acknowledged_is_lost(data_dir: Path) -> None:
    """Each commit waits for the other disk: RPO 0."""
    place, receiver, journal = data_dir / "cluster", data_dir / "received", list[Line]()
    elsewhere = {"synchronous_standby_names": "elsewhere", "track_commit_timestamp": "on"}
    with ExitStack() as stack:
        servers = stack.enter_context(cluster(place, track_commit_timestamp="on"))
        url = servers.database_url
        migrate(url)
        process = receiving(url, receiver)
        stack.callback(process.wait, 20)
        stack.callback(process.kill)
        with psycopg.connect(url, autocommit=True) as line:
            for name, value in elsewhere.items():
                line.execute(f"alter system set {name} = '{value}'")
            line.execute("select pg_reload_conf()")
        wait_for(lambda: waits_for_it(url), 20)
        base_backup(url, data_dir / "backup")
        stop = threading.Event()

        def write() -> None:
            with school_on(url) as school:
                while not stop.is_set():
                    begun = datetime.now(UTC)
                    try:
                        made = school.client()
                    except (psycopg.Error, OperationalError):  # the database went under it: not acknowledged
                        return
                    journal.append(Line(str(made), begun, datetime.now(UTC)))

        with ThreadPoolExecutor(WRITERS) as pool:
            for _ in range(WRITERS):
                pool.submit(write)
            time.sleep(random.uniform(5, 10))
            lose(servers, place)
            end = datetime.now(UTC)
            stop.set()
        process.wait(20)
    for piece in receiver.glob("*.partial"):
        piece.rename(piece.with_suffix(""))
    assert len(journal) > 100
    password = place / "pg.password"
    with restored(data_dir / "again", data_dir / "backup", receiver, password) as restored_url:
        gone, seconds = lost_seconds(journal, kept(restored_url), end)
        print(
            f"T26: synchronous receiver, {len(journal)} commands acknowledged, {gone} lost, RPO {seconds} s"
        )
        assert gone == 0


def waits_for_it(url: str) -> bool:
    with psycopg.connect(url) as line:
        row = line.execute("select count(*) from pg_stat_replication where sync_state = 'sync'").fetchone()
    return row == (1,)
