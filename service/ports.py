"""Choose TCP ports near the wanted one that no other portal of this user is about to take."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO

TRIES = 100


class PortError(Exception):
    """No port is free near the wanted one."""


def claim_port(wanted: int) -> tuple[int, IO[str]]:
    """Return the first free port from `wanted` on, and a handle that keeps it from our other portals.

    Between choosing a port and listening on it seconds pass; two portals started together would
    choose the same one. Closing the handle gives it back. Raises PortError when none is free.
    """
    folder = Path(tempfile.gettempdir()) / f"portail-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise PortError(f"{folder} belongs to another user")
    for port in range(wanted, min(wanted + TRIES, 65536)):
        handle = (folder / str(port)).open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            continue
        if _is_free(port):
            return port, handle
        handle.close()
    raise PortError(f"no free port from {wanted} on")


def _is_free(port: int) -> bool:
    for address in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - a probe, closed at once
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
