"""All that is known of a client, by the link that office prepared: /donnees/TOKEN, for a day (T27)."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from aggregates.client.events import NoteKind
from aggregates.kernel import Role
from commands.access import Principal, Scope
from commands.authentication import Asker
from portal.export import Review, gather, written
from portal.language import later
from portal.public.sheet import sheet
from processors.runtime.links import Links
from projections.merged import survivor
from read_api.access_trail import record_access
from read_api.lists import NotFoundError
from read_api.workshop_dates import now
from schema.access_trail import Reading
from schema.files import Files

router = APIRouter(include_in_schema=False)
_INTERNAL = 1 << len(NoteKind)
_PAYMENTS = _INTERNAL << 1


def mask_of(review: Review) -> int:
    """What was reviewed, as the link says it."""
    noted = sum(1 << n for n, kind in enumerate(NoteKind) if kind in review.notes)
    return noted | (_INTERNAL if review.internal else 0) | (_PAYMENTS if review.payments else 0)


def reviewed(mask: int) -> Review:
    """The same, read from the link."""
    notes = frozenset(kind for n, kind in enumerate(NoteKind) if mask >> n & 1)
    return Review(notes, bool(mask & _INTERNAL), bool(mask & _PAYMENTS))


@router.get("/donnees/{token}")
async def download(request: Request, token: str) -> Response:
    """The ZIP, made while it is sent; each time stands in the access trail."""
    state = request.app.state
    named = cast("Links", state.links).export_of(token)
    at: datetime = await anyio.to_thread.run_sync(now, request)
    if named is None or at >= named[2]:
        return _over()
    client, mask, _ = named
    who = Asker(Principal(client, frozenset({Role.CLIENT}), Role.CLIENT), Scope.OWN_FILE, None)
    async with state.reads.connection() as connection:
        if await survivor(connection, client) != client:
            return _over()
        try:
            found = await gather(request, connection, client, reviewed(mask), at)
        except NotFoundError:
            return _over()
        await record_access(request, connection, who, Reading.CLIENT_EXPORT, client)
    return StreamingResponse(
        written(found, cast("Files", state.files)),
        media_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="mes-donnees.zip"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Robots-Tag": "noindex",
        },
    )


def _over() -> Response:
    return sheet("public/link_over.html", {"title": later("Ce lien n’est plus valable")}, 404)
