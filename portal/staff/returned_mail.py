"""What came back of an e-mail, /dossiers/{client}/retours: read as a file, or brought by staff (COM-10)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast
from uuid import UUID, uuid5

import anyio.to_thread
from fastapi import APIRouter, Depends, Response

from aggregates.kernel import Refused, Role
from commands.access import both
from commands.http import run
from commands.mails.note_undelivered import NoteUndelivered
from portal import form
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.dossier import show_dossier
from portal.upload import brought_by
from processors.runtime.bounces import Bounces
from read_api.dossier import note_opening
from read_api.lists import NotFoundError
from read_api.queries import READ_COMMUNICATIONS, READ_DOSSIER
from schema.keys import KeyDestroyedError

router = APIRouter(include_in_schema=False)
_UNMASKED = {role: scope for role, scope in READ_COMMUNICATIONS.items() if role is not Role.AUDITOR}
ReturnedMailPage = Annotated[Page, Depends(page_for(_UNMASKED))]
BroughtPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, NoteUndelivered.ALLOWED)))]
_NO_BOUNCE = (
    "Ce message ne dit pas qu’un courriel n’est pas arrivé : c’est un retard, une réponse automatique, ou"
    " autre chose. Rien n’a été noté."
)


@router.get("/dossiers/{client}/retours/{message}")
async def download(page: ReturnedMailPage, client: UUID, message: UUID) -> Response:
    """Never shown by the browser: anybody may have written it. An organiser's look is noted."""
    asker = page.asker
    found = await anyio.to_thread.run_sync(_returned(page).message, client, message)
    if found is None:
        raise NotFoundError
    async with page.reads.connection() as connection:
        await note_opening(page.request, connection, asker, client)
    name = f'attachment; filename="retour-{message}.eml"'
    return Response(found, media_type="application/octet-stream", headers={"Content-Disposition": name})


@router.post("/dossiers/{client}/retours")
async def bring(page: BroughtPage, client: UUID) -> Response:
    """A message that staff received, as a file: sorted like those that come by themselves."""
    came = await brought_by(page)
    wrong = partial(show_dossier, page, client, tab="communications")
    if not came.content:
        return await wrong(errors={"file": "Choisissez d’abord le message, enregistré comme fichier .eml."})
    key = uuid_or_none(form.text(came.fields, "command_id"))
    if key is None:
        raise form.StaleFormError
    try:
        note = await anyio.to_thread.run_sync(_returned(page).uploaded, client, came.content)
    except KeyDestroyedError:
        raise NotFoundError from None
    if note is None:
        return await wrong(errors={"file": _NO_BOUNCE})
    who = page.session.principal
    try:
        answer = await run(page.request, note, who, uuid5(who.user or UUID(int=0), str(key)))
    except Refused as refused:
        return await wrong(refused=refused)
    return see_other(f"/dossiers/{client}?onglet=communications", answer.position, "undelivered_noted")


def _returned(page: Page) -> Bounces:
    return cast("Bounces", page.request.app.state.returned)
