"""What is sold and where, /catalogue: activities, phases, discounts and venues (CAT-1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.notices import notice_of
from portal.page import Page, page_for
from projections import catalogue
from projections.query import wait_for
from read_api.queries import READ_CATALOGUE
from schema.labels import tables

router = APIRouter(include_in_schema=False)
CataloguePage = Annotated[Page, Depends(page_for(READ_CATALOGUE))]


@router.get("/catalogue")
async def show(page: CataloguePage) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("catalogue",), page.after)
        activities = await catalogue.activities(connection)
        phases = await catalogue.phases(connection)
        discounts = await catalogue.discounts(connection)
        venues = await catalogue.venues(connection)
    names = {row["id"]: row["name"] for row in activities}
    words = tables("fr")
    context = {
        "activities": [
            row | {"phases": [p["number"] for p in phases if row["id"] in p["activities"]]}
            for row in activities
        ],
        "phases": [
            row | {"activities": [names.get(id_, "—") for id_ in row["activities"]]} for row in phases
        ],
        "discounts": discounts,
        "venues": venues,
        "words": {name: words[name] for name in ("category", "region", "role")},
    }
    return page.show("staff/catalogue.html", context, notice=notice_of(page))
