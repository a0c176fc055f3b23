"""The books: periods are closed once they are over, for good."""

from __future__ import annotations

from datetime import date

import pytest

from aggregates.ledger.decisions import close_period
from aggregates.ledger.events import PeriodClosed
from aggregates.ledger.refusals import PeriodNotOver
from aggregates.ledger.state import LEDGER, Books
from tests.aggregates.given import given

pytestmark = pytest.mark.rule("FAC-6")
ZONE = "America/Toronto"
OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)
CLOSED = PeriodClosed(through=OCTOBER, zone=ZONE)


def test_all_days_up_to_one_are_closed_from_the_day_after_on() -> None:
    after = given(LEDGER).when(close_period, OCTOBER, today=date(2026, 11, 1), zone=ZONE).then(CLOSED)
    assert after == Books(OCTOBER)
    given(LEDGER, CLOSED).when(close_period, NOVEMBER, today=date(2026, 12, 1), zone=ZONE).then(
        PeriodClosed(through=NOVEMBER, zone=ZONE)
    )


def test_what_is_closed_stays_closed() -> None:
    for through in (OCTOBER, date(2026, 10, 30), date(2025, 12, 31)):
        given(LEDGER, CLOSED).when(close_period, through, today=date(2026, 12, 1), zone=ZONE).then_nothing()


def test_a_day_that_is_not_past_is_not_closed() -> None:
    for today in (OCTOBER, date(2026, 10, 1)):
        given(LEDGER).when(close_period, OCTOBER, today=today, zone=ZONE).then_refused(
            PeriodNotOver, through=OCTOBER
        )
