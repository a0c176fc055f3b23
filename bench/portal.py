"""The service's own processes on the demo school, as a bench uses them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import LiteralString
from uuid import UUID

from aggregates.kernel import Role
from bench.tokens import token_of
from schema.clock import machine_time
from schema.migrate import migrate
from service.attach import command_line
from service.bootstrap import WriteSide
from service.demo.school_maker import make_demo_school
from service.embedded import Servers
from service.embedded.process import free_port
from service.settings import Settings

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
CHILDREN = ("mailbox", "project", "clock", "work", "serve")


@dataclass(frozen=True)
class Site:
    """Where a portal's processes find everything, and a write side beside them."""

    settings: Settings
    side: WriteSide
    postgres: int
    """Process id of its PostgreSQL server."""

    def environment(self) -> dict[str, str]:
        """Of its processes."""
        given = {
            "PORTAIL_DATABASE_URL": self.settings.database_url,
            "PORTAIL_REDIS_URL": self.settings.redis_url,
            "PORTAIL_DATA_DIR": str(self.settings.data_dir),
            "PORTAIL_PORT": str(self.settings.port),
            "PORTAIL_MAILBOX_PORT": str(self.settings.mailbox_port),
        }
        return os.environ | given


@dataclass(frozen=True)
class BenchPortal(Site):
    """A running portal, a token for it and its process ids."""

    port: int
    token: str
    pids: Sequence[int]

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time so far of each process by its command, and of PostgreSQL with its children that live."""
        spent = {name: _cpu(pid) for name, pid in zip(CHILDREN, self.pids, strict=True)}
        return spent | {"postgres": _cpu(self.postgres) + sum(_cpu(pid) for pid in _children(self.postgres))}

    def memory(self, command: str) -> float:
        """What that process holds in memory now, in MB."""
        return memory_of(self.pids[CHILDREN.index(command)], "VmRSS")


def memory_of(pid: int, which: str) -> float:
    """A figure of /proc/PID/status in MB; 0 for a process that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = status.partition(f"{which}:")[2].split()
    return int(found[0]) / 1024 if found else 0.0


def _cpu(pid: int) -> float:
    """0 for a process that has ended meanwhile."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _children(parent: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if (fields := _stat(pid)) and int(fields[1]) == parent]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold blanks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


@contextmanager
def site(servers: Servers, data_dir: Path) -> Iterator[Site]:
    """The servers' database migrated, nothing in it."""
    assert servers.postgres is not None
    migrate(servers.database_url)
    settings = Settings(
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        data_dir=data_dir,
        port=free_port(),
        mailbox_port=free_port(),
    )
    with command_line(settings) as side:
        yield Site(settings, side, servers.postgres.pid)


@contextmanager
def bench_portal(servers: Servers, data_dir: Path) -> Iterator[BenchPortal]:
    """The demo school, and every process but the supervisor."""
    with site(servers, data_dir) as here:
        today = machine_time().date()
        make_demo_school(here.side, today, "bench", clients=300, progress=lambda _share: None)
        with run_portal(here) as portal:
            yield portal


@contextmanager
def run_portal(here: Site) -> Iterator[BenchPortal]:
    """Every process but the supervisor, all models caught up."""
    token = token_of(here.side, Role.OFFICE)
    children = [
        subprocess.Popen([sys.executable, "-m", "service", name], cwd=ROOT, env=here.environment())
        for name in CHILDREN
    ]
    try:
        _wait_for(here.settings.port)
        caught_up(here.side)
        pids = [child.pid for child in children]
        yield BenchPortal(here.settings, here.side, here.postgres, here.settings.port, token, pids)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(15)


def _wait_for(port: int) -> None:
    for _ in range(1_200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the portal does not answer")


_VIEWS_CAUGHT_UP = (
    "select coalesce(min(m.position) >= (select max(position) from events), false) from read_models m"
)
MAILS_LEFT = (
    "select (select min(position) from processors) >= (select max(position) from events)"
    " and not exists (select 1 from outbox where state in ('to_send', 'claimed'))"
)
"""Every mail of the commands so far has left: they are part of what a command costs."""


def wait_until(side: WriteSide, condition: LiteralString, seconds: int = 60) -> None:
    """Until the query answers true. Raises TimeoutError."""
    for _ in range(seconds * 10):
        with side.pool.connection() as connection:
            if connection.execute(condition).fetchone() == (True,):
                return
        time.sleep(0.1)
    raise TimeoutError(condition)


def caught_up(side: WriteSide) -> None:
    """Until every read model shows the whole log."""
    wait_until(side, _VIEWS_CAUGHT_UP)


def fullest_workshop(side: WriteSide) -> UUID:
    """The workshop with the most seats taken, about 60."""
    with side.pool.connection() as connection:
        row = connection.execute(
            "select workshop from read.workshop_dates_seat group by workshop"
            " order by abs(count(*) - 60), workshop limit 1"
        ).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def open_registrations(side: WriteSide) -> list[tuple[UUID, UUID, UUID]]:
    """Client, registration and workshop of dated registrations, one per client."""
    with side.pool.connection() as connection:
        rows: list[tuple[UUID, UUID, UUID]] = connection.execute(
            "select distinct on (r.client) r.client, r.registration, r.workshop"
            " from read.dossier_registration r join read.workshop_dates_workshop w using (workshop)"
            " where r.state = 'scheduled' and w.starts > %s order by r.client",
            (machine_time() + timedelta(days=7),),
        ).fetchall()
    return rows
