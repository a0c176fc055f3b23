"""The set-up from a clean clone: locks, the search for a Python, the targets of the Makefile."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
TARGETS = "run test test-long test-outside check bench mutate rebuild lock-events where setup lock fmt clean"

Setup = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """Run .ci/setup in a folder of its own, with the given small programs as the whole PATH."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "setup", tmp_path / ".ci" / "setup")
    shutil.copy(ROOT / "requirements-dev.lock", tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "cat", "rm", "awk", "sleep", "touch", "printf", "mkdir"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)

    def run(**scripts: str) -> subprocess.CompletedProcess[str]:
        for name, text in scripts.items():
            path = programs / name.replace("python3_", "python3.")
            path.write_text(f"#!{programs / 'sh'}\n{text}\n")
            path.chmod(0o755)
        sleepless = programs / "sleep"
        sleepless.unlink()
        sleepless.write_text(f"#!{programs / 'sh'}\n")
        sleepless.chmod(0o755)
        env = {"PATH": str(programs), "HOME": str(tmp_path)}
        return subprocess.run(
            [str(programs / "sh"), ".ci/setup"],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("name", [*LOCKS, "pyproject.toml", "Dockerfile", "Makefile", ".ci/setup", ".ci/run"])
def test_no_file_names_a_package_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?://|file://|pypi[.]|pythonhosted|--index|--find-links", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_fixed_version_and_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert len(entries) > 30
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_development_lock_holds_the_runtime_lock_at_the_same_versions() -> None:
    pins = [
        set(re.findall(r"^([\w.\[\],-]+==\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS
    ]
    assert pins[0] <= pins[1]


def test_what_builds_the_project_is_locked_too() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = (ROOT / "requirements-dev.lock").read_text()
    pins = project["build-system"]["requires"] + project["tool"]["uv"]["build-constraint-dependencies"]
    assert len(pins) >= 5
    for pin in pins:
        assert re.search(rf"^{re.escape(pin)}\b", locked, re.MULTILINE), pin


def test_the_makefile_has_every_target_and_lists_it() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(TARGETS.split()) <= set(re.findall(r"^  make (\S+)", shown.stdout, re.MULTILINE))


def test_the_makefile_keeps_to_what_make_3_81_knows() -> None:
    text = (ROOT / "Makefile").read_text()
    assert not re.search(r"\.ONESHELL|::=|!=|\$\(file |&:", text)


def test_where_lists_a_features_files_across_the_folders() -> None:
    argv = ["make", "--no-print-directory", "where", "NAME=defer_registration"]
    shown = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert "commands/registrations/defer_registration.py" in shown
    assert all("defer_registration" in path and (ROOT / path).is_file() for path in shown)
    assert subprocess.run(["make", "where"], cwd=ROOT, capture_output=True, check=False).returncode != 0


def test_tests_on_outside_servers_need_both_addresses() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PORTAIL_")}
    argv = ["make", "--no-print-directory", "-o", ".venv/done", "test-outside"]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "PORTAIL_DATABASE_URL" in done.stderr


def test_without_any_python_the_package_to_install_is_named(setup: Setup) -> None:
    done = setup()
    assert done.returncode == 1
    assert "apt-get install -y python3 python3-venv" in done.stderr


def test_a_python_that_is_found_but_does_not_run_is_passed_over(setup: Setup) -> None:
    log = 'echo "$0 $*" >> tried; exit 127'
    done = setup(python3_14=log, python3_12=log, python3=log)
    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr


def test_a_python_without_venv_is_named_in_the_line_to_type(setup: Setup) -> None:
    script = 'case "$2" in *ensurepip*) exit 1;; *print*) echo python3.12;; esac'
    done = setup(python3_12=script)
    assert done.returncode == 1
    assert done.stderr.count("apt-get install") == 1
    assert "sudo apt-get install -y python3.12-venv" in done.stderr


FAKE = """
case "$*" in
  "-m venv .venv") mkdir .venv .venv/bin; cat "$0" > .venv/bin/python; cat "$0" > .venv/bin/uv
    printf "#!/bin/sh\\n. bin/python3\\n" > .venv/bin/python
    printf "#!/bin/sh\\nset -- uv \\"\\$@\\"\\n. bin/python3\\n" > .venv/bin/uv
    chmod +x .venv/bin/python .venv/bin/uv;;
  *"pip sync"*) echo x >> synced; test "$(cat synced)" = "$WANTED";;
  *) exit 0;;
esac
"""


def test_a_failing_index_is_asked_six_times_then_pip_takes_the_same_lock(
    setup: Setup, tmp_path: Path
) -> None:
    (tmp_path / "bin" / "chmod").symlink_to(str(shutil.which("chmod")))
    done = setup(python3=FAKE.replace("$WANTED", "never"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "synced").read_text().count("x") == 6
    assert "try 5 of 6 failed" in done.stderr
    assert "trying pip on the same lock" in done.stderr
    assert (tmp_path / ".venv" / "done").exists()


def test_an_index_that_answers_at_the_third_try_is_enough(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "bin" / "chmod").symlink_to(str(shutil.which("chmod")))
    done = setup(python3=FAKE.replace("$WANTED", "x\nx\nx"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "synced").read_text().count("x") == 3
    assert "trying pip" not in done.stderr
    assert (tmp_path / ".venv" / "place").read_text() == str(tmp_path)


@pytest.fixture
def build(tmp_path: Path) -> Setup:
    """Run .ci/run with the given small programs, bash and little else as the whole PATH."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "cat"):
        (programs / name).symlink_to(str(shutil.which(name)))

    def run(**scripts: str) -> subprocess.CompletedProcess[str]:
        for name, text in {"sleep": "", **scripts}.items():
            path = programs / name.replace("_", "-")
            path.write_text(f"#!{programs / 'bash'}\n{text}\n")
            path.chmod(0o755)
        argv = [str(programs / "bash"), ".ci/run"]
        env = {"PATH": str(programs)}
        return subprocess.run(
            argv, cwd=tmp_path, env=env, input="left over", capture_output=True, text=True, check=False
        )

    return run


def test_a_build_without_chromium_fails_before_any_test(build: Setup) -> None:
    done = build(make="echo made")
    assert done.returncode == 1
    assert "No Chromium" in done.stderr
    assert "made" not in done.stdout


def test_a_build_with_chromium_runs_make_test_without_input(build: Setup) -> None:
    done = build(chromium="", make='echo "make $*: $(cat)"')
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "make test: "


def test_a_build_fails_when_make_test_fails(build: Setup) -> None:
    assert build(chromium="", make="exit 7").returncode == 7


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
def test_a_build_as_root_installs_chromium(build: Setup, tmp_path: Path) -> None:
    install = f'case "$1" in install) echo > {tmp_path}/bin/chromium; chmod +x {tmp_path}/bin/chromium;; esac'
    (tmp_path / "bin" / "chmod").symlink_to(str(shutil.which("chmod")))
    done = build(apt_get=install, make='echo "make $*"')
    assert done.returncode == 0, done.stderr
    assert "make test" in done.stdout


@pytest.mark.xdist_group("grouped")
def test_the_runner_keeps_the_tests_of_a_group_together(request: pytest.FixtureRequest) -> None:
    """Groups are told by a test's id: pytest 9.2, which xdist does not know, let crowds run side by side."""
    grouped = bool(getattr(request.config.option, "loadgroup", False))
    assert request.node.nodeid.endswith("@grouped") is grouped
