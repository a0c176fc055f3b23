"""Search of dossiers, /dossiers (DOS-17)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from portal.notices import notice_of
from portal.page import AnyPage
from projections import dossier
from projections.query import wait_for
from read_api.lists import decode_cursor, encode_cursor
from read_api.queries import LIST_DOSSIERS, masks_contact

router = APIRouter(include_in_schema=False)
_PER_PAGE = 50


@router.get("/dossiers")
async def show(page: AnyPage) -> HTMLResponse:
    asker = page.asker(LIST_DOSSIERS)
    text = page.request.query_params.get("q", "")[:200]
    key = decode_cursor(page.request.query_params.get("suite"))
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier",), page.after)
        rows = await dossier.search(connection, text, after=key, limit=_PER_PAGE)
        context: dict[str, Any] = {
            "query": text,
            "dossiers": [dossier.masked(row) for row in rows] if masks_contact(asker.who) else rows,
            "total": await dossier.found(connection, text),
            "next_href": None,
        }
    if len(rows) == _PER_PAGE:
        following = encode_cursor(rows[-1]["sort"], rows[-1]["id"])
        context["next_href"] = f"/dossiers?{urlencode({'q': text, 'suite': following})}"
    return page.show("staff/dossiers.html", context, notice=notice_of(page))
