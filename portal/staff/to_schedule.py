"""Inscrits sans date, /a-planifier (INS-1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for, uuid_or_none
from portal.staff.create_dossier import COUNTRIES
from portal.staff.paging import PER_PAGE, next_page
from portal.staff.workshops import place_of
from projections import catalogue, to_schedule
from projections.query import wait_for
from read_api.lists import decode_cursor
from read_api.queries import LIST_TO_SCHEDULE
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
ToSchedulePage = Annotated[Page, Depends(page_for(LIST_TO_SCHEDULE))]


@router.get("/a-planifier")
async def show(page: ToSchedulePage) -> HTMLResponse:
    asked = page.request.query_params
    activity, country = uuid_or_none(asked.get("activite")), place_of(asked.get("pays", ""))
    country = "" if country == "online" else country
    key = decode_cursor(asked.get("suite"), by_instant=True)
    async with page.reads.connection() as connection:
        await wait_for(connection, ("to_schedule", "catalogue", "workshop_dates"), page.after)
        rows = await to_schedule.waiting(
            connection,
            activity=activity,
            country=country,
            after=key,
            limit=PER_PAGE,
        )
        filters = {"activite": str(activity or ""), "pays": country}
        context = {
            "filters": filters,
            "activities": await catalogue.activities(connection),
            "countries": list(COUNTRIES),
            "rows": rows,
            "total": await to_schedule.count(connection, activity=activity, country=country),
            "next_href": next_page("/a-planifier", rows, "since", "registration", **filters),
            "now": now(page.request).isoformat(),
        }
    return page.show("staff/to_schedule.html", context)
