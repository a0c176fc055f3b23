"""One server process: started so that it ends with its parent, stopped, restarted on the same address."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000


class ServerError(Exception):
    """An embedded server could not be started; the text says why and what to do."""


@dataclass
class Server:
    """A running embedded server.

    `url` keeps its value over `restart`. Start and restart from the main thread only: Linux ends the
    server when the *thread* that started it ends.
    """

    name: str
    url: str
    launch: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes]
    stop_signals: Sequence[tuple[signal.Signals, float]]
    lock: IO[str]

    @property
    def pid(self) -> int:
        """The server's process id (PostgreSQL: the postmaster's)."""
        return self.process.pid

    def alive(self) -> bool:
        """Say whether the process still runs; reaps it when it does not."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the process, ever more firmly, and let another launcher use its folder."""
        end(self.process, self.stop_signals)
        self.lock.close()

    def restart(self) -> None:
        """Start the process again on the same address, whatever ended it.

        Raises ServerError when it does not come up.
        """
        end(self.process, self.stop_signals)
        self.process = self.launch()


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    death_signal: signal.Signals,
    account: tuple[int, int] | None = None,
    stdin: str = "",
) -> subprocess.Popen[bytes]:
    """Start `argv` in its own session, its output appended to `log` (0600), `stdin` written to it.

    `account` is the (uid, gid) to become; on Linux `death_signal` reaches the child when we die.
    """
    with _open_log(log) as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd="/",
            start_new_session=True,
            user=account[0] if account else None,
            group=account[1] if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_die_with_parent(death_signal),
        )
    if process.stdin is None:
        raise ServerError("no pipe to the server's input")
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(stdin.encode())
    return process


def end(process: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn and wait its seconds; then kill."""
    for number, seconds in signals:
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    if process.poll() is None:
        process.kill()
        process.wait()


def take_lock(path: Path, what: str) -> IO[str]:
    """Hold `path` for the life of this process, so that whatever else runs in the folder is a leftover.

    Raises ServerError when another launcher holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise ServerError(f"{what} in {path.parent} is already run by another process") from error
    return handle


def free_port() -> int:
    """Return a TCP port of the loopback address that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, seconds: float = 60
) -> None:
    """Poll `ready` until it is true.

    Raises ServerError, with the end of the log, when the process ends or the time is over.
    """
    limit = time.monotonic() + seconds
    try:
        while not ready():
            code = process.poll()
            if code is not None:
                raise ServerError(f"the server ended with code {code}; end of {log}:\n{tail(log)}")
            if time.monotonic() > limit:
                raise ServerError(
                    f"the server does not answer after {seconds:.0f} s; end of {log}:\n{tail(log)}"
                )
            time.sleep(0.02)
    except BaseException:
        end(process, [(signal.SIGTERM, 2)])
        raise


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log file."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def limit_log(log: Path) -> None:
    """Move a log that has grown too long aside; whoever writes to it goes on in the emptied file."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def _open_log(log: Path) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    limit_log(log)
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab")


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange
