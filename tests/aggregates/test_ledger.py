"""The books: periods are closed once they are over, for good."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from aggregates.kernel import Currency, Money
from aggregates.ledger.decisions import close_period, report_difference, settle_difference
from aggregates.ledger.events import (
    DifferenceKind,
    DifferenceOutcome,
    DifferenceSettled,
    PaymentDiffered,
    PeriodClosed,
)
from aggregates.ledger.refusals import NoSuchDifference, PeriodNotOver
from aggregates.ledger.state import LEDGER, Books
from tests.aggregates.given import given

pytestmark = pytest.mark.rule("FAC-6")
ZONE = "America/Toronto"
OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)
CLOSED = PeriodClosed(through=OCTOBER, zone=ZONE)
ONE, TWO = UUID(int=1), UUID(int=2)


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


def differed(difference: UUID, **changes: Any) -> PaymentDiffered:
    values: dict[str, Any] = {
        "kind": DifferenceKind.NOT_BOOKED,
        "reference": "3C679366HH908993F",
        "provider": Money(minor=4_000, currency=Currency.CAD),
        "booked": None,
        "invoice": None,
    }
    return PaymentDiffered(difference=difference, **values | changes)


@pytest.mark.rule("FAC-3")
class TestDifferences:
    """The provider's account and the books say different things."""

    def test_found_again_it_stays_as_it_was_found(self) -> None:
        found = differed(ONE)
        given(LEDGER).when(report_difference, found).then(found)
        given(LEDGER, found).when(report_difference, differed(ONE, booked=found.provider)).then_nothing()
        settled = DifferenceSettled(difference=ONE, outcome=DifferenceOutcome.BOOKED)
        given(LEDGER, found, settled).when(report_difference, found).then_nothing()

    def test_accounting_say_what_became_of_it(self) -> None:
        found, how = differed(ONE), DifferenceOutcome.SETTLED_BY_PROVIDER
        settled = DifferenceSettled(difference=ONE, outcome=how)
        after = given(LEDGER, found, differed(TWO)).when(settle_difference, ONE, how).then(settled)
        assert after.differences == {ONE: how, TWO: None}
        given(LEDGER, found, settled).when(settle_difference, ONE, how).then_nothing()

    def test_one_that_nobody_found_is_not_settled(self) -> None:
        given(LEDGER).when(settle_difference, ONE, DifferenceOutcome.BOOKED).then_refused(NoSuchDifference)

    def test_closing_a_period_forgets_none(self) -> None:
        after = given(LEDGER, differed(ONE)).when(close_period, OCTOBER, today=date(2026, 11, 1), zone=ZONE)
        assert after.then(CLOSED) == Books(OCTOBER, {ONE: None})
