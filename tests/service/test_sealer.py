"""The sealer keeps up with the log, and goes on after it lost the database or its disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from service.sealer import sealing
from service.settings import Settings
from tests.support.write_side import School, school_on


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(mode="test", database_url=database, data_dir=tmp_path)


@pytest.fixture
def school(settings: Settings) -> Iterator[School]:
    with school_on(settings.database_url) as made:
        yield made


def unsealed(settings: Settings) -> int:
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(
            "select count(*) from events where position > (select coalesce(max(upto), 0) from seals)"
        ).fetchone()
    assert row is not None
    return int(row[0])


def within(seconds: float, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not so within {seconds} s"
        time.sleep(0.05)


@pytest.mark.rule("AUD-3")
def test_every_event_is_sealed_within_five_seconds_and_its_head_kept_outside(
    settings: Settings, school: School
) -> None:
    school.activity("Écoute de soi")
    assert unsealed(settings) == 1, "the control: nothing seals by itself"
    with sealing(settings):
        within(5, lambda: unsealed(settings) == 0)
        school.activity("Autonomie")
        within(5, lambda: unsealed(settings) == 0)
        within(1, lambda: settings.notary_file.read_text().count("\n") == 2)


def test_it_goes_on_after_its_connection_was_cut(settings: Settings, school: School) -> None:
    with sealing(settings):
        school.activity()
        within(5, lambda: unsealed(settings) == 0)
        with psycopg.connect(settings.database_url) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and query like '%seals%' and pid <> pg_backend_pid()"
            )
        school.activity("Autonomie")
        within(5, lambda: unsealed(settings) == 0)


def test_it_goes_on_once_the_notarys_disk_is_back(settings: Settings, school: School) -> None:
    settings.notary_file.mkdir()
    with sealing(settings):
        school.activity()
        within(5, lambda: unsealed(settings) == 0)
        settings.notary_file.rmdir()
        within(5, settings.notary_file.is_file)


@pytest.mark.rule("AUD-4")
def test_the_access_trail_is_sealed_too(settings: Settings) -> None:
    def waiting() -> int:
        with psycopg.connect(settings.database_url) as connection:
            row = connection.execute(
                "select count(*) from access_trail"
                " where position > (select coalesce(max(upto), 0) from access_seals)"
            ).fetchone()
        assert row is not None
        return int(row[0])

    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "insert into access_trail (position, at, role, kind, persons)"
            " values (log_slot(), '2026-11-24T15:00:00Z', 'auditor', 'history', 1)"
        )
    assert waiting() == 1, "the control"
    with sealing(settings):
        within(5, lambda: waiting() == 0)
        within(1, lambda: '"access_seal"' in settings.notary_file.read_text())
