"""Keep processes running: start, wait until they answer, restart the dead, stop all in time."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from service.embedded import Server, ServerError
from service.embedded.process import limit_log, spawn, tail
from service.stopping import StopSignals

TICK = 0.2
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY = 15.0  # who lived this long didn't die of its start, and starts again at once
STOP_SECONDS = 7.0  # with the databases' own limits (6 s) this stays below 15 s
READY_SECONDS = 90.0


@dataclass(frozen=True)
class Child:
    """A process to keep running. `ready` says whether it answers; without it, living is enough."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool] | None = None


@dataclass
class _Kept:
    child: Child
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    next_try: float = 0.0


class Supervisor:
    """Context that runs children beside servers already started; leaving it stops the children.

    Use it from the main thread only: Linux ends the children when the thread that started them ends.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        environment: Mapping[str, str],
        log_dir: Path,
        say: Callable[[str], None],
        stop: StopSignals,
        servers: Sequence[Server] = (),
    ) -> None:
        self._kept = [_Kept(child, log_dir / f"{child.name}.log") for child in children]
        self._environment = environment
        self._servers = {server.name: (server, 0.0) for server in servers}
        self._say = say
        self._stop = stop
        self._next_look_at_logs = 0.0

    def __enter__(self) -> Self:
        try:
            with self._stop.raising():
                for kept in self._kept:
                    self._start(kept)
                self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def pids(self) -> dict[str, int]:
        """Return the process ids of the living children and servers by name."""
        children = {kept.child.name: kept.process.pid for kept in self._kept if kept.process is not None}
        return children | {name: server.pid for name, (server, _) in self._servers.items() if server.alive()}

    def watch(self) -> None:
        """Restart what dies, until a stop is asked for."""
        while not self._stop.event.wait(TICK):
            self.tend()

    def tend(self) -> None:
        """Look once at every server and child, and restart the dead whose pause is over."""
        now = time.monotonic()
        for name, (server, next_try) in list(self._servers.items()):
            if not server.alive() and now >= next_try:
                self._servers[name] = (server, now + self._revive(server))
        for kept in self._kept:
            if kept.process is not None and kept.process.poll() is not None:
                self._note_death(kept, kept.process.returncode)
            elif kept.process is None and now >= kept.next_try:
                self._start_again(kept)
        if now >= self._next_look_at_logs:
            self._next_look_at_logs = now + 60
            for kept in self._kept:
                with contextlib.suppress(OSError):
                    limit_log(kept.log)

    def stop(self) -> None:
        """End all children together: TERM, and KILL for who takes more than a few seconds."""
        running = [kept.process for kept in self._kept if kept.process is not None]
        for process in running:
            process.terminate()
        limit = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, limit - time.monotonic()))
        for process in running:
            process.kill()
            process.wait()
        for kept in self._kept:
            kept.process = None

    def _start(self, kept: _Kept) -> None:
        kept.started = time.monotonic()
        kept.process = spawn(
            kept.child.argv, log=kept.log, env=self._environment, death_signal=signal.SIGTERM
        )

    def _start_again(self, kept: _Kept) -> None:
        """A full disk or a full table of processes is no reason to stop all others."""
        try:
            self._start(kept)
        except OSError as error:
            pause = self._failed(kept)
            self._tell(f"{kept.child.name} ne démarre pas ({error}), relance dans {pause:g} s")

    def _note_death(self, kept: _Kept, code: int) -> None:
        kept.process = None
        pause = self._failed(kept)
        self._tell(
            f"{kept.child.name} s'est arrêté (code {code}), relance dans {pause:g} s ; voir {kept.log}"
        )

    @staticmethod
    def _failed(kept: _Kept) -> float:
        """Seconds until its next try."""
        lived = time.monotonic() - kept.started
        kept.failures = 1 if lived >= STEADY else kept.failures + 1
        pause = PAUSES[min(kept.failures, len(PAUSES)) - 1]
        kept.next_try = time.monotonic() + pause
        return pause

    def _tell(self, line: str) -> None:
        """Where the words go may be full too."""
        with contextlib.suppress(OSError):
            self._say(line)

    def _revive(self, server: Server) -> float:
        """Restart a server; return the pause in seconds before the next try, should it be dead again."""
        self._tell(f"{server.name} s'est arrêté, relance")
        try:
            with self._stop.raising():
                server.restart()
        except (ServerError, OSError) as error:
            self._tell(f"{server.name} ne redémarre pas : {error}")
            return PAUSES[-2]
        return PAUSES[2]

    def _wait_until_ready(self) -> None:
        limit = time.monotonic() + READY_SECONDS
        for kept in self._kept:
            while not self._answers(kept):
                if time.monotonic() > limit:
                    end = tail(kept.log)
                    raise ServerError(f"{kept.child.name} ne répond pas ; fin de {kept.log} :\n{end}")
                time.sleep(TICK / 4)
                self.tend()

    @staticmethod
    def _answers(kept: _Kept) -> bool:
        alive = kept.process is not None and kept.process.poll() is None
        return alive and (kept.child.ready is None or kept.child.ready())
