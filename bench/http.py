"""command_http, roster_http, roster_page: over real sockets, with log-in, permission and claims."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import ConnectionPool

from bench.appends import VAULT, Purchase, Raw, person_on
from bench.harness import Figure, crew, interleaved, median, ratio
from bench.loads import history
from bench.portal import MAILS_LEFT, ROOT, BenchPortal, fullest_workshop, open_registrations, wait_until
from projections.participants import WITH_MONEY
from projections.workshop_dates import JOINED, SHOWN
from read_api.roster import MODELS
from schema.log import SELECT_FACTS, EventLog
from schema.migrate import migrate
from schema.store import Store
from service.embedded.process import free_port

_CLIENTS = 8
_CLIENT_EVENTS, _WORKSHOP_EVENTS = 16, 90
"""What the streams of the commands hold half way through a run: they begin with 10 and 30 and grow."""
Commands = tuple[tuple[str, bytes], ...]


class Client:
    """One connection that is kept, as a browser or a machine keeps it."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._headers = dict(headers)

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        try:
            self._line.request(method, path, body, self._headers)
            answer = self._line.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server ends lines that were idle for some seconds, between two rounds.
            self._line.close()
            self._line.request(method, path, body, self._headers)
            answer = self._line.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        return content


def commands_prepared(
    url: str, port: int, token: str, registrations: list[tuple[str, str, str]], number: Any
) -> Mapping[str, Callable[[], None]]:
    """Defer and choose again, over HTTP; and the statements it takes, in psycopg on a database beside."""
    with number.get_lock():
        mine = registrations[number.value :: _CLIENTS]
        number.value += 1
    line = Client(port, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    turns = itertools.cycle(_there_and_back(mine))

    def ours() -> None:
        path, body = next(turns)
        line.ask("POST", path, body)

    return {"ours": ours, "raw": _statements(url)}


def _there_and_back(registrations: list[tuple[str, str, str]]) -> Commands:
    """Defer and choose again, one client after the other: no stream grows longer than in a school's life."""
    commands: list[tuple[str, bytes]] = []
    for client, registration, workshop in registrations:
        same = {"client": client, "registration": registration}
        back = json.dumps(same | {"workshop": workshop}).encode()
        commands.append(("/api/commands/defer-registration", json.dumps(same).encode()))
        commands.append(("/api/commands/choose-date", back))
    return tuple(commands)


def _statements(url: str) -> Callable[[], None]:
    """Session, command id, load of each stream, append: what one command asks of PostgreSQL."""
    pool = ConnectionPool(url, min_size=1, max_size=1, open=True, kwargs={"autocommit": True})
    store = Store(EventLog(pool), VAULT)
    person = person_on(store)
    raw = Raw(url, Purchase(store, person))
    line = psycopg.connect(url, autocommit=True)
    streams = [history(store, length) for length in (_CLIENT_EVENTS, _WORKSHOP_EVENTS)]
    load = cast("Any", f"{SELECT_FACTS} where e.stream = any(%s) order by e.stream, e.version")

    def work() -> None:
        line.execute(
            "select user_id, roles, null, expires_at from tokens where token_hash = %s", (b"x" * 32,)
        ).fetchone()
        line.execute(
            "select fingerprint, answer, position from commands where id = %s", (uuid4(),)
        ).fetchone()
        for stream in streams:
            line.cursor(binary=True).execute(load, ([stream],)).fetchall()
        raw.append()

    return work


_HEADER = f"select row_to_json(q)::text from (select {SHOWN} from {JOINED} where w.workshop = %s) q"


def raw_roster(line: psycopg.Connection[Any], workshop: UUID) -> bytes:
    """The three questions behind a roster, in plain psycopg; answers its rows."""
    line.execute(
        "select min(position), min(parked_since) from read_models where name = any(%s)", (list(MODELS),)
    ).fetchone()
    line.execute(cast("Any", _HEADER), (workshop,)).fetchone()
    rows = line.execute(cast("Any", WITH_MONEY), {"workshop": workshop}).fetchone()
    assert rows is not None
    return cast("str", rows[0]).encode()


def reads_prepared(
    url: str, port: int, bare_port: int, token: str, cookie: str, workshop: str
) -> Mapping[str, Callable[[], None]]:
    """The roster as JSON, as a page, from the bare endpoint, and its SQL alone."""
    api = Client(port, {"Authorization": f"Bearer {token}"})
    page = Client(port, {"Cookie": f"portail={cookie}", "Accept": "text/html"})
    bare = Client(bare_port, {})
    line = psycopg.connect(url, autocommit=True)

    return {
        "json": lambda: _nothing(api.ask("GET", f"/api/workshops/{workshop}/roster")),
        "page": lambda: _nothing(page.ask("GET", f"/ateliers/{workshop}/participants")),
        "bare": lambda: _nothing(bare.ask("GET", f"/{workshop}")),
        "raw": lambda: _nothing(raw_roster(line, UUID(workshop))),
    }


def _nothing(_content: bytes) -> None:
    return None


def command_http(portal: BenchPortal, rounds: int, seconds: float) -> dict[str, Figure]:
    """Commands per second of 8 clients, and the CPU time one takes in all processes of the service."""
    import multiprocessing

    number = multiprocessing.get_context("spawn").Value("i", 0)
    known = [(str(c), str(r), str(w)) for c, r, w in open_registrations(portal.side)]
    prepare = partial(
        commands_prepared, port=portal.port, token=portal.token, registrations=known, number=number
    )
    with crew(prepare, _database_beside(portal.settings.database_url), _CLIENTS) as clients:
        rates = interleaved(clients, ("ours", "raw"), rounds, seconds)
        wait_until(portal.side, MAILS_LEFT)
        before, letters, long = portal.cpu_seconds(), _letters(portal), max(2.0, seconds)
        done = clients.rate("ours", long) * long
        wait_until(portal.side, MAILS_LEFT)
        spent = {name: (cpu - before[name]) / done * 1e3 for name, cpu in portal.cpu_seconds().items()}
    mails, postgres = spent["work"] + spent["mailbox"], spent["postgres"]
    each = (_letters(portal) - letters) / done
    return {
        "command_http": Figure(
            median(rates["ours"]),
            median(rates["raw"]),
            ratio(rates["ours"], rates["raw"]),
            "commands/s",
            0.25,
            "the same statements in raw psycopg",
        ),
        "command_http_cpu": Figure(
            sum(spent.values()) - mails - postgres, None, None, "ms CPU each", 4.0, "web, projector, clock"
        ),
        "command_http_cpu_mails": Figure(
            mails, None, None, "ms CPU each", None, f"{each:.1f} mails, and catching them"
        ),
        "command_http_cpu_postgres": Figure(postgres, None, None, "ms CPU each", None, ""),
    }


def _letters(portal: BenchPortal) -> int:
    with portal.side.pool.connection() as connection:
        row = connection.execute("select count(*) from outbox").fetchone()
    assert row is not None
    return int(row[0])


def _database_beside(url: str) -> str:
    """An empty migrated database of the same cluster: the raw rows must not enter the portal's log."""
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("create database bench_raw")
    beside = urlsplit(url)._replace(path="/bench_raw").geturl()
    migrate(beside)
    return beside


def rosters(portal: BenchPortal, rounds: int, seconds: float) -> dict[str, Figure]:
    """Rosters per second on 16 connections to one web process."""
    workshop = str(fullest_workshop(portal.side))
    cookie = portal.side.sessions.log_in("office@example.com", "bench", None, "bench")
    bare_port = free_port()
    bare = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(bare_port), "--log-level", "error"],
        cwd=ROOT,
        env=os.environ | {"BENCH_DATABASE_URL": portal.settings.database_url},
    )
    prepare = partial(
        reads_prepared,
        port=portal.port,
        bare_port=bare_port,
        token=portal.token,
        cookie=cookie,
        workshop=workshop,
    )
    try:
        time.sleep(2)
        with crew(prepare, portal.settings.database_url, 16) as clients:
            rates = interleaved(clients, ("json", "bare", "page", "raw"), rounds, seconds)
    finally:
        bare.terminate()
        bare.wait(10)
    speed = {name: median(values) for name, values in rates.items()}

    def beside(name: str, other: str, floor: float, what: str) -> Figure:
        return Figure(speed[name], speed[other], ratio(rates[name], rates[other]), "requests/s", floor, what)

    return {
        "roster_http": beside("json", "bare", 0.70, "the same SQL without session and role"),
        "roster_http_to_raw": beside("json", "raw", 0.28, "the SQL alone"),
        "roster_page": beside("page", "json", 0.20, "the JSON"),
    }
