"""Launchers in processes of their own, so that tests can kill them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

ROOT = Path(__file__).parents[2]


@dataclass
class Launcher:
    """A launcher process and what it said about its servers."""

    process: subprocess.Popen[str]
    database: str
    redis: str
    pids: dict[str, int]

    def kill_everything(self) -> None:
        """Send KILL to the launcher, both servers and PostgreSQL's children, at once."""
        victims = [self.process.pid, *self.pids.values(), *children_of(self.pids["postgres"])]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


Launch = Callable[..., Launcher]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start a launcher on a folder, `prefix` before its command; it is stopped after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path, *words: str, prefix: tuple[str, ...] = (), **popen: Any) -> Launcher:
        argv = [*prefix, sys.executable, str(Path(__file__).with_name("launcher.py")), str(folder), *words]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd="/", **popen
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        said = json.loads(line)
        return Launcher(process, said["database"], said["redis"], said["pids"])

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


def children_of(pid: int) -> list[int]:
    """Return the direct children of a process."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def runs(pid: int) -> bool:
    """Say whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition: Callable[[], bool], seconds: float) -> float:
    """Wait until a condition holds and return the seconds it took; fail when it never does."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"still not so after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - start


def write(database: str, redis_url: str, text: str) -> None:
    """Store a row and a key."""
    with psycopg.connect(database) as connection:
        connection.execute("create table if not exists kept (text text)")
        connection.execute("insert into kept values (%s)", (text,))
    with redis.Redis.from_url(redis_url) as client:
        client.set("kept", text)


def read(database: str, redis_url: str) -> tuple[list[str], str | None]:
    """Return the stored rows and the key."""
    with psycopg.connect(database) as connection:
        rows = [row[0] for row in connection.execute("select text from kept order by text").fetchall()]
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        return rows, client.get("kept")
