"""A portal as `portail run` starts it, for tests that kill, fill and restore what it stands on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import httpx2
import psycopg
import redis
from eventsourcing.persistence import OperationalError

from service.attach import attached, command_line
from service.bootstrap import WriteSide
from service.settings import Settings
from tests.service.conftest import ROOT


@dataclass(frozen=True)
class Mark:
    """The log's end, and how many mails were sent."""

    log_end: int
    sent: int


@dataclass
class Running:
    """A portal as `portail run` starts it, without a demo school."""

    supervisor: int
    settings: Settings
    side: WriteSide
    address: str
    start: float
    """Seconds that everything took to start."""

    def pid(self, name: str) -> int | None:
        """Of a process of the service or a server; none while it is down."""
        if name == "postgres":
            return _first_number(self.settings.data_dir / "pg" / "postmaster.pid")
        if name == "valkey":
            return _first_number(self.settings.data_dir / "valkey.pid")
        for entry in Path("/proc").iterdir():
            words = _read(entry / "cmdline").split("\0") if entry.name.isdigit() else []
            if words[-2:-1] == [name] and f"\nPPid:\t{self.supervisor}\n" in _read(entry / "status"):
                return int(entry.name)
        return None

    def mark(self) -> Mark:
        """How far everything is."""
        return Mark(
            self._one("select coalesce(max(position), 0) from events"),
            self._one("select count(*) from outbox where state = 'sent'"),
        )

    def well(self, name: str, since: Mark) -> bool:
        """It answers, or goes on with its part."""
        match name:
            case "serve":
                return httpx2.get(f"{self.address}/health", timeout=1).status_code == 200
            case "valkey":
                with redis.Redis.from_url(self.settings.redis_url, socket_timeout=1) as client:
                    return bool(client.ping())
            case "project":
                return self._one("select min(position) from read_models") >= since.log_end
            case "clock":
                return self._one("select min(greatest(position, since)) from processors") >= since.log_end
            case "work":
                return self.mark().sent > since.sent
            case _:
                return self.mark().log_end > since.log_end

    def let_leases_end(self) -> None:
        """What a killed worker held waits two minutes for it; let them be over."""
        time.sleep(3)
        with psycopg.connect(self.settings.database_url) as line:
            line.execute("update outbox set lease_until = now() where state = 'claimed'")

    def all_sent(self) -> bool:
        return self._one("select count(*) from outbox where state in ('to_send', 'claimed')") == 0

    def _one(self, query: LiteralString) -> int:
        with psycopg.connect(self.settings.database_url, connect_timeout=2, autocommit=True) as line:
            row = line.execute(query).fetchone()
        assert row is not None
        return int(row[0])


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _first_number(path: Path) -> int | None:
    found = re.match(r"\d+", _read(path))
    return int(found[0]) if found else None


@contextmanager
def running_portal(data_dir: Path, output: Path, **given: str) -> Iterator[Running]:
    """Start it on that folder, its words in `output`; the keys of `given` are settings without PORTAIL_."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PORTAIL_")}
    env |= {"PORTAIL_DATA_DIR": str(data_dir), "PORTAIL_MODE": "test"}
    env |= {f"PORTAIL_{name.upper()}": value for name, value in given.items()}
    with output.open("w") as file:
        argv = [sys.executable, "-m", "service", "run"]
        process = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=file, stderr=subprocess.STDOUT)
    try:
        start = wait(lambda: "prêt en" in output.read_text() or process.poll() is not None, 60, "the start")
        found = re.search(r"prêt en .* : (http://\S+)", output.read_text())
        assert found, output.read_text()
        settings = Settings(data_dir=data_dir, mode="test", **given)  # type: ignore[arg-type]
        with attached(settings) as reached, command_line(reached) as side:
            yield Running(process.pid, reached, side, found[1].rstrip("/"), start)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait(happened: Callable[[], bool], seconds: float, what: str) -> float:
    """How long it took; what fails meanwhile has not happened yet."""
    begun = time.monotonic()
    while True:
        try:
            if happened():
                return time.monotonic() - begun
        except (httpx2.HTTPError, psycopg.Error, redis.RedisError, OperationalError):
            pass
        assert time.monotonic() - begun < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)
