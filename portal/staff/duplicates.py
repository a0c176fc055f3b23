"""« Doublons probables », /doublons: dossiers that are perhaps one person's (DOS-5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for
from portal.staff.paging import PER_PAGE, next_page
from projections import duplicates
from projections.query import wait_for
from read_api.duplicates import MODELS
from read_api.lists import decode_cursor
from read_api.queries import LIST_DUPLICATES

router = APIRouter(include_in_schema=False)
DuplicatesPage = Annotated[Page, Depends(page_for(LIST_DUPLICATES))]


@router.get("/doublons")
async def show(page: DuplicatesPage) -> HTMLResponse:
    key = decode_cursor(page.request.query_params.get("suite"))
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        rows = await duplicates.likely(connection, after=key, limit=PER_PAGE)
    context = {"groups": rows, "next_href": next_page("/doublons", rows, "why", "first")}
    return page.show("staff/duplicates.html", context)
