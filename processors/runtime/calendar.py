"""A workshop's dates as a calendar file (RFC 5545), one event per session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from projections.query import Row

_LINE_OCTETS = 75
_AGAIN = ("REFRESH-INTERVAL;VALUE=DURATION", "X-PUBLISHED-TTL")
_HOURS = 4
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def calendar(dates: Iterable[tuple[Row, UUID]], at: datetime, *, feed: str | None = None) -> str:
    """The file's text, of each workshop with its registration.

    The events are named by the registration: another date takes the place of the old. `feed`: the name of a
    calendar that programs subscribe to; they look again every few hours.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//portail//FR", "METHOD:PUBLISH"]
    if feed is not None:
        lines += [f"X-WR-CALNAME:{_text(feed)}", *(f"{name}:PT{_HOURS}H" for name in _AGAIN)]
    for workshop, registration in dates:
        lines += _events(workshop, registration, at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _events(workshop: Row, registration: UUID, at: datetime) -> list[str]:
    venue = workshop["venue"]
    places = [] if venue is None else [venue["name"], venue["address"], venue["city"]]
    lines = []
    for n, session in enumerate(workshop["sessions"], 1):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{registration}-{n}",
            f"DTSTAMP:{_instant(at)}",
            f"DTSTART:{_instant(datetime.fromisoformat(session['starts']))}",
            f"DTEND:{_instant(datetime.fromisoformat(session['ends']))}",
            f"SUMMARY:{_text(workshop['activity'] or '')}",
            f"LOCATION:{_text(', '.join(filter(None, places)))}",
            "END:VEVENT",
        ]
    return lines


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _NOT_TEXT.sub(" ", "\\n".join(escaped.splitlines()))


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets that cut no letter; all but the first begin with a space."""
    piece = ""
    for letter in line:
        if len((piece + letter).encode()) > _LINE_OCTETS:
            yield piece
            piece = " "
        piece += letter
    yield piece
