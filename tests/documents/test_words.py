"""How documents read: spaces that French wants, days, amounts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from processors.documents.words import amount, clock, fine, long_day, said, span

pytestmark = pytest.mark.rule("FAC-7")
NARROW, WHOLE = "\u202f", "\u00a0"


def test_french_marks_have_a_narrow_space_that_does_not_break() -> None:
    assert fine("fr", "Le solde : 3 ; oui ? « non » !") == (
        f"Le solde{NARROW}: 3{NARROW}; oui{NARROW}? «{NARROW}non{NARROW}»{NARROW}!"
    )
    assert fine("fr", "https://x.ca 9:30") == "https://x.ca 9:30"
    assert fine("en", "a : b") == "a : b"


def test_what_is_put_in_stays_as_it_was_typed() -> None:
    assert said("fr", "quoted", text="{n} : {day}") == f"«{NARROW}{{n}} : {{day}}{NARROW}»"


@pytest.mark.parametrize(
    ("language", "currency", "written"),
    [
        ("fr", "CAD", f"−1{NARROW}250,00{WHOLE}$"),
        ("fr", "EUR", f"−1{NARROW}250,00{WHOLE}€"),
        ("en", "CAD", "−$1,250.00"),
    ],
)
def test_amounts_have_narrow_thousands_and_a_true_minus(language: str, currency: str, written: str) -> None:
    assert amount("en" if language == "en" else "fr", {"minor": -125_000, "currency": currency}) == written


@pytest.mark.parametrize(
    ("first", "last", "french", "english"),
    [
        ("2026-12-01", "2026-12-01", "mardi 1er décembre 2026", "Tuesday, December 1, 2026"),
        ("2026-12-01", "2026-12-02", "1er et 2 décembre 2026", "December 1 and 2, 2026"),
        ("2026-12-05", "2026-12-07", "du 5 au 7 décembre 2026", "December 5 to 7, 2026"),
        (
            "2026-11-30",
            "2026-12-01",
            "30 novembre 2026 et 1er décembre 2026",
            "November 30, 2026 and December 1, 2026",
        ),
    ],
)
def test_spans_of_days(first: str, last: str, french: str, english: str) -> None:
    days = date.fromisoformat(first), date.fromisoformat(last)
    assert (span("fr", *days), span("en", *days)) == (french, english)


def test_days_and_hours() -> None:
    assert long_day("fr", date(2027, 1, 1)) == "1er janvier 2027"
    moment = datetime(2026, 12, 5, 14, 5, tzinfo=UTC)
    assert clock("fr", moment, "America/Toronto") == f"9{WHOLE}h{WHOLE}05"
    assert clock("en", moment, "Europe/Paris") == f"3:05{WHOLE}pm"
