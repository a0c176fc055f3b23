"""What came back of an e-mail, as a file: /dossiers/{client}/retours/{message} (COM-10)."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, Response

from aggregates.kernel import Role
from commands.dispatch import Dispatcher
from portal.page import Page, page_for
from processors.runtime.bounces import Bounces
from read_api.dossier import note_opening
from read_api.lists import NotFoundError
from read_api.queries import READ_COMMUNICATIONS

router = APIRouter(include_in_schema=False)
_UNMASKED = {role: scope for role, scope in READ_COMMUNICATIONS.items() if role is not Role.AUDITOR}
ReturnedMailPage = Annotated[Page, Depends(page_for(_UNMASKED))]


@router.get("/dossiers/{client}/retours/{message}")
async def download(page: ReturnedMailPage, client: UUID, message: UUID) -> Response:
    """Never shown by the browser: anybody may have written it. An organiser's look is noted."""
    asker = page.asker
    dispatcher = cast("Dispatcher", page.request.app.state.dispatcher)
    kept = Bounces(dispatcher.pool, dispatcher.store, return_paths=None, sender="", clock=dispatcher.clock)
    found = await anyio.to_thread.run_sync(kept.message, client, message)
    if found is None:
        raise NotFoundError
    async with page.reads.connection() as connection:
        await note_opening(page.request, connection, asker, client)
    name = f'attachment; filename="retour-{message}.eml"'
    return Response(found, media_type="application/octet-stream", headers={"Content-Disposition": name})
