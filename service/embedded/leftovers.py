"""Find and end the server processes that a killed launcher left at work in a data folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def end_leftovers(
    folder: Path, program: str, pid_file: Path, number: signal.Signals, seconds: float = 10
) -> None:
    """End each `program` that works in `folder`, then remove a pid file that nobody answers for.

    Call it only while holding the folder's lock: no living launcher owns these processes.
    The main process gets `number`; what still runs after `seconds` is killed.
    """
    main = _read_pid(pid_file)
    if main is not None and main in _at_work(folder, program, main):
        _send(main, number)
    _wait_gone(lambda: not _at_work(folder, program, main), seconds)
    for pid in _at_work(folder, program, main):
        _send(pid, signal.SIGKILL)
    _wait_gone(lambda: not _at_work(folder, program, main), 5)
    # Whoever has that pid now, a stranger or a zombie: the servers would take it for one of theirs.
    pid_file.unlink(missing_ok=True)


def _read_pid(pid_file: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pid_file.read_text().split()[0])
    return None


def _at_work(folder: Path, program: str, main: int | None) -> set[int]:
    if sys.platform == "linux":
        return {pid for pid in _all_pids() if _works_in(pid, folder, program)}
    if main is None or not _pid_exists(main):
        return set()
    command = ["ps", "-ww", "-o", "stat=", "-o", "args=", "-p", str(main)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return {main} if program in shown and not shown.startswith("Z") else set()


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _works_in(pid: int, folder: Path, program: str) -> bool:
    """Say whether a process named `program`, not a zombie, has `folder` as its working directory."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(" (")[2].rpartition(") ")
        return (
            name.startswith(program[:15])
            and rest[:1] not in "ZX"
            and Path(f"/proc/{pid}/cwd").samefile(folder)
        )
    except OSError:
        return False


def _pid_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_gone(gone: Callable[[], bool], seconds: float) -> None:
    limit = time.monotonic() + seconds
    while not gone() and time.monotonic() < limit:
        time.sleep(0.05)
