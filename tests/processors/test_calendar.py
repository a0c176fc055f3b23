"""The dates as a calendar file that calendars can read (COM-12)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from processors.runtime.calendar import calendar

pytestmark = pytest.mark.rule("COM-12")
REGISTRATION = UUID(int=7)
AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def workshop(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "activity": "Écoute de soi",
        "sessions": [
            {"starts": "2026-12-05T09:00:00-05:00", "ends": "2026-12-05T17:00:00-05:00"},
            {"starts": "2026-12-06T14:00:00+00:00", "ends": "2026-12-06T22:00:00+00:00"},
        ],
        "venue": {"name": "Hôtel du Parc", "address": "900, rue du Parc", "city": "Laval"},
    }
    return values | changes


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_each_session_is_an_event_in_universal_time() -> None:
    lines = unfolded(calendar([(workshop(), REGISTRATION)], AT))
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:20261205T140000Z",
        "DTSTART:20261206T140000Z",
    ]
    assert "DTEND:20261205T220000Z" in lines
    assert lines.count("DTSTAMP:20261124T153000Z") == 2
    assert lines.count("SUMMARY:Écoute de soi") == 2
    assert "LOCATION:Hôtel du Parc\\, 900\\, rue du Parc\\, Laval" in lines


def test_another_date_of_the_registration_takes_the_place_of_the_old_one() -> None:
    def names(text: str) -> list[str]:
        return [line for line in unfolded(text) if line.startswith("UID")]

    moved = workshop(sessions=[{"starts": "2027-01-05T14:00:00Z", "ends": "2027-01-05T22:00:00Z"}])
    assert (
        names(calendar([(moved, REGISTRATION)], AT)) == names(calendar([(workshop(), REGISTRATION)], AT))[:1]
    )


def test_online_there_is_no_place() -> None:
    assert "LOCATION:" in unfolded(calendar([(workshop(venue=None), REGISTRATION)], AT))


def test_no_line_is_longer_than_75_octets_and_no_letter_is_cut() -> None:
    name = "Écoute à cœur ouvert, " * 20
    text = calendar([(workshop(activity=name), REGISTRATION)], AT)
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "SUMMARY:" + name.replace(",", "\\,") in unfolded(text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b"])
def test_a_line_break_in_a_name_starts_no_line_of_the_file(end: str) -> None:
    lines = unfolded(calendar([(workshop(activity=f"Écoute{end}ATTENDEE:victim"), REGISTRATION)], AT))
    assert not [line for line in lines if line.startswith("ATTENDEE")]
    assert "SUMMARY:Écoute\\nATTENDEE:victim" in lines
