"""Models are rebuilt beside the live ones while writers and readers go on (T7)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from aggregates.kernel import Fact
from projections.model import Model, Rows
from projections.query import freshness
from projections.runtime.builds import standings
from projections.runtime.check import LaggingError, check
from projections.runtime.rebuild import rebuild
from schema.envelope import Recorded
from service.bootstrap import MODELS
from tests.support.builders import Log, dossier_created, dossier_deactivated, log_on
from tests.support.crowd import Crowd, writing
from tests.support.lanes import figures
from tests.support.projecting import Projecting, asking, positions, reading, seconds_until

NAMES = [model.name for model in MODELS]
LEAST_SHARE = 0.2
"""Of the speed of a rebuild beside which nobody writes or looks; all share one interpreter here."""
ROSTER = next(model for model in MODELS if model.name == "roster")


@pytest.fixture
def log(database: str) -> Iterator[Log]:
    with log_on(database) as made:
        yield made


@contextmanager
def looking(url: str, view: str) -> Iterator[list[int]]:
    """Count a view's rows over and over, through a prepared statement as readers do."""
    counts: list[int] = []
    stop = threading.Event()

    def look() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
            while not stop.is_set():
                row = connection.execute(f"select count(*) from read.{view}").fetchone()
                counts.append(row[0] if row else -1)
                time.sleep(0.01)
        stop.set()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield counts
    finally:
        assert not stop.is_set(), "looking failed"
        stop.set()
        thread.join()


def differing(log: Log) -> dict[str, int]:
    return {c.name: c.differences for c in check(log.url, log.store, MODELS) if c.differs}


