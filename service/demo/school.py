"""The demo school's data files as typed rows, checked when they are read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any, Literal

from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.client.events import FormOfAddress
from aggregates.kernel import Currency, Role, Value

FILES = ("school", "catalogue", "workshops", "people", "stories")


class StaffRow(Value):
    """`region`: whose clients' dossiers this organiser opens.

    `regions`: those whose workshops are as own ones (STF-1).
    """

    key: str
    name: str
    email: str
    roles: tuple[Role, ...]
    region: Region | None = None
    regions: tuple[Region, ...] = ()
    account: bool = False


class ActivityRow(Value):
    """Prices in minor units."""

    key: str
    name: str
    category: Category
    days: int
    prices: Mapping[Currency, int]
    note: str | None = None
    retake_price_with_card: Mapping[Currency, int] = {}


class PhaseRow(Value):
    """Prices by number of days, in minor units of every currency; without them the activity's own hold."""

    number: int
    name: str
    activities: tuple[str, ...]
    price_of_days: Mapping[int, int] = {}


class DiscountRow(Value):
    """`percent`, or amounts in minor units."""

    key: str
    name: str
    percent: int | None = None
    amounts: Mapping[Currency, int] = {}
    proof_needed: bool
    chosen_by: tuple[Role, ...]


class VenueRow(Value):
    key: str
    name: str
    city: str
    country: str
    region: Region
    zone: str
    address: str
    note: str | None = None


class WorkshopRow(Value):
    """`week` (from today's week, Sunday the last day) or `day` (from today to the first day)."""

    key: str
    week: int | None = None
    day: int | None = None
    activity: str
    venue: str | None = None
    zone: str | None = None
    starts: time = time(9)
    ends: time = time(17)
    organiser: str
    trainers: tuple[str, ...]
    capacity: int
    retake_limit: int | None = None
    taken: int
    attendance: bool = True
    place_note: str | None = None
    practical_note: str | None = None


class FirstNames(Value):
    madam: tuple[str, ...]
    sir: tuple[str, ...]
    neutral: tuple[str, ...]


class PlaceRow(Value):
    """Where clients live; postal codes and telephones are patterns."""

    city: str
    country: str
    region: Region
    weight: int
    postal_codes: tuple[str, ...]
    telephones: tuple[str, ...] = ()


class Step(Value):
    """One act in a named client's file, `days` from today."""

    days: int
    by: str | None = None
    act: Literal["register", "choose", "defer", "cancel", "decide", "remove", "restore"]
    registration: str = ""
    activity: str | None = None
    workshop: str | None = None
    note: str = ""


class Story(Value):
    """A named client; `created` in days from today."""

    key: str
    account: bool = False
    last_name: str
    first_name: str
    form_of_address: FormOfAddress | None = None
    email: str
    telephone: str | None = None
    street: str | None = None
    postal_code: str
    city: str
    country: str
    created: int
    steps: tuple[Step, ...]


class School(Value):
    """All data files together."""

    settings: SchoolSettings
    staff: tuple[StaffRow, ...]
    activities: tuple[ActivityRow, ...]
    phases: tuple[PhaseRow, ...]
    discounts: tuple[DiscountRow, ...]
    venues: tuple[VenueRow, ...]
    workshops: tuple[WorkshopRow, ...]
    first_names: FirstNames
    last_names: Mapping[Region, tuple[str, ...]]
    streets: Mapping[Region, tuple[str, ...]]
    places: tuple[PlaceRow, ...]
    stories: tuple[Story, ...]


@cache
def school() -> School:
    """The demo school. Raises ValueError when the files name something unknown, or one key twice."""
    tables: dict[str, Any] = {}
    for name in FILES:
        tables |= tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))
    read = School(**tables)
    staff = _keys(row.key for row in read.staff)
    activities = _keys(row.key for row in read.activities)
    venues = _keys(row.key for row in read.venues)
    _keys(row.key for row in read.workshops)
    _keys(row.key for row in read.stories)
    _known(activities, (activity for phase in read.phases for activity in phase.activities))
    for row in read.workshops:
        _known(staff, (row.organiser, *row.trainers))
        _known(activities, (row.activity,))
        _known(venues, (row.venue,) if row.venue else ())
        if (row.week is None) == (row.day is None) or row.week == 0:
            raise ValueError(f"{row.key}: either a week other than 0, or a day")
    return read


def _keys(keys: Iterable[str]) -> frozenset[str]:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{key} twice")
        seen.add(key)
    return frozenset(seen)


def _known(keys: frozenset[str], named: Iterable[str]) -> None:
    unknown = sorted(set(named) - keys)
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}")
