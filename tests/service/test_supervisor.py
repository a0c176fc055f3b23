"""`portail run` with small commands in place of the service: order, restarts, a bounded stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.attach import attached
from service.settings import Settings
from service.stopping import StopSignals
from service.supervisor import Child, Supervisor
from tests.service.conftest import ROOT, runs, wait_for

pytestmark = pytest.mark.owns_servers
NAMES = {"mailbox", "provider", "project", "clock", "work", "serve"}


@dataclass
class Portal:
    """A running supervisor and its folder."""

    process: subprocess.Popen[str]
    data_dir: Path
    output: Path

    def pid(self, name: str) -> int:
        """Return the pid that a child last wrote."""
        return int((self.data_dir / "pids" / name).read_text())

    def starts(self, name: str) -> int:
        """Return how often a command was started."""
        path = self.data_dir / "pids" / f"{name}.count"
        return len(path.read_text()) if path.exists() else 0

    def said(self) -> str:
        """Return what the supervisor printed so far."""
        return self.output.read_text()

    def wait_ready(self) -> None:
        """Wait until the addresses are printed."""
        wait_for(lambda: "Arrêt : Ctrl-C" in self.said() or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.said()
        expected = NAMES if "/courriels" in self.said() else NAMES - {"mailbox"}
        wait_for(lambda: all((self.data_dir / "pids" / name).exists() for name in expected), 20)

    def address(self) -> str:
        """Return the printed address."""
        return self.said().partition("prêt en ")[2].partition(" : ")[2].splitlines()[0]

    def all_pids(self) -> list[int]:
        """Return the pids of all children and both servers."""
        postmaster = int((self.data_dir / "pg" / "postmaster.pid").read_text().split()[0])
        valkey = int((self.data_dir / "valkey.pid").read_text())
        return [*(self.pid(name) for name in sorted(NAMES)), postmaster, valkey]


Start = Callable[..., Portal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `portail run` on a folder of its own, or on the one given."""
    portals: list[Portal] = []

    def begin(name: str = "var", *, steer: tuple[str, ...] = (), **settings: str) -> Portal:
        data_dir = tmp_path / name
        (data_dir / "pids").mkdir(parents=True, exist_ok=True)
        for word in steer:
            (data_dir / "pids" / word).touch()
        output = tmp_path / f"{name}.{len(portals)}.out"
        given = {key: value for key, value in os.environ.items() if not key.startswith("PORTAIL_")}
        env = {**given, "PYTHONPATH": str(ROOT), "PORTAIL_DATA_DIR": str(data_dir), **settings}
        argv = [sys.executable, str(Path(__file__).with_name("supervised.py"))]
        with output.open("w") as out:
            process = subprocess.Popen(argv, env=env, stdout=out, stderr=out, text=True, cwd="/")
        portals.append(Portal(process, data_dir, output))
        return portals[-1]

    yield begin
    for portal in portals:
        portal.process.terminate()
        portal.process.wait(20)


def test_everything_starts_in_order_and_says_where(start: Start) -> None:
    portal = start()
    portal.wait_ready()
    said = portal.said()
    steps = ["PostgreSQL et Valkey", "Schéma de la base", "École de démonstration", "Services", "prêt en"]
    assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)
    roles = ("organiser", "trainer", "office", "accounting", "admin", "auditor", "client")
    assert all(f"{role}@example.com" in said for role in roles)
    assert "mot de passe portail-demo" in said
    assert "portail totp accounting@example.com" in said
    with urllib.request.urlopen(f"{portal.address()}/health", timeout=5) as answer:
        assert int(answer.read()) == portal.pid("serve")


def test_the_demo_is_made_once_and_a_later_start_is_quick(start: Start) -> None:
    first = start()
    first.wait_ready()
    first.process.terminate()
    assert first.process.wait(15) == 0
    begun = time.monotonic()
    second = start()
    second.wait_ready()
    assert time.monotonic() - begun < 10
    assert (second.starts("migrate"), second.starts("demo")) == (2, 1)


def test_a_demo_cut_short_is_finished_by_the_next_start(start: Start) -> None:
    cut = start(steer=("demo.fails",))
    assert cut.process.wait(60) == 1
    assert "« demo » a échoué (code 3)" in cut.said()
    (cut.data_dir / "pids" / "demo.fails").unlink()
    again = start()
    again.wait_ready()
    assert again.starts("demo") == 2
    assert not (again.data_dir / "demo.unfinished").exists()


def test_no_demo_is_made_outside_demo_mode(start: Start) -> None:
    portal = start(PORTAIL_MODE="test")
    portal.wait_ready()
    assert portal.starts("demo") == 0
    assert "@example.com" not in portal.said()


def test_a_schema_that_cannot_be_migrated_stops_the_start(start: Start) -> None:
    portal = start(steer=("migrate.fails",))
    assert portal.process.wait(60) == 1
    assert "« migrate » a échoué (code 3)" in portal.said()
    assert portal.starts("serve") == 0
    assert not (portal.data_dir / "pg" / "postmaster.pid").exists()


def test_each_killed_child_is_started_again_and_the_others_stay(start: Start) -> None:
    portal = start()
    portal.wait_ready()
    before = {name: portal.pid(name) for name in NAMES}
    for name in sorted(NAMES):
        os.kill(before[name], signal.SIGKILL)
        wait_for(lambda name=name: portal.pid(name) != before[name] and runs(portal.pid(name)), 15)  # type: ignore[misc]
        assert f"{name} s'est arrêté (code -9)" in portal.said()
    assert all(portal.starts(name) == 2 for name in NAMES)


