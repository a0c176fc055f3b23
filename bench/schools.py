"""The same questions over HTTP to a school of 10,500 clients and to one of 100,000: what grows with them."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from aggregates.kernel import Role
from bench.audit import audits
from bench.erasures import erasures
from bench.harness import Figure, median, p99
from bench.http import Client, rosters
from bench.lag import lags
from bench.portal import ROOT, BenchPortal, Site, memory_of, run_portal, site, wait_until
from bench.rebuild import rebuilds
from bench.tokens import token_of
from processors.runtime.following import pass_over
from schema.clock import machine_time
from service.demo.school_maker import make_demo_school
from service.embedded import Servers
from service.reactions import PROCESSORS
from service.verify import verified

SIZES = {"10k": 10_500, "100k": 100_000}
"""The smaller one has 200,000 events."""
_ASKED = 300
_TREE = (
    '{"kind":"all_of","conditions":[{"kind":"near","city":"Laval","country":"CA","km":50},'
    '{"kind":"language","language":"fr"}]}'
)
_SEARCHES = ("tremb", "roy ma", "gagnon", "lévesque", "boucher l", "marie.tr", "fortin isa", "tremblya")
"""Beginnings of names and an e-mail; the last one is mistyped."""


def schools(folder: Path, rounds: int, seconds: float, say: Callable[[str], None]) -> dict[str, Figure]:
    """Every figure at both sizes, its name ending with the size."""
    found: dict[str, Figure] = {}
    for size, clients in SIZES.items():
        say(f"school of {clients:,} clients")
        with (
            Servers(folder / f"school-{size}") as servers,
            site(servers, folder / f"var-{size}") as here,
        ):
            figures = _made(here, clients)
            if size == "10k":
                found |= rebuilds(here.side, here.settings.database_url, min(rounds, 3))
            say(f"questions to {clients:,} clients")
            with run_portal(here) as portal:
                figures |= _asked(portal, rounds, seconds)
                figures |= _verified(portal)
        found |= {f"{name}_{size}": figure for name, figure in figures.items()}
    return found


def growth(figures: Mapping[str, Figure]) -> dict[str, tuple[Figure, Figure]]:
    """The figures measured at both sizes, by the name that they share."""
    small, large = (f"_{size}" for size in SIZES)
    names = [name.removesuffix(small) for name in figures if name.endswith(small)]
    return {n: (figures[n + small], figures[n + large]) for n in names if n + large in figures}


def _made(here: Site, clients: int) -> dict[str, Figure]:
    """The school in bulk, then its models by `portail rebuild`."""
    side, begun = here.side, time.perf_counter()
    make_demo_school(side, machine_time().date(), "bench", clients=clients, progress=lambda _share: None)
    took = time.perf_counter() - begun
    with side.pool.connection() as line:
        pass_over(line, [processor.name for processor in PROCESSORS])
        row = line.execute("select count(*) from events").fetchone()
    assert row is not None
    events, (seconds, megabytes) = row[0], _rebuilt(here)
    with psycopg.connect(here.settings.database_url, autocommit=True) as line:
        line.execute(
            "vacuum analyze"
        )  # as in a school that grew for years; else it runs beside the questions
    made = Figure(events / took, None, None, "events/s", None, f"{events:,} events of {clients:,} clients")
    return {
        "made": replace(made, at_least=5_000),
        "rebuild": Figure(events / seconds, None, None, "events/s", None, "`portail rebuild`, all models"),
        "rebuild_memory": Figure(megabytes, None, None, "MB at most", None, "of its process"),
    }


def _rebuilt(here: Site) -> tuple[float, float]:
    """Seconds, and the most memory that the process held, in MB."""
    begun = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "service", "rebuild"],
        cwd=ROOT,
        env=here.environment(),
        stdout=subprocess.DEVNULL,
    )
    most = 0.0
    while child.poll() is None:
        most = memory_of(child.pid, "VmHWM") or most
        time.sleep(0.2)
    if child.returncode:
        raise RuntimeError(f"rebuild ended with {child.returncode}")
    return time.perf_counter() - begun, most


def _asked(portal: BenchPortal, rounds: int, seconds: float) -> dict[str, Figure]:
    token = token_of(portal.side, Role.OFFICE, Role.ADMIN, Role.ACCOUNTING)
    api = Client(portal.port, {"Authorization": f"Bearer {token}"})
    searches = [f"/api/clients?{urlencode({'q': text})}" for text in _SEARCHES]
    audience = [f"/api/audiences?{urlencode({'query': _TREE})}"]
    return {
        "search": _p99(api, searches, 50),
        "audience": _p99(api, audience, 100),
        "ledger_month": _p99(api, list(_months()), 200),
        **audits(portal),
        **erasures(portal, rounds),
        **rosters(portal, min(rounds, 3), seconds),
        **lags(portal, min(rounds, 3), max(3.0, seconds)),
        "projector_memory": Figure(
            portal.memory("project"), None, None, "MB", None, "of the reader's process"
        ),
    }


def _p99(api: Client, paths: list[str], bound: float) -> Figure:
    """Milliseconds on one connection, each path in turn; the first ones warm up and are dropped."""
    took = []
    for path in itertools.islice(itertools.cycle(paths), _ASKED + 20):
        begun = time.perf_counter()
        api.ask("GET", path)
        took.append((time.perf_counter() - begun) * 1e3)
    took = took[20:]
    return Figure(p99(took), None, None, "ms p99", bound, f"median {median(took):.1f}")


def _months() -> Iterator[str]:
    """Trial balances of the last months."""
    today = machine_time().date()
    for ago in range(10):
        month = today.year * 12 + today.month - 1 - ago
        first = date(month // 12, month % 12 + 1, 1)
        last = first + timedelta(days=27)
        yield f"/api/ledger/trial-balance?{urlencode({'from': first, 'to': last})}"


def _verified(portal: BenchPortal) -> dict[str, Figure]:
    """`portail verify --anchor` once everything is sealed, as seconds for a million events."""
    wait_until(portal.side, _SEALED, seconds=600)
    anchor = portal.settings.data_dir / "anchor.log"
    shutil.copy(portal.settings.notary_file, anchor)
    begun = time.perf_counter()
    found = verified(portal.settings, anchor)
    took = time.perf_counter() - begun
    if found.fault is not None:
        raise RuntimeError(f"{found.fault.kind}: {found.fault.where}")
    events = found.log.rows
    return {
        "verify": Figure(
            took * 1e6 / events, None, None, "s a million", 60.0, f"{events:,} events in {took:.0f} s"
        )
    }


_SEALED = (
    "select coalesce((select max(upto) from seals) >= (select max(position) from events"
    " where position < log_horizon()), false)"
)
