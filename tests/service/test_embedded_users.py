"""The embedded servers as root, by each way there is, and as a normal user; two checkouts at once."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.embedded import Servers
from service.embedded.root import UNSHARE, namespaces_allowed, unprivileged_account
from tests.service.conftest import Launch, read, write

pytestmark = pytest.mark.owns_servers
REAL_ROOT = os.geteuid() == 0
AS_ROOT: tuple[str, ...] = () if REAL_ROOT else ("unshare", "--user", "--map-root-user", "--")


def as_user() -> dict[str, Any]:
    """Return what makes a launcher run as a normal user."""
    if not REAL_ROOT:
        return {}
    if namespaces_allowed():
        return {"prefix": UNSHARE}
    uid, gid = unprivileged_account()
    return {"user": uid, "group": gid, "extra_groups": []}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_root_starts_the_servers_and_finds_the_data_again(data_dir: Path, launch: Launch) -> None:
    first = launch(data_dir, prefix=AS_ROOT)
    write(first.database, first.redis, "root")
    first.process.terminate()
    first.process.wait(15)
    again = launch(data_dir, prefix=AS_ROOT)
    assert read(again.database, again.redis) == (["root"], "root")


def test_a_normal_user_starts_the_servers_and_finds_the_data_again(open_folder: Path, launch: Launch) -> None:
    user = as_user()
    data_dir = open_folder / "var"
    data_dir.mkdir()
    if "user" in user:
        os.chown(data_dir, user["user"], user["group"])
    first = launch(data_dir, **user)
    write(first.database, first.redis, "user")
    first.process.terminate()
    first.process.wait(15)
    again = launch(data_dir, **user)
    assert read(again.database, again.redis) == (["user"], "user")


@pytest.mark.skipif(not REAL_ROOT, reason="only root can take another account")
def test_root_without_namespaces_uses_an_unprivileged_account(open_folder: Path, launch: Launch) -> None:
    data_dir = open_folder / "var"
    data_dir.mkdir()
    with Servers(data_dir, fsync=False) as servers:  # made the usual way first
        write(servers.database_url, servers.redis_url, "moved")
    launcher = launch(data_dir, "no-namespaces")
    assert Path(f"/proc/{launcher.pids['postgres']}").stat().st_uid == unprivileged_account()[0]
    assert read(launcher.database, launcher.redis) == (["moved"], "moved")
    launcher.kill_everything()
    with Servers(data_dir, fsync=False) as back:
        assert read(back.database_url, back.redis_url) == (["moved"], "moved")


@pytest.mark.skipif(not REAL_ROOT, reason="only root can take another account")
def test_root_without_namespaces_in_a_closed_folder_keeps_the_data_elsewhere(
    data_dir: Path, launch: Launch
) -> None:
    data_dir.parent.chmod(0o700)
    launcher = launch(data_dir, "no-namespaces")
    place = (data_dir / "pg").resolve().parent
    try:
        assert place.parent == Path("/var/tmp")
        assert stat.S_IMODE((place / "pg").stat().st_mode) == 0o700
        assert Path(f"/proc/{launcher.pids['postgres']}").stat().st_uid == unprivileged_account()[0]
        write(launcher.database, launcher.redis, "ailleurs")
        launcher.process.terminate()
        launcher.process.wait(15)
        again = launch(data_dir, "no-namespaces")
        assert read(again.database, again.redis) == (["ailleurs"], "ailleurs")
        again.process.terminate()
        again.process.wait(15)
        with Servers(data_dir, fsync=False) as back:  # once namespaces are allowed again
            assert read(back.database_url, back.redis_url) == (["ailleurs"], "ailleurs")
    finally:
        launcher.process.kill()
        shutil.rmtree(place)


def test_two_folders_run_at_once_without_knowing_each_other(tmp_path: Path) -> None:
    with Servers(tmp_path / "one", fsync=False) as one, Servers(tmp_path / "two", fsync=False) as two:
        write(one.database_url, one.redis_url, "un")
        write(two.database_url, two.redis_url, "deux")
        assert read(one.database_url, one.redis_url) == (["un"], "un")
        assert read(two.database_url, two.redis_url) == (["deux"], "deux")
    shutil.rmtree(tmp_path)


def test_given_addresses_are_used_and_nothing_is_started(data_dir: Path) -> None:
    with Servers(data_dir, database_url="postgresql://there/db", redis_url="redis://there") as servers:
        assert servers.started() == []
        assert (servers.database_url, servers.redis_url) == ("postgresql://there/db", "redis://there")
    assert list(data_dir.iterdir()) == []


def test_a_folder_too_deep_for_a_socket_is_no_obstacle(data_dir: Path) -> None:
    deep = data_dir / ("d" * 100) / ("e" * 60)
    with Servers(deep, fsync=False) as servers:
        write(servers.database_url, servers.redis_url, "profond")
    assert (
        subprocess.run(["find", str(data_dir), "-type", "s"], capture_output=True, check=True).stdout == b""
    )
