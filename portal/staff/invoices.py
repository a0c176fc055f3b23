"""All invoices, /comptabilite/factures: by state, series and day (FAC-1, FAC-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from portal.page import Page, page_for
from portal.staff.paging import PER_PAGE, next_page
from projections import catalogue, invoices
from projections.query import wait_for
from read_api.invoices import MODELS
from read_api.lists import decode_cursor
from read_api.queries import LIST_INVOICES

router = APIRouter(include_in_schema=False)
InvoicesPage = Annotated[Page, Depends(page_for(LIST_INVOICES))]
_STATES: Mapping[str, invoices.State] = {"soldes": "open", "reglees": "settled", "credits": "credit"}


@router.get("/comptabilite/factures")
async def show(page: InvoicesPage) -> HTMLResponse:
    asked = page.request.query_params
    filters = {name: asked.get(name, "") for name in ("etat", "serie", "du", "au")}
    place = decode_cursor(asked.get("suite"), by_instant=True)
    async with page.reads.connection() as connection:
        await wait_for(connection, (*MODELS, "catalogue"), page.after)
        school = await catalogue.school(connection)
        rows = await invoices.invoices(connection, _wanted(asked), after=place, limit=PER_PAGE)
    context: dict[str, Any] = {
        "rows": rows,
        "filters": filters,
        "series": sorted(set(school.series.values())),
        "next_href": next_page("/comptabilite/factures", rows, "at", "id", **filters),
    }
    return page.show("staff/invoices.html", context)


def _wanted(asked: QueryParams) -> invoices.Wanted:
    return invoices.Wanted(
        state=_STATES.get(asked.get("etat", "")),
        series=asked.get("serie") or None,
        since=day_of(asked.get("du")),
        until=day_of(asked.get("au")),
    )


def day_of(written: str | None) -> date | None:
    """A day from an address, None when it is none."""
    try:
        return date.fromisoformat(written or "")
    except ValueError:
        return None
