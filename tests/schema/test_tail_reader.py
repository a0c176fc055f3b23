"""A reader that follows the log's end sees every event, in stream order, whoever writes meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.lanes import figures

ROOT = Path(__file__).parents[2]
WRITERS = 8

Pair = tuple[str, int]


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program of the crowd; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def program(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.schema.crowd", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield program
    for process in started:
        process.kill()
        process.communicate()


def result(process: subprocess.Popen[str]) -> list[Pair]:
    """What it printed, its input closed."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return [(stream, version) for stream, version in json.loads(out)]


def out_of_order(seen: list[Pair]) -> int:
    """How many events did not follow the one before in their stream."""
    last: dict[str, int] = defaultdict(int)
    wrong = 0
    for stream, version in seen:
        wrong += version != last[stream] + 1
        last[stream] = version
    return wrong


@pytest.mark.rule("T6")
@figures("events", short=10_000, long=40_000)
def test_every_event_is_seen_in_stream_order_while_eight_processes_write(
    database: str, start: Start, events: int
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("alter table events add column id bigint generated always as identity unique")
    ours, control = start("read", database, "position"), start("read", database, "id")
    writers = [start("write", database, str(seed), str(events // WRITERS)) for seed in range(WRITERS)]
    acknowledged = [pair for writer in writers for pair in result(writer)]
    seen, by_id = result(ours), result(control)
    assert len(acknowledged) >= events
    print(
        f"T6: {len(set(seen))} of {len(acknowledged)} seen, {out_of_order(seen)} out of order;"
        f" by id order {len(set(by_id))}"
    )
    assert len(seen) == len(set(seen))
    assert set(seen) == set(acknowledged)
    assert out_of_order(seen) == 0
    assert set(by_id) < set(acknowledged), "the control must miss some, or the race was not there"


def test_the_check_of_order_finds_a_swap_and_a_gap() -> None:
    assert out_of_order([("a", 1), ("b", 1), ("a", 2)]) == 0
    assert out_of_order([("a", 2), ("a", 1)]) == 2
    assert out_of_order([("a", 1), ("a", 3)]) == 1
