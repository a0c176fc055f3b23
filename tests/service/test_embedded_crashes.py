"""The embedded servers after crashes: nothing acknowledged is lost, nothing stays running."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from service.embedded import ServerError, Servers, start_postgres
from tests.service.conftest import Launch, children_of, read, runs, wait_for, write

pytestmark = pytest.mark.owns_servers


def test_a_killed_server_restarts_on_the_same_address_with_its_data(data_dir: Path) -> None:
    with Servers(data_dir) as servers:
        write(servers.database_url, servers.redis_url, "Éloïse")
        time.sleep(1.1)  # appendfsync everysec
        for server in servers.started():
            os.kill(server.pid, signal.SIGKILL)
            wait_for(lambda server=server: not server.alive(), 5)  # type: ignore[misc]
            server.restart()
        assert read(servers.database_url, servers.redis_url) == (["Éloïse"], "Éloïse")


def test_everything_killed_at_once_starts_again_within_ten_seconds(data_dir: Path, launch: Launch) -> None:
    first = launch(data_dir)
    write(first.database, first.redis, "avant")
    time.sleep(1.1)
    busy = psycopg.connect(first.database)
    busy.execute("select 1")
    first.kill_everything()
    busy.close()
    start = time.monotonic()
    again = launch(data_dir)
    assert time.monotonic() - start < 10
    assert read(again.database, again.redis) == (["avant"], "avant")


def test_the_servers_end_by_themselves_when_their_launcher_is_killed(data_dir: Path, launch: Launch) -> None:
    launcher = launch(data_dir)
    pids = [*launcher.pids.values(), *children_of(launcher.pids["postgres"])]
    assert all(runs(pid) for pid in pids)
    launcher.process.kill()
    wait_for(lambda: not any(runs(pid) for pid in pids), 10)
    assert not (data_dir / "pg" / "postmaster.pid").exists(), "PostgreSQL did not stop in order"


def test_a_terminated_launcher_stops_both_servers_in_order(data_dir: Path, launch: Launch) -> None:
    launcher = launch(data_dir)
    launcher.process.terminate()
    assert launcher.process.wait(15) == 0
    assert not any(runs(pid) for pid in launcher.pids.values())
    assert "database system is shut down" in (data_dir / "pg.log").read_text()


def test_a_zombie_postmaster_does_not_keep_the_folder(data_dir: Path) -> None:
    dead = start_postgres(data_dir, fsync=False)
    os.kill(dead.pid, signal.SIGKILL)
    wait_for(lambda: not runs(dead.pid), 5)
    dead.lock.close()
    fresh = start_postgres(data_dir, fsync=False)  # `dead` was not waited for: its pid still exists
    fresh.stop()
    dead.process.wait()


def test_a_pid_file_that_names_a_stranger_is_stale(data_dir: Path) -> None:
    server = start_postgres(data_dir, fsync=False)
    server.stop()
    (data_dir / "pg" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{data_dir / 'pg'}\n1\n5432\n\n127.0.0.1\n"
    )
    again = start_postgres(data_dir, fsync=False)
    again.stop()


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_server_left_by_a_dead_launcher_is_ended_first(
    data_dir: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if platform == "darwin":
        monkeypatch.setattr("service.embedded.leftovers.sys", SimpleNamespace(platform="darwin"))
    left = Servers(data_dir, fsync=False)
    left.__enter__()
    old = left.started()
    for server in old:
        server.lock.close()  # what the death of its holder does
    with Servers(data_dir, fsync=False) as fresh:
        assert not any(server.alive() for server in old)
        assert all(server.alive() for server in fresh.started())


def test_a_second_launcher_on_the_same_folder_is_refused_and_harms_nothing(data_dir: Path) -> None:
    with Servers(data_dir, fsync=False) as servers:
        with pytest.raises(ServerError, match="already run by another process"):
            start_postgres(data_dir, fsync=False)
        write(servers.database_url, servers.redis_url, "intact")
        assert read(servers.database_url, servers.redis_url) == (["intact"], "intact")


def test_a_cluster_whose_making_was_cut_is_made_again(data_dir: Path) -> None:
    (data_dir / "pg.new" / "base").mkdir(parents=True)
    (data_dir / "pg.new" / "PG_VERSION").write_text("18\n")
    server = start_postgres(data_dir, fsync=False)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    server.stop()
    assert not (data_dir / "pg.new").exists()


def test_data_without_its_password_is_refused_and_no_new_one_is_written(data_dir: Path) -> None:
    start_postgres(data_dir, fsync=False).stop()
    (data_dir / "pg.password").unlink()
    with pytest.raises(ServerError, match=r"pg\.password is missing"):
        start_postgres(data_dir, fsync=False)
    assert not (data_dir / "pg.password").exists()


def test_data_of_another_major_version_is_refused(data_dir: Path) -> None:
    start_postgres(data_dir, fsync=False).stop()
    (data_dir / "pg" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match="made by PostgreSQL 17"):
        start_postgres(data_dir, fsync=False)
