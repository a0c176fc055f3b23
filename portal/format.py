"""How amounts, dates and times read in French; the filters of every template.

Amounts are the API's `{"minor": 33750, "currency": "CAD"}`, instants its ISO strings in UTC, days YYYY-MM-DD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_timedelta, get_timezone_location
from babel.numbers import format_currency

from aggregates.kernel import ERASED

READER = Locale("fr", "CA")
LOCALE_OF = {"CAD": READER, "EUR": Locale("fr", "FR")}
TRUE_MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
ELIDED = re.compile("[AEIOUÀÂÄÉÈÊËÎÏÔÖÙÛÜŒÆH]|Y[^aeiou]", re.IGNORECASE)
CACHE = 4096
NEAR_DAYS = 14
NAMED_DAYS = {-1: "hier", 0: "aujourd’hui", 1: "demain"}


def money(value: Mapping[str, Any]) -> str:
    """The amount as the client's country writes it, with a true minus (CAT-2): « −1 250,00 $ »."""
    return _money(value["minor"], value["currency"])


def balance(value: Mapping[str, Any]) -> str:
    """Like `money`, but nothing left to pay reads « réglé »."""
    return "réglé" if value["minor"] == 0 else money(value)


@lru_cache(CACHE)
def _money(minor: int, currency: str) -> str:
    written = format_currency(Decimal(minor) / 100, currency, locale=LOCALE_OF.get(currency, READER))
    return written.replace("-", TRUE_MINUS)


@lru_cache(CACHE)
def day(value: str, zone: str | None = None) -> str:
    """« sam. 6 déc. 2026 », of a day, or of an instant as `zone` sees it.

    Raises ValueError for an instant without a zone.
    """
    return _written(_date(value, zone), "EEE d MMM y")


@lru_cache(CACHE)
def short(value: str, zone: str | None = None) -> str:
    """« 6 déc. », where the year is plain; like `day`. Raises ValueError for an instant without a zone."""
    return _written(_date(value, zone), "d MMM")


@lru_cache(CACHE)
def days(starts: str, ends: str, zone: str) -> str:
    """First to last day: « sam. 6 – dim. 7 déc. 2026 »; month and year are said once where they agree."""
    first, last = _date(starts, zone), _date(ends, zone)
    whole = _written(last, "EEE d MMM y")
    if first == last:
        return whole
    if first.year != last.year:
        pattern = "EEE d MMM y"
    elif first.month != last.month:
        pattern = "EEE d MMM"
    else:
        pattern = "EEE d"
    return f"{_written(first, pattern)} – {whole}"


@lru_cache(CACHE)
def hours(starts: str, ends: str, zone: str, reader_zone: str) -> str:
    """« 9 h – 17 h 30 », with « (heure de Paris) » when the reader's clock shows another time."""
    first = _instant(starts)
    span = f"{_clock(first, zone)} – {_clock(_instant(ends), zone)}"
    offset, own = (first.astimezone(ZoneInfo(z)).utcoffset() for z in (zone, reader_zone))
    return span if offset == own else f"{span} (heure {_of(_city(zone))})"


@lru_cache(CACHE)
def moment(value: str, reader_zone: str) -> str:
    """« 3 mars 2026, 14 h 05 » on the reader's clock."""
    return f"{_written(_date(value, reader_zone), 'd MMM y')}, {_clock(_instant(value), reader_zone)}"


@lru_cache(CACHE)
def relative(value: str, now: str, zone: str) -> str:
    """How far a day is, in calendar days of `zone`: « demain », « dans 12 jours », « il y a 3 mois »."""
    away = _date(value, zone) - _date(now, zone)
    if away.days in NAMED_DAYS:
        return NAMED_DAYS[away.days]
    if abs(away.days) <= NEAR_DAYS:
        return f"dans {away.days} jours" if away.days > 0 else f"il y a {-away.days} jours"
    return format_timedelta(away, granularity="week", add_direction=True, locale=READER)


def month(value: str, zone: str) -> str:
    """« décembre 2026 », the heading that groups dates."""
    return format_date(_date(value, zone), "LLLL y", locale=READER)


def country(code: str) -> str:
    """The country's French name; an erased value stays what it is."""
    return str(READER.territories.get(code, code))


def of(name: str) -> str:
    """« d’Éloïse », « de Léa »; an h is taken as mute, as in most first names."""
    return f"d’{name}" if ELIDED.match(name) else f"de {name}"


def sentence(words: str) -> str:
    """The words with a capital first; the others stay as they are: « Atelier à fermer, Québec »."""
    return words[:1].upper() + words[1:]


def filesize(size: int) -> str:
    """1 843 200 bytes → « 1,8 Mo »; below a million whole Ko, at least one."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1_000))}\u00a0Ko"
    return f"{size / 1_000_000:.1f}\u00a0Mo".replace(".", ",")


def is_erased(value: object) -> bool:
    """Whether the value was erased with its key (DOS-11)."""
    return value == str(ERASED)


def _instant(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(f"{value} is no instant")
    return found


def _date(value: str, zone: str | None) -> date:
    if "T" not in value:
        return date.fromisoformat(value)
    if zone is None:
        raise ValueError(f"{value} needs a zone")
    return _instant(value).astimezone(ZoneInfo(zone)).date()


def _written(value: date, pattern: str) -> str:
    if value.day == 1:
        pattern = pattern.replace("d", "d'er'")
    return format_date(value, pattern, locale=READER)


def _clock(value: datetime, zone: str) -> str:
    local = value.astimezone(ZoneInfo(zone))
    minutes = f"{NO_BREAK}{local.minute:02d}" if local.minute else ""
    return f"{local.hour}{NO_BREAK}h{minutes}"


def _city(zone: str) -> str:
    return get_timezone_location(zone, locale=READER, return_city=True)


def _of(city: str) -> str:
    return f"du {city[3:]}" if city.startswith("Le ") else of(city)


FILTERS: Mapping[str, Callable[..., str]] = {
    f.__name__: f
    for f in (
        money,
        balance,
        day,
        short,
        days,
        hours,
        moment,
        relative,
        month,
        country,
        of,
        sentence,
        filesize,
    )
}
TESTS: Mapping[str, Callable[[object], bool]] = {"erased": is_erased}
