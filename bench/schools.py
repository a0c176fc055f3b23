"""Questions put to a large school and to one a tenth of it: what grows with the number of clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import psycopg

from bench.appends import VAULT
from bench.harness import Figure, median, p99
from projections import searching
from projections.query import Reads
from projections.runtime.rebuild import rebuild
from schema.migrate import migrate
from service.bootstrap import MODELS, WriteSide, write_side
from service.demo.school_maker import make_demo_school
from service.embedded import Servers

TODAY = date(2026, 11, 24)
LARGE, SMALL = 100_000, 10_500
Question = Callable[[Reads, Random], Awaitable[object]]


@dataclass(frozen=True)
class BigSchool:
    """A school made in bulk, its models filled."""

    url: str
    side: WriteSide
    clients: int
    events: int
    events_per_second: float
    """While it was made."""


@contextmanager
def big_school(folder: Path, clients: int) -> Iterator[BigSchool]:
    """On servers of its own."""
    with Servers(folder / f"school-{clients}") as servers:
        url = servers.database_url
        migrate(url)
        with write_side(url, VAULT, lambda: None, settable_clock=True) as side:
            begun = time.perf_counter()
            make_demo_school(side, TODAY, "bench", clients=clients, progress=lambda _share: None)
            took = time.perf_counter() - begun
            with side.pool.connection() as line:
                row = line.execute("select count(*) from events").fetchone()
                assert row is not None
            rebuild(url, side.store, MODELS)
            yield BigSchool(url, side, clients, row[0], row[0] / took)


async def _asked(url: str, question: Question, times: int) -> list[float]:
    """Milliseconds each; the first ones warm up and are dropped."""
    rng, took = Random(7), []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as line:
        for n in range(times + 10):
            begun = time.perf_counter()
            await question(line, rng)
            if n >= 10:
                took.append((time.perf_counter() - begun) * 1000)
    return took


def asked(school: BigSchool, question: Question, times: int) -> list[float]:
    """How long the question takes, in milliseconds, one after the other."""
    return asyncio.run(_asked(school.url, question, times))


def figures(
    school: BigSchool, questions: Mapping[str, tuple[Question, float]], times: int
) -> dict[str, Figure]:
    """Per question the 99th percentile, beside its bound and the median."""
    found = {}
    for name, (question, bound) in questions.items():
        took = asked(school, question, times)
        found[name] = Figure(p99(took), None, None, "ms (p99)", bound, f"median {median(took):.1f} ms")
    return found


def search(line: Reads, rng: Random) -> Awaitable[object]:
    """A page of dossiers: the beginning of a name, a name and a first name, one mistyped, an e-mail."""
    text: Sequence[str] = ("tremb", "roy ma", "gagnon", "lévesque", "boucher l", "marie.tr", "fortin isa")
    if rng.random() < 0.2:
        return searching.nearly(line, rng.choice(["tremblya", "gagon luc", "bouchre", "levesqe"]))
    return searching.search(line, rng.choice(text))


def questions() -> dict[str, tuple[Question, float]]:
    """Each with its bound in ms."""
    return {"search": (search, 50)}


def made(school: BigSchool) -> Figure:
    """How fast it was made."""
    return Figure(
        school.events_per_second, None, None, "events/s", None, f"{school.events:,} events, in bulk"
    )


def scale(folder: Path, times: int) -> dict[str, Figure]:
    """Every question at both sizes."""
    found: dict[str, Figure] = {}
    for clients in (SMALL, LARGE):
        with big_school(folder, clients) as school:
            size = f"{round(clients, -3) // 1000}k"
            found[f"made_{size}"] = made(school)
            found |= {f"{name}_{size}": f for name, f in figures(school, questions(), times).items()}
    return found
