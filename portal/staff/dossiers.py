"""Search of dossiers, /dossiers (DOS-17)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from commands.access import Principal
from portal.notices import notice_of
from portal.page import Page, page_for
from portal.staff.paging import PER_PAGE, next_page
from projections import dossier, searching
from projections.query import Row, wait_for
from read_api.lists import decode_cursor
from read_api.queries import LIST_DOSSIERS, masks_contact

router = APIRouter(include_in_schema=False)
DossiersPage = Annotated[Page, Depends(page_for(LIST_DOSSIERS))]


@router.get("/dossiers")
async def show(page: DossiersPage) -> HTMLResponse:
    asker = page.asker
    text = page.request.query_params.get("q", "")[:200]
    key = decode_cursor(page.request.query_params.get("suite"))
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier",), page.after)
        rows = await searching.search(connection, text, after=key, limit=PER_PAGE)
        nearly = [] if rows or key else await searching.nearly(connection, text, limit=PER_PAGE)
        context = {
            "query": text,
            "dossiers": _shown(rows or nearly, asker.who),
            "nearly": bool(nearly),
            "total": await searching.found(connection, text),
            "counted": searching.COUNTED,
            "next_href": next_page("/dossiers", rows, "sort", "id", q=text),
        }
    return page.show("staff/dossiers.html", context, notice=notice_of(page))


def _shown(rows: Sequence[Row], who: Principal) -> list[Row]:
    return [dossier.masked(row) for row in rows] if masks_contact(who) else list(rows)
