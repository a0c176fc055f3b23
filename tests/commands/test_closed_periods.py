"""Closing the books at command height."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from aggregates.ledger.events import PeriodClosed
from aggregates.ledger.refusals import PeriodNotOver
from aggregates.ledger.state import LEDGER, LEDGER_ID
from commands.ledger.close_period import ClosePeriod
from tests.support.write_side import ACCOUNTING, School, school_on

pytestmark = pytest.mark.rule("FAC-6")
OCTOBER = ClosePeriod(through=date(2026, 10, 31))


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def test_accounting_close_a_month_once_it_is_over_in_the_schools_zone(school: School) -> None:
    school.now(datetime(2026, 11, 1, 3, 59, tzinfo=UTC))
    with pytest.raises(PeriodNotOver):
        school.send(OCTOBER, ACCOUNTING)
    school.now(datetime(2026, 11, 1, 4, 0, tzinfo=UTC))
    for _ in range(2):
        school.send(OCTOBER, ACCOUNTING)
    closed = PeriodClosed(through=date(2026, 10, 31), zone="America/Toronto")
    assert school.facts(LEDGER.at(LEDGER_ID)) == (closed,)
