"""Does a process of this machine or container answer? `python -m service.health NAME` exits 0 when it does.

Standard library only: health checks start it every few seconds.
"""

from __future__ import annotations

import os
import socket
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE = 30.0


class Heartbeat:
    """Called in each turn of a process's main loop, it leaves a sign of life at most once a second."""

    def __init__(self, data_dir: Path, name: str) -> None:
        self._path = _sign(data_dir, name)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._next = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 1
            self._path.touch()


def beats(data_dir: Path, name: str, patience: float = PATIENCE) -> bool:
    """Say whether the process left a sign of life in the last `patience` seconds."""
    try:
        # One from the time ahead is as old: the machine's clock was set back, and who lives has since beaten.
        return abs(time.time() - _sign(data_dir, name).stat().st_mtime) < patience
    except FileNotFoundError:
        return False


def answers(port: int) -> bool:
    """Say whether the web server on this port of the loopback address answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def main() -> None:
    """Check the process named on the command line, by the same variables as the process itself."""
    name = sys.argv[1]
    if name == "serve":
        well = answers(int(os.environ.get("PORTAIL_PORT") or 8000))
    else:
        well = beats(Path(os.environ.get("PORTAIL_DATA_DIR") or "var"), name)
    sys.exit(0 if well else 1)


def _sign(data_dir: Path, name: str) -> Path:
    # Containers may share the folder; each has a host name of its own.
    return data_dir / "alive" / f"{name}@{socket.gethostname()}"


if __name__ == "__main__":
    main()
