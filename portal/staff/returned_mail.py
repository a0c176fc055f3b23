"""What came back of an e-mail, as a file: /dossiers/{client}/retours/{message} (COM-10)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Response

from commands.access import ForbiddenError
from commands.dispatch import Dispatcher
from portal.page import AnyPage
from processors.runtime.bounces import Bounces
from read_api.dossier import note_opening
from read_api.lists import NotFoundError
from read_api.queries import READ_COMMUNICATIONS, masks_contact

router = APIRouter(include_in_schema=False)


@router.get("/dossiers/{client}/retours/{message}")
async def download(page: AnyPage, client: UUID, message: UUID) -> Response:
    """Never shown by the browser: anybody may have written it. An organiser's look is noted."""
    asker = page.asker(READ_COMMUNICATIONS)
    if masks_contact(asker.who):
        raise ForbiddenError
    dispatcher = cast("Dispatcher", page.request.app.state.dispatcher)
    kept = Bounces(dispatcher.pool, dispatcher.store, return_paths=None, sender="", clock=dispatcher.clock)
    found = await anyio.to_thread.run_sync(kept.message, client, message)
    if found is None:
        raise NotFoundError
    async with page.reads.connection() as connection:
        await note_opening(page.request, connection, asker, client)
    name = f'attachment; filename="retour-{message}.eml"'
    return Response(found, media_type="application/octet-stream", headers={"Content-Disposition": name})
