"""The letter at the end of phase 1 or 2, with the list of what was followed (ATT-2)."""

from __future__ import annotations

from datetime import date

from aggregates.catalogue.settings import SchoolSettings
from processors.documents.press import Paper
from processors.documents.words import address, currency_of, lines_of, long_day, name_of, said, sheet
from projections.query import Row
from schema.wording import Language


def phase_letter(
    language: Language, school: SchoolSettings, person: Row, phase: Row, title: str, text: str, day: date
) -> Paper:
    """`title` and `text` are the school's wording with its values put in; `day` is the letter's own."""
    data = {
        **sheet(language, school, currency_of(school, person)),
        "title": title,
        "to": [name_of(person), *address(language, person)],
        "day": long_day(language, day),
        "paragraphs": [lines_of(paragraph) for paragraph in text.split("\n\n") if paragraph.strip()],
        "activities": [
            [place["activity"] or "", _followed(language, place["followed_on"])] for place in phase["places"]
        ],
        "columns": [said(language, "line"), said(language, "followed_on")],
        "signed": school.name,
    }
    return Paper("phase_letter", f"lettre-phase-{phase['number']}", day, data)


def is_finished(phase: Row, today: date) -> bool:
    """Phases 1 and 2, all activities followed on days that are over; whose letter went had them (ATT-2)."""
    days = [place["followed_on"] for place in phase["places"] if place["state"] == "followed"]
    if phase["number"] not in (1, 2) or len(days) < len(phase["places"]):
        return False
    over = all(day is None or date.fromisoformat(day) < today for day in days)
    return over or phase["letter_sent"] is not None


def _followed(language: Language, day: str | None) -> str:
    return "" if day is None else long_day(language, date.fromisoformat(day))
