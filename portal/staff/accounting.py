"""Who owes what, /comptabilite, and deposits not used, /comptabilite/acomptes (FAC-8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for
from portal.staff.paging import PER_PAGE, next_page
from projections import catalogue, statement
from projections.query import Reads, Row, wait_for
from read_api.lists import decode_cursor
from read_api.queries import READ_STATEMENT
from read_api.statement import MODELS
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
StatementPage = Annotated[Page, Depends(page_for(READ_STATEMENT))]
AGES: Mapping[str, str] = {
    "days_0_30": "30 jours au plus",
    "days_31_60": "31 à 60 jours",
    "days_61_90": "61 à 90 jours",
    "days_over_90": "plus de 90 jours",
}


@router.get("/comptabilite")
async def show(page: StatementPage) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        day = await today(page, connection)
        place = decode_cursor(page.request.query_params.get("suite"))
        rows = await statement.balances(connection, day, after=place, limit=PER_PAGE)
        totals = await statement.totals(connection, day)
    context = {
        "ages": AGES,
        "debtors": [row | {"owed": [amounts(owed) for owed in row["owed"]]} for row in rows],
        "totals": [amounts(total) for total in totals],
        "charts": [bars(total) for total in totals],
        "next_href": next_page("/comptabilite", rows, "sort", "id"),
    }
    return page.show("staff/accounting.html", context)


@router.get("/comptabilite/acomptes")
async def unused(page: StatementPage) -> HTMLResponse:
    place = decode_cursor(page.request.query_params.get("suite"), by_instant=True)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        rows = await statement.unused_deposits(connection, after=place, limit=PER_PAGE)
    context = {
        "rows": rows,
        "next_href": next_page("/comptabilite/acomptes", rows, "since", "registration"),
        "now": now(page.request).isoformat(),
    }
    return page.show("staff/unused_deposits.html", context)


async def today(page: Page, connection: Reads) -> date:
    """The day in the school's zone."""
    school = await catalogue.school(connection)
    return school.day_of(now(page.request))


def amounts(owed: Row) -> dict[str, Any]:
    """The same with money in place of minor units."""
    currency = owed["currency"]
    return {name: {"minor": owed[name], "currency": currency} for name in ("total", *AGES)}


def bars(total: Row) -> dict[str, Any]:
    """Receivables by age in one currency, as parts of the largest, for the drawing beside the table."""
    most = max(*(total[name] for name in AGES), 1)
    bars = [
        {
            "label": words,
            "amount": {"minor": total[name], "currency": total["currency"]},
            "width": round(total[name] / most * 100, 1),
        }
        for name, words in AGES.items()
    ]
    return {"currency": total["currency"], "bars": bars}
