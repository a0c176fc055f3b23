"""List of workshops with their places, /ateliers (ATE-3)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.notices import notice_of
from portal.page import Page, page_for, uuid_or_none
from portal.staff.paging import PER_PAGE, next_page
from projections import catalogue, workshop_dates
from projections.query import wait_for
from read_api.lists import decode_cursor
from read_api.queries import LIST_WORKSHOPS
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
WorkshopsPage = Annotated[Page, Depends(page_for(LIST_WORKSHOPS))]


@router.get("/ateliers")
async def show(page: WorkshopsPage) -> HTMLResponse:
    asked = page.request.query_params
    filters: dict[str, Any] = {
        "lieu": place_of(asked.get("lieu", "")),
        "periode": "passes" if asked.get("periode") == "passes" else "a_venir",
        "activite": str(uuid_or_none(asked.get("activite")) or ""),
        "supprimes": "supprimes" in asked,
    }
    kept = {name: "oui" if value is True else value for name, value in filters.items() if value}
    wanted = workshop_dates.Wanted(
        now(page.request),
        place=filters["lieu"],
        activity=uuid_or_none(filters["activite"]),
        past=filters["periode"] == "passes",
        cancelled=bool(filters["supprimes"]),
    )
    key = decode_cursor(asked.get("suite"), by_instant=True)
    async with page.reads.connection() as connection:
        await wait_for(connection, ("workshop_dates", "catalogue"), page.after)
        rows = await workshop_dates.dates(connection, wanted, after=key, limit=PER_PAGE)
        context = {
            "filters": filters,
            "countries": await catalogue.countries(connection),
            "activities": await catalogue.activities(connection),
            "workshops": rows,
            "total": await workshop_dates.count(connection, wanted),
            "next_href": next_page("/ateliers", rows, "starts", "id", **kept),
        }
    return page.show("staff/workshops.html", context, notice=notice_of(page))


def place_of(text: str) -> str:
    """A country code, `online`, or nothing for TOUS LES LIEUX."""
    return text if text == "online" or (len(text) == 2 and text.isalpha() and text.isupper()) else ""
