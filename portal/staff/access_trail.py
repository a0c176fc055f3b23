"""Who read whose data and who came to the door, /registre-des-acces (AUD-4)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for, uuid_or_none
from portal.staff.invoices import day_of
from portal.staff.paging import PER_PAGE
from projections import catalogue
from read_api.access_trail import readings
from read_api.histories import day_bounds
from read_api.queries import READ_ACCESS_TRAIL
from schema.access_trail import Reading, Wanted
from schema.labels import label

router = APIRouter(include_in_schema=False)
TrailPage = Annotated[Page, Depends(page_for(READ_ACCESS_TRAIL))]


@router.get("/registre-des-acces")
async def show(page: TrailPage) -> HTMLResponse:
    asked = page.request.query_params
    filters = {name: asked.get(name, "") for name in ("du", "au", "qui", "sur", "quoi")}
    async with page.reads.connection() as connection:
        school = await catalogue.school(connection)
        since, until = day_bounds(day_of(filters["du"]), day_of(filters["au"]), school.zone)
        kind = Reading(filters["quoi"]) if filters["quoi"] in set(Reading) else None
        wanted = Wanted(uuid_or_none(filters["qui"]), uuid_or_none(filters["sur"]), kind, since, until)
        found = await readings(
            page.request, connection, page.asker, wanted, "fr", cursor=asked.get("suite"), limit=PER_PAGE
        )
        staff = await catalogue.staff(connection)
    following = None
    if found.next is not None:
        following = f"/registre-des-acces?{urlencode(filters | {'suite': found.next})}"
    context = {
        "rows": [row | {"at": row["at"].isoformat()} for row in found.rows],
        "staff": staff,
        "kinds": [{"id": kind.value, "name": label("fr", "reading", kind.value)} for kind in Reading],
        "filters": filters,
        "next_href": following,
    }
    return page.show("staff/access_trail.html", context)
