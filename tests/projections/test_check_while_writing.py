"""All read models are checked against the log while eight writers carry out commands (T7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
import pytest

from projections.runtime.builds import standings
from projections.runtime.check import Comparison, check
from projections.runtime.rebuild import rebuild
from service.bootstrap import MODELS
from tests.projections.many_hands import WRITERS, Hands, at_work
from tests.support.builders import Log, log_on
from tests.support.lanes import figures
from tests.support.projecting import positions, reading, seconds_until
from tests.support.write_side import school_on

pytestmark = pytest.mark.xdist_group("crowd")


def done(crew: Sequence[Hands]) -> Counter[str]:
    """What all of them did."""
    return sum((hands.done.copy() for hands in crew), Counter())


def commands(crew: Sequence[Hands]) -> int:
    return sum(n for what, n in done(crew).items() if not what.startswith("refused"))


def commands_by_hand(crew: Sequence[Hands]) -> list[int]:
    return [sum(hands.done.values()) for hands in crew]


@contextmanager
def writers(url: str) -> Iterator[tuple[Log, list[Hands]]]:
    """Eight writers and a reader at work; after them the read models must get to the last word."""
    with school_on(url) as school, log_on(url) as log, reading(url, log, MODELS):
        seconds_until(lambda: len(positions(url)) == len(MODELS), 30)
        with at_work(school, seed=7) as crew:
            yield log, crew
        last = max(hands.last for hands in crew)
        seconds_until(lambda: min(positions(url).values()) >= last, 30)


def checked(log: Log, crew: Sequence[Hands]) -> list[Comparison]:
    """A check of all models, while writers go on."""
    before = commands_by_hand(crew)
    compared = check(log.url, log.store, MODELS)
    assert commands_by_hand(crew) != before, "somebody was at work"
    assert {c.name for c in compared} == {model.name for model in MODELS}
    return compared


@pytest.mark.rule("T7")
@figures("amount", short=120, long=10_000)
def test_no_model_differs_from_the_log_while_eight_writers_go_on(database: str, amount: int) -> None:
    with writers(database) as (log, crew):
        rounds, before = 0, commands_by_hand(crew)
        while rounds < 2 or commands(crew) < amount:
            compared = checked(log, crew)
            assert [c.line() for c in compared if c.differs] == []
            rounds += 1
            rows = sum(c.rows for c in compared)
        went_on = sum(a > b for a, b in zip(commands_by_hand(crew), before, strict=True))
        assert went_on == WRITERS, "all were at work"
        assert rebuild(log.url, log.store, MODELS) == {}
    acts = done(crew)
    print(f"T7: {rounds} checks of {rows} rows beside {commands(crew)} commands of {len(acts)} kinds")
    assert {"register-client", "note-payment", "write-note", "choose-preferences", "remove-dossier"} <= set(
        acts
    )
    compared = check(log.url, log.store, MODELS)
    assert [c.line() for c in compared if c.differs] == []
    assert all(c.rows for c in compared), [c.line() for c in compared]


@pytest.mark.rule("T7")
def test_the_check_finds_a_planted_difference_among_eight_writers(database: str) -> None:
    with writers(database) as (log, crew):
        seconds_until(lambda: commands(crew) >= 50, 30)
        with psycopg.connect(database, autocommit=True) as connection:
            taught = "select count(*) from read.catalogue_activity"
            seconds_until(lambda: connection.execute(taught).fetchone() == (7,), 30)
            live = standings(connection)["catalogue"]
            planted = f"update rm_catalogue_{live.version}_{live.build}.activity set days = days + 1"
            assert connection.execute(planted).rowcount == 7
        compared = checked(log, crew)
        assert {c.name: c.differences for c in compared if c.differs} == {"catalogue": 14}
