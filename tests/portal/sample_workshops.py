"""Workshops of a month on a sheet, a call list and the groups of a restored workshop, a trainer note."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterator
from datetime import date
from typing import Any

from schema.labels import tables
from tests.portal.sample_parts import (
    ACTIVITIES,
    FIRST_NAMES,
    FULL,
    LAST_NAMES,
    LONG,
    Context,
    Page,
    instant,
    workshop,
)


def calendar_pages() -> Iterator[Page]:
    def cell(day: date) -> Context:
        weekend = day.weekday() >= 5
        held = [workshop(n, cancelled=n == 3) for n in range(day.day % 4 + 1)] if weekend else []
        return {
            "day": day.isoformat(),
            "number": day.day,
            "outside": day.month != 12,
            "today": day == date(2026, 12, 3),
            "workshops": held,
        }

    base: Context = {
        "path": "/ateliers/calendrier",
        "filters": {"lieu": "CA", "activite": "a1", "supprimes": True},
        "countries": ["CA", "FR"],
        "activities": ACTIVITIES,
        "month": "2026-12-01",
        "before": "/ateliers/calendrier?mois=2026-11",
        "following": "/ateliers/calendrier?mois=2027-01",
        "weeks": [[cell(day) for day in week] for week in Calendar(0).monthdatescalendar(2026, 12)],
        "total": 23,
    }
    yield Page("calendar", "staff/calendar.html", base)
    empty = [[{**cell, "workshops": []} for cell in week] for week in base["weeks"]]
    yield Page("calendar-none", "staff/calendar.html", {**base, "weeks": empty, "total": 0})


def called(n: int, **changes: Any) -> Context:
    """A person of a call list."""
    names = LONG if n == 2 else {"first_name": FIRST_NAMES[n % 12], "last_name": LAST_NAMES[n % 8]}
    made = {
        "registration": f"r{n}",
        "client": f"c{n}",
        **names,
        "telephone": None if n == 3 else "+1 450 555-0143",
        "has_email": n != 3,
        "why": "cancelled",
        "called": [None, True, False][n % 3],
        "outcome": "later" if n % 3 == 1 else None,
        "at": instant(-n) if n % 3 else None,
        "by": "Monique Tremblay" if n % 3 else None,
        "state": "to_schedule",
        "invoice": f"i{n}",
        "date": None,
    }
    return {**made, **changes}


def call_pages() -> Iterator[Page]:
    outcomes = [{"id": key, "name": word} for key, word in tables("fr")["call_outcome"].items()]
    none: Context = {"back": [], "moved_on": [], "no_seat": []}
    base: Context = {
        "path": "/ateliers",
        "workshop": workshop(0, cancelled=True),
        "reason": "La salle a été inondée dans la nuit.",
        "groups": none,
        "outcomes": outcomes,
    }
    moved = {"state": "scheduled", "date": {k: workshop(3)[k] for k in ("id", "starts", "ends", "zone")}}
    people = [*(called(n) for n in range(11)), called(11, **moved)]
    yield Page("calls", "staff/calls.html", {**base, "to_call": people, "left": 8})
    groups = {
        "back": [called(n, why="back") for n in range(5)],
        "moved_on": [called(6, why="moved_on", **moved)],
        "no_seat": [called(7, why="no_seat")],
    }
    restored: Context = {"workshop": workshop(0), "reason": None, "groups": groups, "to_call": [], "left": 0}
    yield Page("calls-restored", "staff/calls.html", {**base, **restored})
    absent = {
        "workshop": workshop(0),
        "reason": None,
        "to_call": [called(1, why="absent")],
        "left": 0,
        "refusal": FULL,
    }
    yield Page("calls-absent", "staff/calls.html", {**base, **absent})
    yield Page(
        "calls-none",
        "staff/calls.html",
        {**base, "workshop": workshop(0), "reason": None, "to_call": [], "left": 0},
    )


def note_pages() -> Iterator[Page]:
    base: Context = {
        "path": "/ateliers/w0/notes/c1",
        "workshop": workshop(0),
        "person": {"client": "c1", **LONG},
        "seen_version": 7,
        "stands": "",
        "values": {"text": ""},
        "errors": {},
    }
    yield Page("trainer-note", "staff/trainer_note.html", base)
    clash: Context = {"stands": "Porte un appareil auditif.", "values": {"text": "Une place devant."}}
    yield Page("trainer-note-clash", "staff/trainer_note.html", {**base, **clash, "refusal": FULL})
