"""The processes that time works side by side; each imports this file, so it imports little."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import pytest

from bench.harness import Work, crew, interleaved, ratio

NO_URL = ""


def prepared(_url: str) -> Mapping[str, Work]:
    return {"quick": lambda: time.sleep(0.002), "slow": lambda: time.sleep(0.02)}


def prepared_twice_as_slow_at_first(_url: str) -> Mapping[str, Work]:
    calls = iter([0.3] + [0.0] * 1_000_000)
    return {"warming": lambda: time.sleep(next(calls) or 0.001)}


def prepared_to_fail(_url: str) -> Mapping[str, Work]:
    def fail() -> None:
        os._exit(3)

    return {"fail": fail}


def test_works_are_timed_in_turn_by_every_process_of_the_crew() -> None:
    with crew(prepared, NO_URL, 2) as workers:
        rates = interleaved(workers, ("quick", "slow"), 3, 0.1)
    assert {name: len(rounds) for name, rounds in rates.items()} == {"quick": 3, "slow": 3}
    assert ratio(rates["slow"], rates["quick"]) < 0.5
    assert max(rates["slow"]) > 60  # two processes at 50 a second each at most; one alone can't reach it


def test_the_first_round_warms_up_and_is_not_counted() -> None:
    with crew(prepared_twice_as_slow_at_first, NO_URL, 1) as workers:
        rates = interleaved(workers, ("warming",), 2, 0.1)
    assert min(rates["warming"]) > 50


def test_a_worker_that_dies_ends_the_run_instead_of_hanging_it() -> None:
    with pytest.raises(EOFError), crew(prepared_to_fail, NO_URL, 1) as workers:
        workers.rate("fail", 0.1)
