"""project_live_lag and react_lag: from the commit to the visible row, at 200 commands a second."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg

from aggregates.kernel import Role
from bench.harness import Figure, median, p99
from bench.portal import BenchPortal, open_registrations
from commands.access import Principal
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration

_RATE = 200.0
_WRITERS = 4


class Watch:
    """Notes when positions count as seen. It asks each four milliseconds, and leaves readers their time."""

    def __init__(self, url: str, query: str) -> None:
        self._url, self._query = url, query
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seen: list[tuple[float, int]] = []

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as line:
            last = -1
            while not self._stop.is_set():
                row = line.execute(cast("Any", self._query)).fetchone()
                reached = int(row[0] or 0) if row else 0
                if reached != last:
                    last = reached
                    self.seen.append((time.perf_counter(), reached))
                time.sleep(0.004)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(1.0)
        self._stop.set()
        self._thread.join()

    def lags(self, committed: list[tuple[float, int]]) -> list[float]:
        """Milliseconds from each commit until its position was reached."""
        found, at = [], 0
        for when, position in sorted(committed, key=lambda c: c[1]):
            while at < len(self.seen) and self.seen[at][1] < position:
                at += 1
            if at < len(self.seen):
                found.append(max(0.0, (self.seen[at][0] - when) * 1e3))
        return found


def lags(portal: BenchPortal, rounds: int, seconds: float) -> dict[str, Figure]:
    """p99 per round, median of the rounds."""
    live: list[float] = []
    react: list[float] = []
    url = portal.settings.database_url
    for _ in range(rounds):
        with (
            Watch(url, "select min(position) from read_models") as views,
            Watch(url, "select max(position) from outbox") as mails,
        ):
            everything, deferred = _write(portal, seconds)
        live.append(p99(views.lags(everything)))
        react.append(p99(mails.lags(deferred)))
    return {
        "project_live_lag": Figure(median(live), None, None, "ms p99", 50.0, ""),
        "react_lag": Figure(median(react), None, None, "ms p99", 100.0, ""),
    }


def _write(portal: BenchPortal, seconds: float) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    """Defer and choose again at a fixed rate; answers (moment, position) of all and of the deferrals."""
    office = Principal(uuid4(), frozenset({Role.OFFICE}), Role.OFFICE)
    known = open_registrations(portal.side)
    everything: list[tuple[float, int]] = []
    deferred: list[tuple[float, int]] = []

    def write(mine: list[tuple[UUID, UUID, UUID]]) -> None:
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            client, registration, workshop = mine[(count // 2) % len(mine)]
            away = count % 2 == 0
            command = (
                DeferRegistration(client=client, registration=registration)
                if away
                else ChooseDate(client=client, registration=registration, workshop=workshop)
            )
            position = portal.side.dispatcher.dispatch(command, office, uuid4()).position
            moment = (time.perf_counter(), position)
            everything.append(moment)
            if away:
                deferred.append(moment)
            count += 1
            time.sleep(max(0.0, begun + count * _WRITERS / _RATE - time.perf_counter()))

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(write, [known[n::_WRITERS] for n in range(_WRITERS)]))
    return everything, deferred
