"""How documents read: French typography with narrow spaces, long dates, amounts; the words around data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from aggregates.catalogue.settings import Issuer, Region, SchoolSettings
from aggregates.kernel import Currency, Money
from projections.query import MASKED, Row
from schema.labels import label
from schema.wording import Language, money

ERASED = "[effacé]"
_NARROW = "\N{NARROW NO-BREAK SPACE}"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_MARKS = re.compile(r"[ \u00a0](?=[:;!?»](?:\s|$|[.,)]))|(?<=«)[ \u00a0]")
_THOUSANDS = re.compile(r"(?<=\d)\u00a0(?=\d)")
_LOCALES: Mapping[Language, Locale] = {"fr": Locale("fr", "CA"), "en": Locale("en", "CA")}
_PAPER = {Currency.CAD: "us-letter", Currency.EUR: "a4"}


def fine(language: Language, text: str) -> str:
    """Our own words with the narrow spaces that French wants before its marks."""
    return _MARKS.sub(_NARROW, text) if language == "fr" else text


def said(language: Language, key: str, **values: str) -> str:
    """The label of a document, with values put in."""
    return fine(language, label(language, "document", key)).format(**values)


def terms_page(school: SchoolSettings, region: Region, portal: str) -> str:
    """Where a region's terms are read: the school's own page, else the portal's at this address (INS-9)."""
    own = school.terms_links.get(region, "")
    return own or (f"{portal}/conditions#{region.value}" if portal else "")


def amount(language: Language, value: Mapping[str, Any]) -> str:
    """« −1 250,00 $ »: a narrow space between thousands, a whole one before the sign, neither breaks."""
    return _THOUSANDS.sub(_NARROW, money(language, Money.model_validate(dict(value))))


def long_day(language: Language, day: date, *, weekday: bool = False) -> str:
    """« 1er décembre 2026 », "December 1, 2026"; with the day of the week where asked."""
    if language == "en":
        return format_date(day, "EEEE, MMMM d, y" if weekday else "MMMM d, y", locale=_LOCALES["en"])
    number = "d'er'" if day.day == 1 else "d"
    return format_date(day, f"{'EEEE ' if weekday else ''}{number} MMMM y", locale=_LOCALES["fr"])


def span(language: Language, first: date, last: date) -> str:
    """« 5 et 6 décembre 2026 », « du 5 au 7 décembre 2026 »: from one day to another, or that day alone."""
    if first == last:
        return long_day(language, first, weekday=True)
    key = "two_days" if (last - first).days == 1 else "from_to"
    within_month = (first.year, first.month) == (last.year, last.month)
    start, end = long_day(language, first), long_day(language, last)
    if within_month and language == "fr":
        start = "1er" if first.day == 1 else str(first.day)
    elif within_month:
        start, end = format_date(first, "MMMM d", locale=_LOCALES["en"]), f"{last.day}, {last.year}"
    return said(language, key, first=start, last=end)


def local_day(instant: str, zone: str) -> date:
    """The day of an instant on that zone's calendar."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date()


def clock(language: Language, instant: datetime, zone: str) -> str:
    """« 9 h 30 », "9:30 am"."""
    local = instant.astimezone(ZoneInfo(zone))
    if language == "en":
        return f"{local.hour % 12 or 12}:{local.minute:02d}{_NO_BREAK}{'am' if local.hour < 12 else 'pm'}"
    minutes = f"{_NO_BREAK}{local.minute:02d}" if local.minute else ""
    return f"{local.hour}{_NO_BREAK}h{minutes}"


def country(language: Language, code: str) -> str:
    """The country's name; an erased value stays what it is."""
    return str(_LOCALES[language].territories.get(code, code))


def address(language: Language, person: Row) -> list[str]:
    """Lines of the client's own address, as the post wants them; erased ones say so."""
    if person["state"] != "active":
        return [ERASED]
    if MASKED in (person["street"], person["city"]):
        return [MASKED]
    code, city = person["postal_code"] or "", person["city"] or ""
    town = f"{city}  {code}" if person["country"] == "CA" else f"{code} {city}"
    lines = (person["street"], town.strip(), country(language, person["country"] or ""))
    return [line for line in lines if line]


def currency_of(school: SchoolSettings, person: Row) -> Currency:
    """By the client's country (CAT-2): whose letterhead, on which paper."""
    return school.currencies.get(person["country"] or "", school.default_currency)


def name_of(person: Row) -> str:
    """First and last name."""
    return f"{person['first_name']} {person['last_name']}".strip()


def sheet(language: Language, school: SchoolSettings, currency: Currency) -> dict[str, Any]:
    """What every document of that currency shares: paper, language, who issues it, the words of its feet."""
    issuer = school.issuer_of(currency)
    return {
        "paper": _PAPER[currency],
        "language": language,
        "issuer": {
            "name": issuer.name,
            "lines": [*issuer.address, *_reached(language, school, issuer)],
            "registrations": list(issuer.registrations),
        },
        "page_of": said(language, "page_of"),
    }


def _reached(language: Language, school: SchoolSettings, issuer: Issuer) -> list[str]:
    return [school.email] if issuer.address else [school.email, *school.telephones.values()]


def listed(language: Language, items: Sequence[str]) -> str:
    """« a, b et c »."""
    *first, last = items
    return last if not first else f"{', '.join(first)} {said(language, 'and')} {last}"


def lines_of(text: str | None) -> list[str]:
    """The lines of a text that somebody typed."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def total(values: Iterable[Mapping[str, Any]], currency: str) -> dict[str, Any]:
    """The sum of amounts of one currency."""
    return {"minor": sum(value["minor"] for value in values), "currency": currency}
