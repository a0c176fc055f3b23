"""When things happen at the demo school: days of a workshop, and office hours for all that staff do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from service.demo.acts import Session
from service.demo.school import WorkshopRow

_OPENS, _CLOSES = 8 * 60 + 30, 18 * 60 + 30
"""Office hours, in minutes of the day."""


def sessions(row: WorkshopRow, days: int, zone: str, today: date) -> tuple[Session, ...]:
    """One session per day, on consecutive days, at the same local time."""
    first = _first_day(row, days, today)
    place = ZoneInfo(zone)
    every = (first + timedelta(days=n) for n in range(days))
    return tuple(
        Session(
            starts=datetime.combine(day, row.starts, place).astimezone(UTC),
            ends=datetime.combine(day, row.ends, place).astimezone(UTC),
        )
        for day in every
    )


def _first_day(row: WorkshopRow, days: int, today: date) -> date:
    if row.week is None:
        return today + timedelta(days=row.day or 0)
    monday = today - timedelta(days=today.weekday())
    last = 5 if days == 1 else 6
    return monday + timedelta(weeks=row.week, days=last - days + 1)


def start_of(day: date, zone: str) -> datetime:
    """The first instant of that day."""
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)


def between(rng: Random, earliest: datetime, before: datetime, zone: str) -> datetime:
    """An instant from `earliest` on and `before` the other, rather late than early, in office hours."""
    span = (before - earliest).total_seconds()
    moment = earliest + timedelta(seconds=int(span * rng.random() ** 0.6))
    minutes = rng.randrange(_OPENS, _CLOSES)
    local = moment.astimezone(ZoneInfo(zone))
    in_hours = local.replace(hour=minutes // 60, minute=minutes % 60, second=rng.randrange(60), microsecond=0)
    tidy = in_hours.astimezone(UTC)
    return tidy if earliest <= tidy < before else moment
