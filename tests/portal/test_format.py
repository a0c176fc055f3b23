"""Amounts, dates and times read as the school writes them."""

from __future__ import annotations

import pytest

from portal.format import filters, is_erased

FR, EN = filters("fr"), filters("en")
NAMES = ("balance", "country", "day", "days", "hours", "moment", "money", "month", "of", "relative")
balance, country, day, days, hours, moment, money, month, of, relative = (FR[name] for name in NAMES)

TORONTO, PARIS = "America/Toronto", "Europe/Paris"


def plain(text: str) -> str:
    """The text with ordinary spaces; the locale data choose between two narrow ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.rule("CAT-2")
@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (33750, "CAD", "337,50 $"),
        (125_000_00, "CAD", "125 000,00 $"),
        (10500, "EUR", "105,00 €"),
        (0, "EUR", "0,00 €"),
        (-4000, "CAD", "−40,00 $"),
        (-5, "EUR", "−0,05 €"),
        (99999999999999999, "CAD", "999 999 999 999 999,99 $"),
    ],
)
def test_an_amount_reads_as_its_country_writes_it(minor: int, currency: str, written: str) -> None:
    assert plain(money({"minor": minor, "currency": currency})) == written


def test_an_amount_never_breaks_over_two_lines() -> None:
    assert " " not in money({"minor": -125_000_00, "currency": "CAD"})


def test_nothing_left_to_pay_reads_regle_and_anything_else_as_an_amount() -> None:
    assert balance({"minor": 0, "currency": "CAD"}) == "réglé"
    assert plain(balance({"minor": -1, "currency": "CAD"})) == "−0,01 $"
    assert plain(balance({"minor": 1, "currency": "EUR"})) == "0,01 €"


def test_a_day_is_short_and_the_first_of_a_month_is_ordinal() -> None:
    assert day("2026-12-06") == "dim. 6 déc. 2026"
    assert day("2026-08-01") == "sam. 1er août 2026"
    assert day("2026-08-11") == "mar. 11 août 2026"
    assert day("2026-08-21") == "ven. 21 août 2026"


def test_an_instant_falls_on_the_day_of_its_place() -> None:
    assert day("2026-12-06T23:30:00Z", PARIS) == "lun. 7 déc. 2026"
    assert day("2026-12-06T23:30:00Z", TORONTO) == "dim. 6 déc. 2026"
    with pytest.raises(ValueError, match="needs a zone"):
        day("2026-12-06T23:30:00Z")
    with pytest.raises(ValueError, match="no instant"):
        day("2026-12-06T23:30:00", PARIS)


@pytest.mark.parametrize(
    ("starts", "ends", "written"),
    [
        ("2026-12-05T14:00:00Z", "2026-12-05T22:00:00Z", "sam. 5 déc. 2026"),
        ("2026-12-05T14:00:00Z", "2026-12-06T22:00:00Z", "sam. 5 – dim. 6 déc. 2026"),
        ("2026-10-31T13:00:00Z", "2026-11-01T22:00:00Z", "sam. 31 oct. – dim. 1er nov. 2026"),
        ("2026-12-31T14:00:00Z", "2027-01-01T22:00:00Z", "jeu. 31 déc. 2026 – ven. 1er janv. 2027"),
        ("2026-12-05T14:00:00Z", "2026-12-06T04:30:00Z", "sam. 5 déc. 2026"),
    ],
)
def test_a_span_of_days_says_month_and_year_once_where_they_agree(
    starts: str, ends: str, written: str
) -> None:
    assert days(starts, ends, TORONTO) == written


def test_times_name_the_place_only_when_the_readers_clock_differs() -> None:
    start, end = "2026-12-05T08:00:00Z", "2026-12-05T16:30:00Z"
    assert plain(hours(start, end, PARIS, PARIS)) == "9 h – 17 h 30"
    assert plain(hours(start, end, PARIS, TORONTO)) == "9 h – 17 h 30 (heure de Paris)"
    assert plain(hours(start, end, "America/Montreal", TORONTO)) == "3 h – 11 h 30"
    assert plain(hours(start, end, "Europe/Athens", PARIS)) == "10 h – 18 h 30 (heure d’Athènes)"
    assert plain(hours(start, end, "Africa/Cairo", PARIS)) == "10 h – 18 h 30 (heure du Caire)"


def test_clocks_follow_daylight_saving_of_each_place() -> None:
    between = "2026-03-15T13:00:00Z"  # Canada has changed already, Europe has not
    assert plain(moment(between, TORONTO)) == "15 mars 2026, 9 h"
    assert plain(moment(between, PARIS)) == "15 mars 2026, 14 h"
    assert plain(moment("2026-03-01T19:05:00Z", TORONTO)) == "1er mars 2026, 14 h 05"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2026-12-06T23:00:00Z", "aujourd’hui"),
        ("2026-12-07", "demain"),
        ("2026-12-07T04:30:00Z", "aujourd’hui"),
        ("2026-12-05T12:00:00Z", "hier"),
        ("2026-12-08", "dans 2 jours"),
        ("2026-12-19", "dans 13 jours"),
        ("2026-11-24", "il y a 12 jours"),
        ("2026-12-27", "dans 3 semaines"),
        ("2026-09-06", "il y a 3 mois"),
    ],
)
def test_how_far_a_day_is_is_counted_in_days_of_the_readers_place(value: str, written: str) -> None:
    assert relative(value, "2026-12-06T12:00:00Z", TORONTO) == written


def test_months_countries_and_erased_values_have_words() -> None:
    assert month("2026-12-05T14:00:00Z", TORONTO) == "décembre 2026"
    assert country("CH") == "Suisse"
    assert country("[effacé]") == "[effacé]"
    assert is_erased("[effacé]")
    assert not is_erased("Laval")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Léa Roy", "de Léa Roy"),
        ("Éloïse", "d’Éloïse"),
        ("Œuvrard", "d’Œuvrard"),
        ("Hélène", "d’Hélène"),
        ("Yves", "d’Yves"),
        ("Yann", "de Yann"),
        ("[effacé]", "de [effacé]"),
    ],
)
def test_de_is_elided_before_a_vowel(name: str, written: str) -> None:
    assert of(name) == written


@pytest.mark.rule("CAT-2")
@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(33750, "CAD", "$337.50"), (10500, "EUR", "€105.00"), (-125_000_00, "CAD", "−$125,000.00")],
)
def test_an_amount_in_english_keeps_its_currency(minor: int, currency: str, written: str) -> None:
    assert plain(EN["money"]({"minor": minor, "currency": currency})) == written


@pytest.mark.parametrize(
    ("name", "given", "written"),
    [
        ("balance", [{"minor": 0, "currency": "CAD"}], "paid"),
        ("day", ["2026-12-01"], "Tue, Dec 1, 2026"),
        ("short", ["2026-12-06"], "Dec 6"),
        ("days", ["2026-12-05", "2026-12-06", TORONTO], "Sat, Dec 5 – Sun, Dec 6, 2026"),
        ("days", ["2026-12-31", "2027-01-01", TORONTO], "Thu, Dec 31, 2026 – Fri, Jan 1, 2027"),
        (
            "hours",
            ["2026-12-05T08:00:00Z", "2026-12-05T16:30:00Z", PARIS, TORONTO],
            "9:00 a.m. – 5:30 p.m. (Paris time)",
        ),
        ("moment", ["2026-03-01T19:05:00Z", TORONTO], "Mar 1, 2026, 2:05 p.m."),
        ("relative", ["2026-12-07", "2026-12-06", TORONTO], "tomorrow"),
        ("relative", ["2026-11-24", "2026-12-06", TORONTO], "12 days ago"),
        ("relative", ["2026-12-27", "2026-12-06", TORONTO], "in 3 weeks"),
        ("month", ["2026-12-05", TORONTO], "December 2026"),
        ("country", ["CH"], "Switzerland"),
        ("filesize", [1_843_200], "1.8 MB"),
        ("filesize", [12_300], "12 kB"),
    ],
)
def test_dates_times_and_words_of_values_read_in_english(name: str, given: list[str], written: str) -> None:
    assert plain(EN[name](*given)) == written
