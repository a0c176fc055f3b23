"""The client's own data, /mon-dossier/donnees: who opened the file, all of it as a ZIP (DOS-12, T27)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from aggregates.client.impersonation.events import ImpersonationBegun
from aggregates.kernel import Role
from portal import form
from portal.export import Review, gather, written
from portal.language import language
from portal.page import Page, page_for
from projections import history as history_model
from projections.query import Reads, wait_for
from read_api import history
from read_api.access_trail import record_access
from read_api.queries import READ_OWN_FILE
from read_api.workshop_dates import now
from schema import access_trail
from schema.access_trail import Reading, Wanted
from schema.files import Files
from schema.labels import label
from schema.store import Store

router = APIRouter(include_in_schema=False)
DataPage = Annotated[Page, Depends(page_for(READ_OWN_FILE))]
_PATH = "/mon-dossier/donnees"
_LOOKS, _READINGS = 20, 200
"""Of those who were logged in, and of the readings, the last ones are shown."""
ZIP = {
    "Content-Disposition": 'attachment; filename="mes-donnees.zip"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Robots-Tag": "noindex",
}


@router.get(_PATH)
async def show(page: DataPage) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("history",), page.after)
        context = {
            "looked_in": await looked_in(page, connection, page.own),
            "readings": await _readings(connection, page.own),
        }
    return page.show("client/own_data.html", context)


@router.post(_PATH)
async def download(page: DataPage) -> Response:
    """All but what the staff wrote for themselves, which somebody reads before it is handed over."""
    await form.typed(page)
    at: datetime = await anyio.to_thread.run_sync(now, page.request)
    async with page.reads.connection() as connection:
        found = await gather(page.request, connection, page.own, Review(), at)
        await record_access(page.request, connection, page.asker, Reading.CLIENT_EXPORT, page.own)
    files = cast("Files", page.request.app.state.files)
    return StreamingResponse(written(found, files), media_type="application/zip", headers=ZIP)


async def looked_in(page: Page, connection: Reads, client: UUID) -> list[dict[str, Any]]:
    """Who of the school was logged in as the client, when and why, the last first (DOS-12)."""
    store = cast("Store", page.request.app.state.store)
    wanted = history_model.Wanted((ImpersonationBegun.TOPIC,))
    found = await history.entries(connection, store, client, language(), wanted=wanted, limit=_LOOKS)
    return [{"at": e.at.isoformat(), "by": e.by, "reason": e.fields["reason"]} for e in found]


async def _readings(connection: Reads, client: UUID) -> list[dict[str, Any]]:
    """Who of the school opened these data, by role, a row per day, role and kind (AUD-4)."""
    rows = await access_trail.page(connection, Wanted(subject=client), limit=_READINGS)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for _, a in rows:
        if a.role is not Role.CLIENT and a.kind is not Reading.AS_CLIENT:
            said = (
                f"{a.at:%Y-%m-%d}",
                label(language(), "role", a.role.value),
                label(language(), "reading", a.kind.value),
            )
            row = {"at": a.at.isoformat(), "role": said[1], "what": said[2], "count": 0}
            found.setdefault(said, row)["count"] += 1
    return list(found.values())
