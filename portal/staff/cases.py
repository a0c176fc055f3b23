"""Cancellations to decide, and those decided, /comptabilite/cas (FAC-4, INS-8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for
from portal.staff.paging import PER_PAGE, next_page
from projections import cases
from projections.query import wait_for
from read_api.lists import decode_cursor
from read_api.queries import LIST_CASES
from read_api.statement import MODELS
from read_api.workshop_dates import now
from schema.labels import label

router = APIRouter(include_in_schema=False)
CasesPage = Annotated[Page, Depends(page_for(LIST_CASES))]


@router.get("/comptabilite/cas")
async def show(page: CasesPage) -> HTMLResponse:
    asked = page.request.query_params
    decided = asked.get("etat") == "decides"
    place = decode_cursor(asked.get("suite"), by_instant=True)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        if decided:
            rows = await cases.decided_cases(connection, after=place, limit=PER_PAGE)
        else:
            rows = await cases.open_cases(connection, after=place, limit=PER_PAGE)
    kept = {"etat": "decides"} if decided else {}
    by = "decided_at" if decided else "opened_at"
    context = {
        "rows": [row | {"label": label("fr", "fee_basis", row["basis"])} for row in rows],
        "decided": decided,
        "next_href": next_page("/comptabilite/cas", rows, by, "line", **kept),
        "now": now(page.request).isoformat(),
    }
    return page.show("staff/cases.html", context)
