"""Search of dossiers, /dossiers (DOS-17)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from commands.access import Principal
from portal.notices import notice_of
from portal.page import Page, page_for
from projections import dossier, searching
from projections.query import Row, wait_for
from read_api.lists import decode_cursor, encode_cursor
from read_api.queries import LIST_DOSSIERS, masks_contact

router = APIRouter(include_in_schema=False)
DossiersPage = Annotated[Page, Depends(page_for(LIST_DOSSIERS))]
_PER_PAGE = 50


@router.get("/dossiers")
async def show(page: DossiersPage) -> HTMLResponse:
    asker = page.asker
    text = page.request.query_params.get("q", "")[:200]
    key = decode_cursor(page.request.query_params.get("suite"))
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier",), page.after)
        rows = await searching.search(connection, text, after=key, limit=_PER_PAGE)
        nearly = [] if rows or key else await searching.nearly(connection, text, limit=_PER_PAGE)
        context: dict[str, Any] = {
            "query": text,
            "dossiers": _shown(rows or nearly, asker.who),
            "nearly": bool(nearly),
            "total": await searching.found(connection, text),
            "counted": searching.COUNTED,
            "next_href": None,
        }
    if len(rows) == _PER_PAGE:
        following = encode_cursor(rows[-1]["sort"], rows[-1]["id"])
        context["next_href"] = f"/dossiers?{urlencode({'q': text, 'suite': following})}"
    return page.show("staff/dossiers.html", context, notice=notice_of(page))


def _shown(rows: Sequence[Row], who: Principal) -> list[Row]:
    return [dossier.masked(row) for row in rows] if masks_contact(who) else list(rows)
