"""How to run PostgreSQL, which refuses uid 0, when we are root: the ways, tried from best to last."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from service.embedded.process import ServerError

UNSHARE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
ACCOUNTS = ("postgres", "nobody")
LAST_RESORT = Path("/var/tmp")  # noqa: S108 - root owns the folder made there, and its name is checked


@dataclass(frozen=True)
class Way:
    """Where the binaries and the data lie, and which command prefix or account runs them."""

    binaries: Path
    data: Path
    prefix: tuple[str, ...] = ()
    account: tuple[int, int] | None = None

    def own(self, path: Path) -> None:
        """Give `path` and what is in it to the account that runs the server."""
        uid, gid = self.account or (os.geteuid(), os.getegid())
        if path.lstat().st_uid == uid:
            return
        os.chown(path, uid, gid)
        for folder, names, files in os.walk(path):
            for name in (*names, *files):
                os.chown(Path(folder, name), uid, gid, follow_symlinks=False)


def find_way(install: Path, data: Path) -> Way:
    """Choose how to run `install`/bin on `data` (a folder that may not exist yet).

    Raises ServerError when root finds no way, or when another user owns the data.
    """
    place = data.resolve()
    if os.geteuid() != 0:
        if place.exists() and place.stat().st_uid != os.geteuid():
            raise ServerError(f"{data} belongs to another user: run as that user, or move the folder away")
        return Way(install / "bin", place)
    if namespaces_allowed():
        return Way(install / "bin", place, prefix=UNSHARE)
    account = unprivileged_account()
    if _reaches(account, install / "bin" / "postgres", place.parent):
        return Way(install / "bin", place, account=account)
    return _last_resort(install, data.parent.resolve() / data.name, account)


def namespaces_allowed() -> bool:
    """Say whether root may enter a user namespace, where it is an ordinary user."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def unprivileged_account() -> tuple[int, int]:
    """Return uid and gid of the first known unprivileged account.

    Raises ServerError when there is none.
    """
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise ServerError(f"PostgreSQL refuses to run as root and none of the accounts {ACCOUNTS} exists")


def _reaches(account: tuple[int, int], program: Path, folder: Path) -> bool:
    probe = ["/bin/sh", "-c", 'test -x "$1" && cd "$2"', "sh", str(program), str(folder)]
    done = subprocess.run(
        probe, user=account[0], group=account[1], extra_groups=[], cwd="/", capture_output=True, check=False
    )
    return done.returncode == 0


def _last_resort(install: Path, data: Path, account: tuple[int, int]) -> Way:
    """Copy the binaries under /var/tmp and keep the data there, behind a link where it should be."""
    home = LAST_RESORT / f"portail-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"
    home.mkdir(mode=0o711, exist_ok=True)
    if home.is_symlink() or home.stat().st_uid != 0:
        raise ServerError(f"{home} is not ours: remove it, root keeps the server's files there")
    if data.exists() and not data.is_symlink():
        raise ServerError(
            f"{data} cannot be reached by an unprivileged account: move it below a readable folder"
        )
    home.chmod(0o711)
    package = install.parent
    if not (home / package.name).exists():
        # libpq is found by its place beside the package, so both folders keep theirs.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            _copy(libraries, home / libraries.name)
        _copy(install, home / "copy.new" / install.name)
        (home / "copy.new").replace(home / package.name)
    if not data.is_symlink():
        data.symlink_to(home / data.name)
    return Way(home / package.name / install.name / "bin", home / data.name, account=account)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder, readable by all whatever the source's permissions or our umask."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    target.parent.chmod(0o711)
    for folder, _, files in os.walk(target):
        Path(folder).chmod(0o755)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
