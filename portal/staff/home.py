"""Home, /: what waits for the reader, the next workshops, how many wait for a date, and two drawings."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from commands.access import Scope
from portal.page import Page, page_for, see_other
from portal.staff.to_dos import in_short
from projections import catalogue, to_schedule, weekly, workshop_dates
from projections.query import Reads
from projections.workshop_dates import Wanted
from read_api.queries import LIST_INVOICES, LIST_TO_DOS, LIST_TO_SCHEDULE, READ_OWN_FILE, READ_ROSTER
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
HomePage = Annotated[Page, Depends(page_for({**READ_ROSTER, **READ_OWN_FILE}))]
_OF_EACH = 3
_DRAWN = 8
"""Workshops whose seats are drawn."""


@router.get("/")
async def show(page: HomePage) -> Response:
    asker = page.asker
    if asker.scope is Scope.OWN_FILE:
        return see_other("/mon-dossier")
    async with page.reads.connection() as connection:
        rows = await workshop_dates.dates(connection, Wanted(now(page.request), own=asker.own), limit=5)
        waiting = await to_schedule.count(connection) if page.lets_in(LIST_TO_SCHEDULE) else None
        to_dos = await in_short(page, connection, _OF_EACH) if page.lets_in(LIST_TO_DOS) else None
        charts = await _charts(page, connection)
    context = {
        "charts": charts,
        "workshops": rows,
        "to_schedule": waiting,
        "to_dos": to_dos,
        "now": now(page.request).isoformat(),
    }
    return page.show("staff/home.html", context)


async def _charts(page: Page, connection: Reads) -> dict[str, Any] | None:
    """Seats filled and registrations per week, for who sees the whole school."""
    if not page.lets_in(LIST_INVOICES):
        return None
    at = now(page.request)
    zone = (await catalogue.school(connection)).zone
    return {
        "workshops": await workshop_dates.dates(connection, Wanted(at, open=True), limit=_DRAWN),
        "weeks": await weekly.registrations(connection, at.astimezone(ZoneInfo(zone)).date(), zone),
    }
