"""Home, /: the next workshops and how many wait for a date."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from commands.access import ForbiddenError, Scope
from portal.page import AnyPage
from projections import to_schedule, workshop_dates
from projections.workshop_dates import Wanted
from read_api.queries import LIST_TO_SCHEDULE, READ_ROSTER
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show(page: AnyPage) -> HTMLResponse:
    asker = page.asker(READ_ROSTER)
    own = None if asker.scope is Scope.ANY else asker.who.user
    async with page.reads.connection() as connection:
        rows = await workshop_dates.dates(connection, Wanted(now(page.request), own=own), limit=5)
        waiting: int | None = None
        try:
            page.asker(LIST_TO_SCHEDULE)
            waiting = await to_schedule.count(connection)
        except ForbiddenError:
            pass
    context = {"workshops": rows, "to_schedule": waiting, "now": now(page.request).isoformat()}
    return page.show("staff/home.html", context)
