"""How amounts, dates and times read in each language; the filters of every template.

Amounts are the API's `{"minor": 33750, "currency": "CAD"}`, instants its ISO strings in UTC, days YYYY-MM-DD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta, get_timezone_location

from aggregates.kernel import ERASED, Currency, Money
from portal.language import later, sentences
from schema import wording
from schema.wording import READER, Language

NO_BREAK = "\N{NO-BREAK SPACE}"
ELIDED = re.compile("[AEIOUÀÂÄÉÈÊËÎÏÔÖÙÛÜŒÆH]|Y[^aeiou]", re.IGNORECASE)
CACHE = 4096
NEAR_DAYS = 14
NAMED_DAYS = {-1: later("hier"), 0: later("aujourd’hui"), 1: later("demain")}
IN_DAYS, DAYS_AGO = later("dans %(days)s jours"), later("il y a %(days)s jours")


@dataclass(frozen=True)
class _Patterns:
    """Of a day without its year, of a span’s first day in the same month, in lists, and in notes."""

    of_year: str
    of_month: str
    short: str
    noted: str


_PATTERNS: Mapping[Language, _Patterns] = {
    "fr": _Patterns("EEE d MMM", "EEE d", "d MMM", "d MMM y"),
    "en": _Patterns("EEE, MMM d", "EEE, MMM d", "MMM d", "MMM d, y"),
}


def money(language: Language, value: Mapping[str, Any]) -> str:
    """The amount as the client's country writes it, with a true minus (CAT-2): « −1 250,00 $ »."""
    return _money(language, value["minor"], value["currency"])


def balance(language: Language, value: Mapping[str, Any]) -> str:
    """Like `money`, but nothing left to pay reads « réglé »."""
    return sentences(language).gettext("réglé") if value["minor"] == 0 else money(language, value)


@lru_cache(CACHE)
def _money(language: Language, minor: int, currency: str) -> str:
    return wording.money(language, Money(minor=minor, currency=Currency(currency)))


@lru_cache(CACHE)
def day(language: Language, value: str, zone: str | None = None) -> str:
    """« sam. 6 déc. 2026 », of a day, or of an instant as `zone` sees it.

    Raises ValueError for an instant without a zone.
    """
    return wording.day(language, _date(value, zone))


@lru_cache(CACHE)
def short(language: Language, value: str, zone: str | None = None) -> str:
    """« 6 déc. », where the year is plain; like `day`. Raises ValueError for an instant without a zone."""
    return _written(language, _date(value, zone), _PATTERNS[language].short)


@lru_cache(CACHE)
def days(language: Language, starts: str, ends: str, zone: str) -> str:
    """First to last day: « sam. 6 – dim. 7 déc. 2026 »; month and year are said once where they agree."""
    patterns = _PATTERNS[language]
    first, last = _date(starts, zone), _date(ends, zone)
    whole = wording.day(language, last)
    if first == last:
        return whole
    if first.year != last.year:
        return f"{wording.day(language, first)} – {whole}"
    pattern = patterns.of_month if first.month == last.month else patterns.of_year
    return f"{_written(language, first, pattern)} – {whole}"


@lru_cache(CACHE)
def hours(language: Language, starts: str, ends: str, zone: str, reader_zone: str) -> str:
    """« 9 h – 17 h 30 », with « (heure de Paris) » when the reader's clock shows another time."""
    first = _instant(starts)
    span = f"{_clock(language, first, zone)} – {_clock(language, _instant(ends), zone)}"
    offset, own = (first.astimezone(ZoneInfo(z)).utcoffset() for z in (zone, reader_zone))
    if offset == own:
        return span
    city = get_timezone_location(zone, locale=READER[language], return_city=True)
    place = city if language == "en" else _of(city)
    return span + sentences(language).gettext(" (heure %(place)s)") % {"place": place}


@lru_cache(CACHE)
def moment(language: Language, value: str, reader_zone: str) -> str:
    """« 3 mars 2026, 14 h 05 » on the reader's clock."""
    noted = _written(language, _date(value, reader_zone), _PATTERNS[language].noted)
    return f"{noted}, {_clock(language, _instant(value), reader_zone)}"


@lru_cache(CACHE)
def relative(language: Language, value: str, now: str, zone: str) -> str:
    """How far a day is, in calendar days of `zone`: « demain », « dans 12 jours », « il y a 3 mois »."""
    away = _date(value, zone) - _date(now, zone)
    words = sentences(language)
    if away.days in NAMED_DAYS:
        return words.gettext(NAMED_DAYS[away.days])
    if abs(away.days) <= NEAR_DAYS:
        near = IN_DAYS if away.days > 0 else DAYS_AGO
        return words.gettext(near) % {"days": abs(away.days)}
    return format_timedelta(away, granularity="week", add_direction=True, locale=READER[language])


def month(language: Language, value: str, zone: str) -> str:
    """« décembre 2026 », the heading that groups dates."""
    return format_date(_date(value, zone), "LLLL y", locale=READER[language])


def country(language: Language, code: str) -> str:
    """The country's name; an erased value stays what it is."""
    return str(READER[language].territories.get(code, code))


def of(language: Language, name: str) -> str:
    """« d’Éloïse », « de Léa »; an h is taken as mute, as in most first names."""
    if language == "en":
        return f"of {name}"
    return f"d’{name}" if ELIDED.match(name) else f"de {name}"


def sentence(_language: Language, words: str) -> str:
    """The words with a capital first; the others stay as they are: « Atelier à fermer, Québec »."""
    return words[:1].upper() + words[1:]


def filesize(language: Language, size: int) -> str:
    """1 843 200 bytes → « 1,8 Mo »; below a million whole Ko, at least one."""
    words = sentences(language)
    if size < 1_000_000:
        return words.gettext("%(size)s\u00a0Ko") % {"size": max(1, round(size / 1_000))}
    written = f"{size / 1_000_000:.1f}"
    return words.gettext("%(size)s\u00a0Mo") % {
        "size": written if language == "en" else written.replace(".", ",")
    }


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


def _written(language: Language, value: date, pattern: str) -> str:
    if language == "fr" and value.day == 1:
        pattern = pattern.replace("d", "d'er'")
    return format_date(value, pattern, locale=READER[language])


def _clock(language: Language, value: datetime, zone: str) -> str:
    return wording.clock(language, value.astimezone(ZoneInfo(zone))).replace(" ", NO_BREAK)


def _of(city: str) -> str:
    return f"du {city[3:]}" if city.startswith("Le ") else of("fr", city)


_FILTERS: tuple[Callable[..., str], ...] = (
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
TESTS: Mapping[str, Callable[[object], bool]] = {"erased": is_erased}


def filters(language: Language) -> Mapping[str, Callable[..., str]]:
    """What writes values in that language, by the names that templates use."""
    return {each.__name__: partial(each, language) for each in _FILTERS}
