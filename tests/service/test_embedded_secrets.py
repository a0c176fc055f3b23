"""What the embedded servers keep to themselves: passwords, addresses, personal data."""

from __future__ import annotations

import stat
from pathlib import Path

import psycopg
import pytest
import redis

from service.embedded import Server, Servers, start_postgres
from service.embedded.postgres import install_folder
from service.embedded.valkey import binary

pytestmark = pytest.mark.owns_servers
ADDRESS = "eloise.darcy@example.com"


def test_the_wheels_hold_the_binaries_we_start() -> None:
    assert (install_folder() / "bin" / "initdb").exists()
    assert binary().name == "valkey-server"


def test_the_password_is_for_its_owner_only_and_never_written_anew(data_dir: Path) -> None:
    path = data_dir / "pg.password"
    start_postgres(data_dir, fsync=False).stop()
    first = path.read_text()
    start_postgres(data_dir, fsync=False).stop()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == first
    assert len(first.strip()) == 48


def test_nobody_gets_in_without_the_password(data_dir: Path) -> None:
    with Servers(data_dir, fsync=False) as servers:
        secret = (data_dir / "pg.password").read_text().strip()
        for wrong in ("wrong", ""):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(servers.database_url.replace(secret, wrong), password=wrong or None)
        host = servers.redis_url.partition("@")[2]
        with redis.Redis.from_url(f"redis://{host}") as client, pytest.raises(redis.AuthenticationError):
            client.get("anything")


def test_no_password_stands_on_a_command_line(data_dir: Path) -> None:
    with Servers(data_dir, fsync=False) as servers:
        for server in servers.started():
            secret = server.url.partition("@")[0].rpartition(":")[2]
            line = Path(f"/proc/{server.pid}/cmdline").read_bytes().decode()
            assert server.name in line
            assert secret not in line


def test_both_servers_listen_on_the_loopback_address_only(data_dir: Path) -> None:
    with Servers(data_dir, fsync=False) as servers:
        ports = {int(server.url.rpartition(":")[2].partition("/")[0]) for server in servers.started()}
        rows = [line.split() for table in ("tcp", "tcp6") for line in _table(table)]
    listening = [row[1].split(":") for row in rows if row[3] == "0A"]
    ours = [(address, int(port, 16)) for address, port in listening if int(port, 16) in ports]
    assert sorted(port for _, port in ours) == sorted(ports)
    assert {address for address, _ in ours} == {"0100007F"}


def test_the_log_never_shows_the_values_of_a_failed_statement(data_dir: Path) -> None:
    server = start_postgres(data_dir, fsync=False)
    _fail_with_an_address(server)
    server.stop()
    log = (data_dir / "pg.log").read_text()
    assert "duplicate key value" in log
    assert ADDRESS not in log


def test_the_default_log_settings_would_show_them(data_dir: Path) -> None:
    loud = {"log_error_verbosity": "default", "log_min_error_statement": "error"}
    server = start_postgres(data_dir, fsync=False, extra=loud)
    _fail_with_an_address(server)
    server.stop()
    assert ADDRESS in (data_dir / "pg.log").read_text()


def test_data_is_safe_by_default_and_other_settings_can_be_given(data_dir: Path) -> None:
    server = start_postgres(data_dir, extra={"max_connections": "20"})
    with psycopg.connect(server.url) as connection:
        names = ("fsync", "data_checksums", "max_connections", "idle_in_transaction_session_timeout")
        values = [connection.execute(f"show {name}").fetchone() for name in names]
    server.stop()
    assert values == [("on",), ("on",), ("20",), ("5s",)]


def _fail_with_an_address(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create table people (email text unique)")
        connection.execute("insert into people values (%s)", (ADDRESS,))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into people values (%s)", (ADDRESS,))
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(f"insert into people values ('{ADDRESS}')")


def _table(name: str) -> list[str]:
    return Path(f"/proc/net/{name}").read_text().splitlines()[1:]