def test_killed_databases_come_back_on_the_same_addresses(start: Start) -> None:
    portal = start()
    portal.wait_ready()
    addresses = (portal.data_dir / "addresses.json").read_text()
    *_, postmaster, valkey = portal.all_pids()
    os.kill(postmaster, signal.SIGKILL)
    os.kill(valkey, signal.SIGKILL)
    urls = json.loads(addresses)
    settings = Settings(data_dir=portal.data_dir)

    def back() -> bool:
        with contextlib.suppress(OSError, ValueError):
            return not {postmaster, valkey} & set(portal.all_pids())
        return False

    wait_for(back, 15)
    with attached(settings) as there:
        assert (there.database_url, there.redis_url) == (urls["database_url"], urls["redis_url"])
    assert (portal.data_dir / "addresses.json").stat().st_mode & 0o777 == 0o600


def test_a_child_that_always_fails_is_tried_ever_more_rarely(start: Start) -> None:
    portal = start()
    portal.wait_ready()
    (portal.data_dir / "pids" / "clock.fails").touch()
    os.kill(portal.pid("clock"), signal.SIGKILL)
    wait_for(lambda: portal.starts("clock") >= 4, 30)
    pauses = [line.partition("relance dans ")[2].partition(" s")[0] for line in portal.said().splitlines()]
    assert [pause for pause in pauses if pause][:3] == ["0.2", "0.5", "1"]
    assert portal.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_ends_everything_within_fifteen_seconds(start: Start, number: signal.Signals) -> None:
    portal = start(steer=("work.deaf",) if number == signal.SIGTERM else ())
    portal.wait_ready()
    pids = portal.all_pids()
    assert all(runs(pid) for pid in pids)
    begun = time.monotonic()
    portal.process.send_signal(number)
    assert portal.process.wait(20) == 0
    took = time.monotonic() - begun
    assert not any(runs(pid) for pid in pids)
    assert took < 15
    assert "database system is shut down" in (portal.data_dir / "pg.log").read_text()
    assert not (portal.data_dir / "addresses.json").exists()


def test_a_stop_during_the_start_is_obeyed(start: Start) -> None:
    portal = start()
    wait_for(lambda: "PostgreSQL et Valkey" in portal.said(), 20)
    portal.process.terminate()
    assert portal.process.wait(15) == 0
    assert portal.starts("serve") == 0
    assert "prêt" not in portal.said()


def test_a_killed_supervisor_leaves_nothing_running(start: Start) -> None:
    portal = start()
    portal.wait_ready()
    pids = portal.all_pids()
    portal.process.kill()
    wait_for(lambda: not any(runs(pid) for pid in pids), 15)


def test_two_portals_started_together_take_different_ports(start: Start) -> None:
    one, two = start("one"), start("two")
    one.wait_ready()
    two.wait_ready()
    assert one.address() != two.address()
    for portal in (one, two):
        with urllib.request.urlopen(f"{portal.address()}/health", timeout=5) as answer:
            assert int(answer.read()) == portal.pid("serve")


def test_given_servers_are_used_and_mails_leave_for_the_given_server(
    start: Start, empty_database: str, redis_url: str
) -> None:
    portal = start(
        PORTAIL_DATABASE_URL=empty_database,
        PORTAIL_REDIS_URL=redis_url,
        PORTAIL_SMTP_URL="smtp://mail.example.com",
    )
    portal.wait_ready()
    assert not (portal.data_dir / "pg").exists()
    assert portal.starts("mailbox") == 0
    assert "/courriels" not in portal.said()


def test_a_command_by_hand_finds_the_running_servers_or_starts_its_own(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    with attached(settings) as own:
        assert own.database_url.startswith("postgresql://portail:")
    with attached(settings.model_copy(update={"database_url": "a", "redis_url": "b"})) as given:
        assert given.database_url == "a"
    assert not (data_dir / "pg" / "postmaster.pid").exists()


def test_servers_alone_print_their_addresses_and_stop(data_dir: Path) -> None:
    argv = [sys.executable, "-m", "service", "servers"]
    given = {key: value for key, value in os.environ.items() if not key.startswith("PORTAIL_")}
    env = {**given, "PYTHONPATH": str(ROOT), "PORTAIL_DATA_DIR": str(data_dir)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True, cwd="/") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        assert [line.partition("=")[0] for line in lines] == [
            "export PORTAIL_DATABASE_URL",
            "export PORTAIL_REDIS_URL",
        ]
        with attached(Settings(data_dir=data_dir)) as there:
            assert there.database_url == lines[0].strip().partition("=")[2]
        process.terminate()
        assert process.wait(15) == 0


def test_a_child_that_cant_be_started_is_tried_again_and_stops_nobody_else(tmp_path: Path) -> None:
    """As on a full disk, where no log can be opened: what the system refuses ends no supervisor."""
    said: list[str] = []
    program = tmp_path / "program"
    (tmp_path / "late.log").write_text("")
    (tmp_path / "full.log").mkdir()
    children = [Child("late", [str(program), "60"]), Child("full", ["/bin/sleep", "60"])]
    with StopSignals() as stop:
        both = Supervisor(children, environment={}, log_dir=tmp_path, say=said.append, stop=stop)
        try:
            both.tend()
            assert both.pids() == {}
            program.symlink_to("/bin/sleep")
            (tmp_path / "full.log").rmdir()
            end = time.monotonic() + 10
            while both.pids().keys() != {"late", "full"}:
                assert time.monotonic() < end
                both.tend()
        finally:
            both.stop()
    assert [line.partition(" (")[0] for line in said[:2]] == ["late ne démarre pas", "full ne démarre pas"]
