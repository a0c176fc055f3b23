"""Invoice numbers without gap or double, whoever writes, is refused or is killed meanwhile (T5)."""

from __future__ import annotations

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from aggregates.invoice.events import InvoiceIssued
from schema.log import EventLog
from schema.mapper import StoredFact
from schema.pools import sync_pool
from tests.races.numbering import SERIES, Sale, Task, read_journal, start, write, write_without_end
from tests.support.lanes import figures
from tests.support.write_side import School, school_on

WRITERS = 16
CLIENTS_PER_WRITER = 10
CONTESTED = 20
ROUNDS, ROUND_SECONDS = 3, 2.5
ACTIVITIES_PER_ROUND = 60
MOST_P99 = 0.020


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def clients(school: School, count: int) -> list[UUID]:
    """By turns in Canada and in France: two series."""
    return [school.client(country=("CA", "FR")[n % 2]) for n in range(count)]


def sales_of(people: Sequence[UUID], activities: Sequence[UUID], count: int) -> list[Sale]:
    return [(person, activity) for activity in activities for person in people][:count]


def numbers_in_log(school: School) -> dict[tuple[str, str], list[int]]:
    """Series and year → numbers of its invoices, in the order of the log."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    position = 0
    while page := school.side.store.read_after(position, 5_000):
        for stored in page:
            if stored.topic == InvoiceIssued.TOPIC:
                fact = school.side.store.decode(stored).fact
                assert isinstance(fact, InvoiceIssued)
                series, year, number = fact.number.split("-")
                found[series, year].append(int(number))
        position = page[-1].position
    return found


def gaps_and_doubles(numbers: Sequence[int]) -> tuple[int, int]:
    """How many numbers lack up to the highest, and how many stand there again."""
    return len(set(range(1, max(numbers) + 1)) - set(numbers)), len(numbers) - len(set(numbers))


def test_the_check_of_numbers_finds_a_gap_and_a_double() -> None:
    assert gaps_and_doubles([1, 2, 3]) == (0, 0)
    assert gaps_and_doubles([1, 3]) == (1, 0)
    assert gaps_and_doubles([2, 3, 3]) == (1, 1)


@pytest.mark.rule("T5")
@pytest.mark.rule("FAC-1")
@figures(("each", "kills"), short=(100, 2), long=(2_000, 10))
def test_16_writers_leave_no_gap_and_no_double(
    school: School, database: str, tmp_path: Path, each: int, kills: int
) -> None:
    activities = [school.activity() for _ in range(-(-each // CLIENTS_PER_WRITER))]
    contested = [(client, activities[0]) for client in clients(school, CONTESTED)]
    year = datetime.now(UTC).year
    tasks = [
        Task(
            database,
            tmp_path / f"journal-{n}",
            sales_of(clients(school, CLIENTS_PER_WRITER), activities, each),
            contested,
            year,
        )
        for n in range(WRITERS)
    ]
    seed = random.randrange(10**6)
    _run(tasks, kills, random.Random(seed))
    ends = [note.get("end") for task in tasks for note in read_journal(task.journal).values()]
    refused = ends.count("already_to_schedule")
    sold = {end for end in ends if end != "already_to_schedule"}
    found = numbers_in_log(school)
    gaps, doubles = (sum(both) for both in zip(*map(gaps_and_doubles, found.values()), strict=True))
    total = sum(map(len, found.values()))
    print(
        f"T5 (seed {seed}): {WRITERS} writers, {total} invoices in {len(found)} series, {kills} kills,"
        f" {refused} refused beside those after a number: {gaps} gaps, {doubles} doubles"
    )
    assert {series for series, _ in found} == set(SERIES)
    assert (gaps, doubles) == (0, 0)
    assert None not in ends
    assert total == len(sold) == WRITERS * each + CONTESTED
    assert refused == (WRITERS - 1) * CONTESTED


def _run(tasks: Sequence[Task], kills: int, chance: random.Random) -> None:
    """All writers at once; a killed one is started again and goes on from its journal."""
    writers = {task.journal: start(write, task) for task in tasks}
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, 1.0))
        victim = chance.choice([task for task in tasks if writers[task.journal].is_alive()])
        writers[victim.journal].kill()
        writers[victim.journal].join()
        writers[victim.journal] = start(write, victim)
    for writer in writers.values():
        writer.join(900)
        assert writer.exitcode == 0


class Prober:
    """Appends an event that has nothing to do with invoices, and waits until a tail reader may see it."""

    def __init__(self, url: str) -> None:
        self._pool = sync_pool(url, 1)
        self._reader = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> Prober:
        self._pool.open()
        self._log = EventLog(self._pool)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()
        self._reader.close()

    def lag(self) -> float:
        """Seconds from the acknowledgement until the event lies below the horizon."""
        fact = StoredFact(uuid4(), 1, "workshop.seat_freed", b"{}")
        (position,) = self._log.insert_events([fact])
        acknowledged = time.perf_counter()
        while not self._visible(position):
            pass
        return time.perf_counter() - acknowledged

    def _visible(self, position: int) -> bool:
        row = self._reader.execute("select log_horizon() > %s", (position,)).fetchone()
        assert row is not None
        return bool(row[0])


def p99(lags: Sequence[float]) -> float:
    return statistics.quantiles(lags, n=100)[98]


def lags_of_round(database: str, shares: Sequence[Sequence[Sale]], *, guarded: bool) -> list[float]:
    """What unrelated events wait while 16 writers draw numbers of one series."""
    writers = [start(write_without_end, database, share, guarded) for share in shares]
    lags: list[float] = []
    try:
        with Prober(database) as prober:
            time.sleep(1)
            end = time.monotonic() + ROUND_SECONDS
            while time.monotonic() < end:
                lags.append(prober.lag())
                time.sleep(0.005)
    finally:
        alive = [writer.is_alive() for writer in writers]
        for writer in writers:
            writer.kill()
            writer.join()
    assert all(alive), "everybody wrote until the end"
    return lags


@pytest.mark.rule("T5")
@pytest.mark.owns_servers
def test_unrelated_events_are_visible_while_numbers_are_drawn(school: School, database: str) -> None:
    people = [school.client() for _ in range(WRITERS * CLIENTS_PER_WRITER)]
    activities = [school.activity() for _ in range(2 * ROUNDS * ACTIVITIES_PER_ROUND)]
    school.registration(school.client(), activities[0])  # the counter's row is there for all
    waited: dict[bool, list[float]] = {True: [], False: []}
    for n in range(2 * ROUNDS):
        taught = activities[n * ACTIVITIES_PER_ROUND :][:ACTIVITIES_PER_ROUND]
        shares = [sales_of(people[w::WRITERS], taught, 10_000) for w in range(WRITERS)]
        guarded = n % 2 == 0
        waited[guarded].append(p99(lags_of_round(database, shares, guarded=guarded)))
    ours, control = statistics.median(waited[True]), statistics.median(waited[False])
    print(
        f"T5: unrelated events visible after {ours * 1000:.1f} ms (p99, median of {ROUNDS} rounds);"
        f" without the advisory lock {control * 1000:.1f} ms"
    )
    assert ours <= MOST_P99
    assert control >= 5 * ours