def builds(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("select nspname from pg_namespace where nspname like 'rm_%'").fetchall()
        return sorted(name for (name,) in found)


@pytest.mark.rule("T7")
@figures(("commands", "least"), short=(1_200, None), long=(20_000, 1_000))
def test_rebuilding_while_writers_go_on_equals_the_live_rows_and_never_shows_less(
    log: Log, commands: int, least: int | None
) -> None:
    """In the short lane its speed is held against that of a still log on the same machine (0082)."""
    crowd = Crowd(seed=7, workshops=[uuid4() for _ in range(commands // 30)])
    log.given(*crowd.opening())
    for _ in range(commands):
        log.given(*crowd.next())
    with log.pool.connection() as connection:
        row = connection.execute("select count(*) from events").fetchone()
        assert row is not None
        before: int = row[0]
    with reading(log.url, log, MODELS):
        seconds_until(lambda: len(positions(log.url)) == len(MODELS), 5)
        seconds_until(lambda: min(positions(log.url).values()) > 0, 5)
        begun = time.monotonic()
        assert rebuild(log.url, log.store, MODELS) == {}
        still = time.monotonic() - begun
        begun = time.monotonic()
        with (
            writing(log, crowd) as told,
            looking(log.url, "history_entry") as seen,
            looking(log.url, "dossier_person"),
        ):
            for _ in range(2):
                assert rebuild(log.url, log.store, MODELS) == {}
            took = (time.monotonic() - begun) / 2
            compared = check(log.url, log.store, MODELS)
        # Only now the writer has ended: what it erased last must have been heard of too.
        seconds_until(lambda: min(positions(log.url).values()) >= told[-1], 5)
    rows, found = sum(c.rows for c in compared), sum(c.differences for c in compared)
    print(
        f"T7: {before} events in {took:.1f} s ({before / took:.0f}/s; {before / still:.0f}/s on a still log);"
        f" {rows} rows, {found} differences"
    )
    assert found == 0, [c.line() for c in compared]
    assert rows > before
    assert before / took >= (least or before / still * LEAST_SHARE)
    assert seen == sorted(seen), "rows of a table that only grows were missing for a moment"
    assert differing(log) == {}
    assert len(builds(log.url)) == len(MODELS)


@pytest.mark.rule("T7")
@pytest.mark.parametrize(
    "fault",
    [
        "update {0}.registration set price = price + 1 where registration = (select min(registration::text)"
        "::uuid from {0}.registration)",
        "delete from {0}.person where client = (select min(client::text)::uuid from {0}.person)",
        "insert into {0}.person (client) values ('00000000-0000-0000-0000-000000000001')",
    ],
    ids=["a changed row", "a missing row", "a row too many"],
)
def test_the_check_finds_a_planted_difference(models: Projecting, fault: str) -> None:
    crowd = Crowd(seed=1)
    models.given(*crowd.opening())
    for _ in range(60):
        models.given(*crowd.next())
    assert models.differences() == 0
    live = standings(models.connection)["roster"]
    models.connection.execute(fault.format(f"rm_roster_{live.version}_{live.build}"))
    assert 1 <= models.differences() <= 2
    assert models.rebuild() == {}
    assert models.differences() == 0, "a rebuild mends it"


def test_positions_only_grow_through_a_rebuild(models: Projecting) -> None:
    crowd = Crowd(seed=2)
    models.log.given(*crowd.opening())
    assert models.position("roster") == 0
    models.rebuild()
    reached = models.position("roster")
    assert reached > 0
    models.catch_up()
    assert models.position("roster") == reached


class Newer(Model):
    """The next release's roster: names in capitals, and one table more."""

    def __init__(self, model: Model) -> None:
        self.__dict__.update(model.__dict__)
        self.version = model.version + 1
        self.tables = model.tables | {"extra": replace(model.tables["person"], name="extra")}

    def handle(self, recorded: Recorded, rows: Rows) -> None:
        super().handle(recorded, rows)
        fact: Fact = recorded.fact
        if fact.TOPIC == "client.dossier_created":
            rows.patch("person", (recorded.originator_id,), last_name="ROY")


def test_a_new_version_is_built_beside_and_switched_by_the_running_reader(log: Log) -> None:
    crowd = Crowd(seed=3)
    log.given(*crowd.opening())
    for _ in range(200):
        last = log.given(*crowd.next())
    with reading(log.url, log, MODELS):
        seconds_until(lambda: min(positions(log.url).values(), default=0) >= last, 10)
    newer = [Newer(m) if m.name == "roster" else m for m in MODELS]
    with (
        looking(log.url, "roster_person") as seen,
        reading(log.url, log, newer) as reader,
        psycopg.connect(log.url, autocommit=True) as connection,
    ):
        seconds_until(lambda: standings(connection)["roster"].version == ROSTER.version + 1, 10)
        assert connection.execute("select distinct last_name from read.roster_person").fetchall() == [
            ("ROY",)
        ]
        assert connection.execute("select count(*) from read.roster_extra").fetchone() == (0,)
        last = log.given(*crowd.next())
        reader.wake()
        seconds_until(lambda: min(positions(log.url).values()) >= last, 5)
    assert min(seen) == seen[0] > 0
    assert asking(log.url, lambda c: freshness(c, NAMES)).stale_since is None


def test_a_model_that_cannot_be_built_keeps_its_live_rows(models: Projecting) -> None:
    class Broken(Model):
        def wants(self, fact_type: type[Fact]) -> bool:
            return True

        def handle(self, recorded: Recorded, rows: Rows) -> None:
            raise ZeroDivisionError

    client = uuid4()
    position = models.given((client, dossier_created(client)))
    before = models.everything()
    broken = Broken("roster", ROSTER.version, list(ROSTER.tables.values()))
    others = [model for model in MODELS if model.name != "roster"]
    failed = rebuild(models.log.url, models.log.store, [broken, *others])
    assert failed == {"roster": (position, "ZeroDivisionError")}
    assert models.everything() == before
    [compared] = check(models.log.url, models.log.store, [broken])
    assert compared.failed == "ZeroDivisionError"
    assert compared.differs
    assert len(builds(models.log.url)) == len(MODELS)


def test_builds_left_over_by_a_crash_are_swept_by_the_next_one(models: Projecting) -> None:
    models.connection.execute("select make_read_model_schema('rm_roster_1_999')")
    models.connection.execute("create table rm_roster_1_999.person (n int)")
    assert models.rebuild() == {}
    assert "rm_roster_1_999" not in builds(models.log.url)


def test_a_query_that_runs_on_through_a_switch_ends_on_the_old_rows(models: Projecting) -> None:
    client = uuid4()
    models.given((client, dossier_created(client)))
    with psycopg.connect(models.log.url) as slow:
        slow.execute("declare rows cursor for select * from read.dossier_person")
        done = threading.Event()

        def rebuild_all() -> None:
            models.rebuild()
            done.set()

        thread = threading.Thread(target=rebuild_all)
        thread.start()
        assert not done.wait(0.5), "the view is in use"
        assert len(slow.execute("fetch all from rows").fetchall()) == 1
        slow.rollback()
        thread.join(20)
        assert done.is_set()
    assert models.differences() == 0


def test_the_check_waits_for_an_erasure_that_the_live_rows_have_not_seen(
    models: Projecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = uuid4()
    models.given((client, dossier_created(client)))
    models.log.given((client, dossier_deactivated(client)))
    monkeypatch.setattr("projections.runtime.check._PATIENCE", 0.3)
    with pytest.raises(LaggingError):
        models.differences()
    models.catch_up()
    assert models.differences() == 0
