"""Closed periods never change: what comes later is posted on the first day after them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from aggregates.ledger.events import PeriodClosed
from aggregates.ledger.state import LEDGER_ID
from projections import books
from projections.books import Period
from tests.projections.test_ledger import slowly
from tests.projections.trading import histories
from tests.support.builders import cad, dossier_created, envelope, invoice_issued, invoice_line
from tests.support.projecting import Projecting

pytestmark = pytest.mark.rule("FAC-6")
ZONE = "America/Toronto"
SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30), ZONE)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31), ZONE)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), ZONE)


def at(month: int, day: int) -> Any:
    return envelope(at=datetime(2026, month, day, 15, tzinfo=UTC))


def sold(models: Projecting, minor: int, around: Any) -> int:
    client = uuid4()
    invoice = (uuid4(), invoice_issued(client, uuid4().hex, invoice_line(cad(minor))))
    return models.given((client, dossier_created(client)), invoice, around=around)


def close(models: Projecting, period: Period, around: Any) -> int:
    return models.given((LEDGER_ID, PeriodClosed(through=period.last, zone=ZONE)), around=around)


def revenue(models: Projecting, period: Period) -> tuple[int, int]:
    """What was deferred in the period, and in all up to its end."""
    rows = models.ask(lambda c: books.trial_balance(c, period))
    found = [row for row in rows if row["account"] == "deferred_revenue"]
    return (found[0]["credit"]["minor"], -found[0]["closing"]["minor"]) if found else (0, 0)


def days(models: Projecting, period: Period) -> list[tuple[str, str, int]]:
    """Day of posting, day of the fact and amount, of each debit."""
    rows = models.ask(lambda c: books.journal(c, period))
    return [(r["day"], r["happened"], r["debit"]["minor"]) for r in rows if r["debit"]["minor"]]


def test_a_fact_dated_into_a_closed_period_is_posted_on_the_first_open_day(proven: Projecting) -> None:
    sold(proven, 100, at(9, 15))
    sold(proven, 200, at(10, 15))
    close(proven, SEPTEMBER, at(11, 2))
    before = proven.rows("ledger_entry")
    sold(proven, 400, at(9, 20))
    assert [row for row in proven.rows("ledger_entry") if row in before] == before
    assert revenue(proven, SEPTEMBER) == (100, 100)
    assert revenue(proven, OCTOBER) == (600, 700)
    assert days(proven, OCTOBER) == [
        ("2026-10-01", "2026-09-20", 400),
        ("2026-10-15", "2026-10-15", 200),
    ]
    close(proven, OCTOBER, at(11, 3))
    sold(proven, 800, at(9, 20))
    sold(proven, 1_600, at(11, 4))
    assert (revenue(proven, SEPTEMBER), revenue(proven, OCTOBER)) == ((100, 100), (600, 700))
    assert days(proven, NOVEMBER) == [
        ("2026-11-01", "2026-09-20", 800),
        ("2026-11-04", "2026-11-04", 1_600),
    ]


def test_midnight_is_the_schools(proven: Projecting) -> None:
    close(proven, OCTOBER, at(11, 2))
    last, first = datetime(2026, 11, 1, 3, 59, tzinfo=UTC), datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    for amount, instant in ((100, last), (200, first)):
        sold(proven, amount, envelope(at=instant))
    assert [(day, amount) for day, _, amount in days(proven, NOVEMBER)] == [
        ("2026-11-01", 100),
        ("2026-11-01", 200),
    ]
    assert revenue(proven, OCTOBER) == (0, 0)


def test_the_books_say_what_is_closed_by_whom_and_when(proven: Projecting) -> None:
    assert proven.ask(lambda c: books.closings(c, OCTOBER)) == []
    first, second = at(10, 5), at(11, 2)
    position = close(proven, SEPTEMBER, first)
    close(proven, OCTOBER, second)
    september = {"first": None, "last": "2026-09-30", "at": "2026-10-05T15:00:00Z", "by_id": str(first.user)}
    october = {
        "first": "2026-10-01",
        "last": "2026-10-31",
        "at": "2026-11-02T15:00:00Z",
        "by_id": str(second.user),
    }
    both = Period(SEPTEMBER.last, OCTOBER.first, ZONE)
    asked = [(SEPTEMBER, [september]), (OCTOBER, [october]), (NOVEMBER, []), (both, [september, october])]
    for period, expected in asked:
        assert proven.ask(lambda c, period=period: books.closings(c, period)) == expected  # type: ignore[misc]
    assert proven.ask(lambda c: books.closings(c, both, position)) == [september]


def test_a_closed_period_stays_as_it_was_whatever_comes_and_is_zero_in_sum(proven: Projecting) -> None:
    """Closings in the middle of any history; late facts among the others."""
    closed: dict[Period, Any] = {}
    for n, (_, history) in enumerate(histories(11, 900)):
        instant = datetime(2026, 9, 1, 4, 30, tzinfo=UTC) + timedelta(days=12 * n)
        late = instant - timedelta(days=40) if n % 3 == 2 else instant
        proven.given(*history, around=envelope(at=late))
        for period in (SEPTEMBER, OCTOBER):
            if period not in closed and instant >= period.ends:
                close(proven, period, envelope(at=instant))
                closed[period] = balance(proven, period)
    assert list(closed) == [SEPTEMBER, OCTOBER]
    late_ones = [row for row in proven.rows("ledger_entry") if row["at"] != row["occurred_at"]]
    assert late_ones, "the control"
    for period, before in closed.items():
        assert balance(proven, period) == before
    for period in (SEPTEMBER, OCTOBER, NOVEMBER):
        found = balance(proven, period)
        assert found == slowly(proven, period, books.ALL)
        for currency in {row["currency"] for row in found}:
            assert sum(row["closing"]["minor"] for row in found if row["currency"] == currency) == 0


def balance(models: Projecting, period: Period) -> Any:
    return models.ask(lambda c: books.trial_balance(c, period))
