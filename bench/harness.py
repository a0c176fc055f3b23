"""Interleaved rounds on processes of their own: absolute figures drift, ratios of one run hold."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any

Work = Callable[[], None]
Prepare = Callable[[str], Mapping[str, Work]]
"""URL → named pieces of work, each done once per call; runs in the process that repeats them."""


@dataclass(frozen=True)
class Figure:
    """One row of the report."""

    value: float
    baseline: float | None
    ratio: float | None
    """Ours to the baseline, the median of the rounds' ratios; higher is better."""
    unit: str
    floor: float | None
    """The ratio to reach; for a figure without baseline the most that `value` may be."""
    beside: str
    """What the baseline is."""
    at_least: float | None = None
    """For a figure without baseline the least that `value` may be."""

    @property
    def met(self) -> bool | None:
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.floor is None:
            return None
        return self.value <= self.floor if self.ratio is None else self.ratio >= self.floor

    def row(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


def repeat(work: Work, seconds: float) -> float:
    """How often per second the work was done."""
    count, start = 0, time.perf_counter()
    end = start + seconds
    while time.perf_counter() < end:
        work()
        count += 1
    return count / (time.perf_counter() - start)


def _worker(prepare: Prepare, url: str, pipe: Connection) -> None:
    works = prepare(url)
    pipe.send(sorted(works))
    while (asked := pipe.recv()) is not None:
        name, seconds = asked
        pipe.send(repeat(works[name], seconds))


class Crew:
    """Writer processes that do the same named work at the same time."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def rate(self, name: str, seconds: float) -> float:
        """Sum over the crew, per second."""
        for pipe in self._pipes:
            pipe.send((name, seconds))
        return float(sum(pipe.recv() for pipe in self._pipes))


@contextmanager
def crew(prepare: Prepare, url: str, size: int) -> Iterator[Crew]:
    """`size` processes that have prepared their work."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(size):
        ours, theirs = context.Pipe()
        process = context.Process(target=_worker, args=(prepare, url, theirs), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    try:
        for pipe in pipes:
            pipe.recv()
        yield Crew(pipes)
    finally:
        for pipe in pipes:
            with suppress(OSError):  # a worker that failed has told why on its own
                pipe.send(None)
        for process in processes:
            process.join(10)


def interleaved(crew: Crew, names: Sequence[str], rounds: int, seconds: float) -> dict[str, list[float]]:
    """Rates per round, the works in turn; the first round warms up and is dropped."""
    rates: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds + 1):
        for name in names if turn % 2 else reversed(names):
            rate = crew.rate(name, seconds)
            if turn:
                rates[name].append(rate)
    return rates


def ratio(ours: Sequence[float], baseline: Sequence[float]) -> float:
    """Median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(ours, baseline, strict=True))


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 stay below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 stay below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
