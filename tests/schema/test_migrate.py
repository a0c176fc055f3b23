"""Migrations run once each, whoever starts first, and a log ahead of its cluster is never opened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from schema import migrate as migrations
from schema.migrate import PositionsAheadError, adopt_restored_log, migrate

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path.name for path in (ROOT / "schema" / "sql").glob("*.sql"))
MIGRATE = "import sys; from schema.migrate import migrate; print(*migrate(sys.argv[1]))"


def at_once(url: str, processes: int) -> Sequence[tuple[int, str, str]]:
    """Exit code, output and errors of that many migrating processes."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(processes)
    ]
    outputs = [(process, *process.communicate(timeout=60)) for process in started]
    return [(process.returncode, out, error) for process, out, error in outputs]


def test_eight_processes_at_once_run_each_script_once(empty_database: str) -> None:
    results = at_once(empty_database, 8)
    assert [(code, error) for code, _, error in results] == [(0, "")] * 8
    assert sorted(" ".join(out for _, out, _ in results).split()) == SCRIPTS
    assert migrate(empty_database) == []


def test_a_script_that_fails_leaves_nothing_and_runs_again(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sql"
    folder.mkdir()
    for name in SCRIPTS:
        (folder / name).write_bytes((ROOT / "schema" / "sql" / name).read_bytes())
    broken = folder / "9999_broken.sql"
    broken.write_text("create table half_done (n int); select 1 / 0;")
    monkeypatch.setattr(migrations, "files", lambda _: tmp_path)
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database)
    broken.write_text("create table half_done (n int);")
    assert migrate(empty_database) == [broken.name]


def test_a_log_ahead_of_its_cluster_is_not_opened_until_it_is_adopted(database: str) -> None:
    plant(database, position=2**60)
    with pytest.raises(PositionsAheadError):
        migrate(database)
    past = adopt_restored_log(database)
    assert past == (2**60 >> 12) + 1
    assert migrate(database) == []


def test_a_log_that_is_readable_is_not_adopted(database: str) -> None:
    with pytest.raises(RuntimeError, match="readable as it is"):
        adopt_restored_log(database)


def plant(url: str, position: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into events (stream, version, position, topic, state, envelope)"
            " values (%s, 1, %s, 'workshop.seat_freed', '{}', '{}')",
            (uuid4(), position),
        )
