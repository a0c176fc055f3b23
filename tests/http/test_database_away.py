"""The database is away: every call is answered in time and says when to come back; nothing is half done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from psycopg import sql

from aggregates.client.state import CLIENT
from commands.clients.create_dossier import CreateDossier
from commands.registrations.register_client import RegisterClient
from projections.runtime.builds import add_missing
from projections.runtime.connection import connect
from service.bootstrap import MODELS
from tests.support.http import Door, assert_problem, bearer, post, served_apart, served_here
from tests.support.lanes import figures
from tests.support.proxy import Proxy
from tests.support.write_side import School, school_on

IN_TIME, BACK = 3.0, 10.0
CLIENTS = 16


@pytest.fixture
def proxy(database: str) -> Iterator[Proxy]:
    with Proxy(database) as running:
        yield running


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


@pytest.fixture
def door(proxy: Proxy) -> Iterator[Door]:
    with (
        school_on(proxy.url) as school,
        served_here(proxy.url, school.side) as address,
        httpx2.Client(base_url=address, timeout=30) as http,
    ):
        yield Door(school, http)


def a_dossier() -> CreateDossier:
    return CreateDossier(last_name=f"Roy {uuid4().hex}", first_name="Luc", country="CA")


def leave(proxy: Proxy) -> None:
    proxy.away = True
    proxy.drop()


def timed(door: Door, path: str, **headers: str) -> tuple[float, httpx2.Response]:
    begun = time.monotonic()
    answer = door.http.get(path, headers=headers)
    return time.monotonic() - begun, answer


@pytest.mark.rule("T11")
def test_a_command_is_told_to_come_back_in_time_and_can(door: Door, proxy: Proxy) -> None:
    leave(proxy)
    command, key = a_dossier(), str(uuid4())
    begun = time.monotonic()
    answer = door.send(command, key=key)
    elapsed = time.monotonic() - begun
    assert_problem(answer, 503, "unavailable", None)
    assert int(answer.headers["retry-after"]) >= 1
    assert elapsed <= IN_TIME
    proxy.away = False
    begun = time.monotonic()
    while (again := door.send(command, key=key)).status_code == 503:
        assert time.monotonic() - begun < BACK
    assert again.status_code == 200
    assert door.school.side.store.load([CLIENT.at(UUID(again.json()["client"]))])[0].version == 1


@pytest.mark.rule("T11")
@figures("seconds", short=15, long=300)
def test_all_is_normal_soon_after_the_return_however_long_it_was_away(
    door: Door, proxy: Proxy, seconds: int
) -> None:
    leave(proxy)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert door.send(a_dossier()).status_code == 503
    proxy.away = False
    begun = time.monotonic()
    while door.send(a_dossier()).status_code == 503:
        assert time.monotonic() - begun < BACK
    print(f"T11: normal {time.monotonic() - begun:.1f} s after the database's return")


@pytest.mark.rule("T11")
def test_sixteen_clients_are_all_told_in_time(door: Door, proxy: Proxy) -> None:
    leave(proxy)

    def knock(_: int) -> tuple[float, httpx2.Response]:
        with httpx2.Client(base_url=door.http.base_url, timeout=30) as http:
            begun = time.monotonic()
            answer = post(http, a_dossier(), door.office)
            return time.monotonic() - begun, answer

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(knock, range(CLIENTS)))
    slowest = max(elapsed for elapsed, _ in answers)
    print(f"T11: {CLIENTS} clients told after {slowest:.2f} s at most while the database is away")
    for _, answer in answers:
        assert_problem(answer, 503, "unavailable", None)
    assert slowest <= IN_TIME


@pytest.mark.rule("T11")
def test_readers_are_told_too(door: Door, proxy: Proxy) -> None:
    leave(proxy)
    paths = ["/api/workshops", "/api/clients", "/ateliers"]
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(lambda path: timed(door, path, **door.office), paths))
    for elapsed, answer in answers:
        assert_problem(answer, 503, "unavailable", None)
        assert "retry-after" in answer.headers
        assert elapsed <= IN_TIME


def test_a_browser_gets_a_page(door: Door, proxy: Proxy) -> None:
    leave(proxy)
    _, answer = timed(door, "/ateliers", **door.office, Accept="text/html")
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")


def test_logging_in_is_told_too(door: Door, proxy: Proxy) -> None:
    leave(proxy)
    begun = time.monotonic()
    answer = door.http.post("/connexion", data={"email": "a@example.com", "password": "x"})
    assert time.monotonic() - begun <= IN_TIME
    assert answer.status_code == 503


@pytest.mark.rule("T11")
def test_health_answers_at_once(proxy: Proxy) -> None:
    """Of a process of its own, as it runs: the collector of this one pauses a server in it for longer."""
    with served_apart(proxy.url) as address, httpx2.Client(base_url=address, timeout=30) as http:
        leave(proxy)
        begun = time.monotonic()
        answer = http.get("/health")
        elapsed = time.monotonic() - begun
    assert answer.status_code == 200
    assert elapsed <= 0.2


@contextmanager
def maintenance(url: str, table: str) -> Iterator[None]:
    """The lock that an index build or a vacuum against wraparound takes."""
    with psycopg.connect(url) as line:
        line.execute("set idle_in_transaction_session_timeout = 0")
        line.execute(sql.SQL("lock table {} in share mode").format(sql.Identifier(table)))
        yield


@pytest.mark.rule("T11")
@figures("seconds", short=4, long=30)
def test_behind_a_maintenance_lock_each_command_is_told_in_time_and_none_is_lost(
    school: School, database: str, seconds: int
) -> None:
    """More clients than connections, so that the pool is exhausted too; health and queries go on."""
    office = bearer(school.side)
    with connect(database) as line:
        add_missing(line, MODELS)
    wishes = [(a_dossier(), str(uuid4())) for _ in range(2 * CLIENTS)]
    told: list[float] = []
    healthy: list[float] = []

    def knock(wish: tuple[CreateDossier, str]) -> httpx2.Response:
        command, key = wish
        with httpx2.Client(base_url=address, timeout=30, verify=False) as http:
            begun = time.monotonic()
            answer = post(http, command, office, key)
            told.append(time.monotonic() - begun)
            return answer

    with (
        served_apart(database) as address,
        httpx2.Client(base_url=address, timeout=30) as http,
        ThreadPoolExecutor(len(wishes)) as pool,
    ):
        end = time.monotonic() + seconds
        with maintenance(database, "events"):
            while time.monotonic() < end:
                answers = pool.map(knock, wishes)
                begun = time.monotonic()
                assert http.get("/health").status_code == 200
                healthy.append(time.monotonic() - begun)
                assert http.get("/api/workshops", headers=office).status_code == 200
                for answer in answers:
                    assert_problem(answer, 503, "unavailable", None)
        begun = time.monotonic()
        while {answer.status_code for answer in pool.map(knock, wishes)} != {200}:
            assert time.monotonic() - begun < BACK
    print(
        f"T11: behind the lock {len(told)} answers, the last after {max(told):.2f} s,"
        f" health after {max(healthy):.2f} s"
    )
    assert max(told) <= IN_TIME
    with psycopg.connect(database) as line:
        row = line.execute("select count(*) from events where topic = 'client.dossier_created'").fetchone()
    assert row == (len(wishes),)


@pytest.mark.rule("T11")
def test_a_query_behind_an_exclusive_lock_is_told_in_time(door: Door, database: str) -> None:
    with maintenance(database, "tokens"), psycopg.connect(database) as line:
        line.execute("lock table read_models in access exclusive mode")
        elapsed, answer = timed(door, "/api/workshops", **door.office)
    assert_problem(answer, 503, "unavailable", None)
    assert elapsed <= IN_TIME


@pytest.mark.rule("T26")
def test_a_database_that_answers_readers_alone_is_away_for_who_writes(door: Door, database: str) -> None:
    """As one that is being restored, or that lost its disk, until it takes writes again."""
    name = sql.Identifier(psycopg.conninfo.conninfo_to_dict(database)["dbname"])  # type: ignore[arg-type]

    def only_read(yes: str) -> None:
        with psycopg.connect(database, autocommit=True) as line:
            line.execute("set default_transaction_read_only = off")
            line.execute(
                sql.SQL("alter database {} set default_transaction_read_only = {}").format(name, sql.SQL(yes))
            )
            line.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

    assert door.send(a_dossier()).status_code == 200, "the control"
    only_read("on")
    command, key = a_dossier(), str(uuid4())
    assert_problem(door.send(command, key=key), 503, "unavailable", None)
    only_read("off")
    begun = time.monotonic()
    while (again := door.send(command, key=key)).status_code == 503:
        assert time.monotonic() - begun < BACK
    assert again.status_code == 200


@pytest.mark.rule("T2")
def test_a_reply_lost_after_the_commit_is_a_503_and_the_retry_gets_the_success(
    door: Door, proxy: Proxy
) -> None:
    school: School = door.school
    client, activity, key = school.client(), school.activity(), str(uuid4())
    wish = RegisterClient(client=client, activity=activity, workshop=None)
    happened = proxy.cut_after("COMMIT")
    assert_problem(door.send(wish, key=key), 503, "unavailable", None)
    assert happened.is_set()
    answer = door.send(wish, key=key)
    assert answer.status_code == 200
    (registration,) = school.side.store.load([CLIENT.at(client)])[0].state.registrations
    assert answer.json()["registration"] == str(registration)
