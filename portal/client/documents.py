"""What the own dossier holds, /mon-dossier/documents: proofs asked for, files sent, attestations (DOS-15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import uuid5

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.documents import Incoming, take_in
from commands.problems import TooLargeError
from portal import form
from portal.language import language, say
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.upload import brought_by
from projections import dossier, proofs
from projections.query import wait_for
from read_api.queries import READ_OWN_FILE
from read_api.workshop_dates import now
from schema.labels import refusal_sentence

router = APIRouter(include_in_schema=False)
FilesPage = Annotated[Page, Depends(page_for(READ_OWN_FILE))]
_PATH = "/mon-dossier/documents"
_MODELS = ("proofs", "dossier", "workshop_dates", "catalogue")


@router.get(_PATH)
async def show(page: FilesPage) -> HTMLResponse:
    return await _show(page)


@router.post(_PATH)
async def send(page: FilesPage) -> Response:
    """A file, as the proof of a place's discount where one is chosen."""
    try:
        came = await brought_by(page)
    except TooLargeError:
        return await _show(page, errors={"file": refusal_sentence(language(), "too_large", {})}, status=413)
    use = form.text(came.fields, "use")
    if not came.content:
        errors = {"file": say("Choisissez d’abord un fichier.")}
        return await _show(page, chosen=use, errors=errors, status=422)
    key = uuid_or_none(form.text(came.fields, "command_id"))
    if key is None:
        raise form.StaleFormError
    file = Incoming(page.own, came.name, came.content, registration=uuid_or_none(use))
    try:
        made = await take_in(page.request, page.asker.who, file, uuid5(page.own, str(key)))
    except Refused as refused:
        return await _show(page, chosen=use, refused=refused)
    return see_other(_PATH, made.position, "my_document_sent")


async def _show(
    page: Page,
    *,
    chosen: str | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
    status: int | None = None,
) -> HTMLResponse:
    instant = now(page.request)
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        found = await proofs.documents(connection, page.own)
        rows = await dossier.registrations(connection, page.own)
    over = [r for r in rows if r["state"] == "followed" and r["workshop"] is not None]
    context = {
        "client": str(page.own),
        "documents": found,
        "chosen": chosen or page.request.query_params.get("pour"),
        "attested": [r for r in over if datetime.fromisoformat(r["workshop"]["ends"]) <= instant],
        "errors": dict(errors or {}),
    }
    shown = page.show("client/documents.html", context, notice=notice_of(page), refused=refused)
    if status is not None:
        shown.status_code = status
    return shown
