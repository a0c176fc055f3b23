"""How amounts, days and instants read in each language, below every layer that writes sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.numbers import format_currency

from aggregates.kernel import Currency, Money

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

READER: Mapping[Language, Locale] = {"fr": Locale("fr", "CA"), "en": Locale("en", "CA")}
_MONEY: Mapping[tuple[Language, Currency], Locale] = {
    ("fr", Currency.CAD): Locale("fr", "CA"),
    ("fr", Currency.EUR): Locale("fr", "FR"),
    ("en", Currency.CAD): Locale("en", "CA"),
    ("en", Currency.EUR): Locale("en", "IE"),
}
_NO_BREAK = "\N{NO-BREAK SPACE}"


def money(language: Language, amount: Money) -> str:
    """The amount as the currency's country writes it, with a true minus (CAT-2)."""
    locale = _MONEY[language, amount.currency]
    written = format_currency(Decimal(amount.minor) / 100, amount.currency.value, locale=locale)
    return written.replace("-", "\N{MINUS SIGN}")


def day(language: Language, value: date) -> str:
    """« sam. 6 déc. 2026 », "Sat, Dec 6, 2026"."""
    if language == "en":
        return format_date(value, "EEE, MMM d, y", locale=READER[language])
    number = "d'er'" if value.day == 1 else "d"
    return format_date(value, f"EEE {number} MMM y", locale=READER[language])


def moment(language: Language, value: datetime, zone: str) -> str:
    """« sam. 6 déc. 2026, 9 h 30 (Toronto) »: the instant on that zone's clocks."""
    local = value.astimezone(ZoneInfo(zone))
    city = get_timezone_location(zone, locale=READER[language], return_city=True)
    return f"{day(language, local.date())}, {clock(language, local)} ({city})"


def clock(language: Language, local: datetime) -> str:
    """« 9 h 30 », "9:30 a.m.", of an instant that is on the reader’s clocks already."""
    if language == "en":
        return format_time(local, "h:mm a", locale=READER[language])
    minutes = f"{_NO_BREAK}{local.minute:02d}" if local.minute else ""
    return f"{local.hour}{_NO_BREAK}h{minutes}"
