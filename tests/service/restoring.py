"""A cluster whose log of writes is kept elsewhere, its loss, and its return to any second."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from service.embedded import Servers
from service.embedded.postgres import install_folder
from tests.service.conftest import children_of, runs, wait_for

ARCHIVING = {
    "archive_mode": "on",
    "archive_timeout": "30s",
    # The drill's own oracle: which second each row was committed in.
    "track_commit_timestamp": "on",
}
"""As docs/operations.md has it."""


def tool(name: str) -> str:
    """One of PostgreSQL's own programs."""
    return str(install_folder() / "bin" / name)


@contextmanager
def cluster(folder: Path, **settings: str) -> Iterator[Servers]:
    """PostgreSQL alone on that folder, its writes flushed as in production."""
    with Servers(folder, redis_url="redis://unused", extra=settings) as servers:
        yield servers


def copying_to(archive: Path) -> Mapping[str, str]:
    """Settings under which each finished piece of the write-ahead log is copied there, whole or not."""
    archive.mkdir()
    kept = f"test ! -f {archive}/%f && cp %p {archive}/%f.new && mv {archive}/%f.new {archive}/%f"
    return {**ARCHIVING, "archive_command": kept}


def base_backup(url: str, folder: Path) -> None:
    """Copy the running cluster."""
    argv = [tool("pg_basebackup"), f"--dbname={url}", f"--pgdata={folder}", "--checkpoint=fast", "--no-sync"]
    subprocess.run(argv, check=True, timeout=120)


def lose(servers: Servers, folder: Path) -> None:
    """Kill everything of the cluster at once, and take its disk away."""
    assert servers.postgres is not None
    pid = servers.postgres.pid
    victims = [
        pid,
        *(grandchild for child in children_of(pid) for grandchild in (child, *children_of(child))),
    ]
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_for(lambda: not any(runs(victim) for victim in victims), 10)
    shutil.rmtree(folder / "pg")


@contextmanager
def restored(
    folder: Path, backup: Path, archive: Path, password: Path, target: datetime | None = None
) -> Iterator[str]:
    """The URL of a new cluster made of the backup and the archive, up to `target` or to the end."""
    folder.mkdir()
    shutil.copy(password, folder / "pg.password")
    shutil.copytree(backup, folder / "pg")
    lines = [f"restore_command = 'cp {archive}/%f %p'"]
    if target is not None:
        lines += [f"recovery_target_time = '{target.isoformat()}'", "recovery_target_action = 'promote'"]
    with (folder / "pg" / "postgresql.auto.conf").open("a") as file:
        file.write("\n".join(["", *lines, ""]))
    (folder / "pg" / "recovery.signal").touch()
    (folder / "pg").chmod(0o700)
    with cluster(folder, track_commit_timestamp="on", synchronous_standby_names="") as servers:
        yield servers.database_url


@dataclass(frozen=True)
class Line:
    """One command that was acknowledged: what it made, when it was sent, and when its answer came."""

    made: str
    begun: datetime
    ended: datetime


@dataclass(frozen=True)
class Kept:
    """What a log holds: its positions, and what commands made."""

    positions: frozenset[int]
    made: frozenset[str]


def kept(url: str, until: datetime | None = None) -> Kept:
    """What was committed by then, or all of it."""
    with psycopg.connect(url) as line:
        positions = line.execute(
            "select position from events where %(until)s::timestamptz is null"
            " or pg_xact_commit_timestamp(xmin) <= %(until)s",
            {"until": until},
        ).fetchall()
        made = line.execute("select distinct stream::text from events").fetchall()
    return Kept(frozenset(p for (p,) in positions), frozenset(m for (m,) in made))


def faults(journal: Iterable[Line], found: Kept, target: datetime, committed: frozenset[int]) -> list[str]:
    """What a restore to `target` must not do, in words; `committed` are the positions of that second."""
    said, lines = [], list(journal)
    if lost := [line for line in lines if line.ended <= target and line.made not in found.made]:
        said.append(f"{len(lost)} acknowledged before it are lost")
    if after := [line for line in lines if line.begun > target and line.made in found.made]:
        said.append(f"{len(after)} begun after it are there")
    if missing := committed - found.positions:
        said.append(f"{len(missing)} events missing")
    if more := found.positions - committed:
        said.append(f"{len(more)} events too many")
    return said


def lost_seconds(journal: Iterable[Line], found: Kept, end: datetime) -> tuple[int, float]:
    """How many acknowledged commands are gone, and how long before `end` the first of them was answered."""
    gone = [line.ended for line in journal if line.made not in found.made]
    return len(gone), max(((end - at).total_seconds() for at in gone), default=0.0)
