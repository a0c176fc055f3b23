"""Workshops of a month on a sheet, day by day, /ateliers/calendrier (ATE-3, ATE-4)."""

from __future__ import annotations

import re
from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.notices import notice_of
from portal.page import Page, page_for, uuid_or_none
from portal.staff.accounting import today
from portal.staff.workshops import place_of
from projections import catalogue, workshop_dates
from projections.query import Row, wait_for
from read_api.queries import LIST_WORKSHOPS
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
CalendarPage = Annotated[Page, Depends(page_for(LIST_WORKSHOPS))]
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_MOST = 500
_MONDAY = 0
"""A week-end, when most workshops are, stays together."""


@router.get("/ateliers/calendrier")
async def show(page: CalendarPage) -> HTMLResponse:
    asked = page.request.query_params
    place, activity = place_of(asked.get("lieu", "")), uuid_or_none(asked.get("activite"))
    filters = {"lieu": place, "activite": str(activity or ""), "supprimes": "supprimes" in asked}
    async with page.reads.connection() as connection:
        await wait_for(connection, ("workshop_dates", "catalogue"), page.after)
        day = await today(page, connection)
        first = _first_of(asked.get("mois", "")) or day.replace(day=1)
        weeks = Calendar(_MONDAY).monthdatescalendar(first.year, first.month)
        wanted = workshop_dates.Wanted(
            now(page.request),
            place=place,
            activity=activity,
            since=weeks[0][0],
            until=weeks[-1][-1],
            cancelled=bool(filters["supprimes"]),
        )
        found = await workshop_dates.dates(connection, wanted, limit=_MOST)
        context: dict[str, Any] = {
            "filters": filters,
            "countries": await catalogue.countries(connection),
            "activities": await catalogue.activities(connection),
        }
    held = _by_day(found)
    context |= {
        "month": first.isoformat(),
        "before": _address(first - timedelta(days=1), filters),
        "following": _address(first + timedelta(days=31), filters),
        "weeks": [[_cell(each, first, day, held.get(each, [])) for each in week] for week in weeks],
        "total": len(found),
    }
    return page.show("staff/calendar.html", context, notice=notice_of(page))


def _first_of(text: str) -> date | None:
    found = _MONTH.fullmatch(text)
    return None if found is None else date(int(found[1]), int(found[2]), 1)


def _address(within: date, filters: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in filters.items() if value and name != "supprimes"}
    kept |= {"supprimes": "oui"} if filters["supprimes"] else {}
    return "/ateliers/calendrier?" + urlencode({"mois": f"{within:%Y-%m}", **kept})


def _by_day(workshops: list[Row]) -> Mapping[date, list[Row]]:
    """Each workshop on every day it is held, as its own place counts days."""
    held: dict[date, list[Row]] = defaultdict(list)
    for workshop in workshops:
        for day in dict.fromkeys(_days(workshop)):
            held[day].append(workshop)
    return held


def _days(workshop: Row) -> Iterator[date]:
    zone = ZoneInfo(workshop["zone"])
    for session in workshop["sessions"]:
        yield datetime.fromisoformat(session["starts"]).astimezone(zone).date()


def _cell(day: date, first: date, today: date, held: list[Row]) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "number": day.day,
        "outside": day.month != first.month,
        "today": day == today,
        "workshops": held,
    }
