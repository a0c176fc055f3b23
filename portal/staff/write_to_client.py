"""Write one e-mail from a dossier, /dossiers/{id}/ecrire, with files and an image (COM-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.client.refusals import DossierNotActive
from aggregates.kernel import Refused
from aggregates.mailing.placeholders import AUDIENCE_PLACEHOLDERS
from commands.access import both
from commands.clients.write_to_client import WriteToClient
from portal import form
from portal.page import Page, page_for, see_other
from portal.staff.draft import Draft, checks, context_of, preview, received
from portal.staff.occasions import STARTERS
from processors.runtime import preview as previewing, wordings
from processors.runtime.links import Links
from processors.runtime.placeholders import values as filled_in
from projections import recipients
from projections.query import wait_for
from read_api.dossier import MODELS, note_opening
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER
from schema.labels import label
from schema.wording import Language

router = APIRouter(include_in_schema=False)
WritePage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, WriteToClient.ALLOWED)))]
_PATH = "/dossiers/{client}/ecrire"


@router.get(_PATH)
async def show(page: WritePage, client: UUID) -> HTMLResponse:
    return await _show(page, client, FormData(), Draft())


@router.post(_PATH)
async def act(page: WritePage, client: UUID) -> Response:
    filled, draft = await received(page)
    if form.text(filled, "act") == "model":
        await _start_from(page, client, form.text(filled, "model") or "", draft)
    if draft.refused is not None or form.text(filled, "act") != "send":
        return await _show(page, client, filled, draft, refused=draft.refused)
    outcome = await form.send(page, filled, WriteToClient, {"client": client, **draft.fields()})
    if outcome.answer is None:
        return await _show(page, client, filled, draft, refused=outcome.refused, errors=outcome.errors)
    path = f"/dossiers/{client}?onglet=communications"
    return see_other(path, outcome.answer.position, "mail_written")


async def _start_from(page: Page, client: UUID, key: str, draft: Draft) -> None:
    """The wording of an automatic mail, filled with what the dossier says: the words are then free."""
    if key not in {letter.value for _, letters in STARTERS for letter in letters}:
        return
    async with page.reads.connection() as connection:
        await wait_for(connection, (*previewing.MODELS, "templates"), page.after)
        person = await recipients.one(connection, client)
        if person is None or person["state"] != "active":
            return
        language: Language = "en" if person["language"] == "en" else "fr"
        wording = await wordings.current(connection, key, language)
        url = cast("Links", page.request.app.state.links).public_url
        about = await previewing.subject_of(connection, language, client, public_url=url)
    written = wordings.filled(wording, defaultdict(str, filled_in(about)))
    draft.subject, draft.text = written.subject, written.text.strip()


async def _show(
    page: Page,
    client: UUID,
    filled: FormData,
    draft: Draft,
    *,
    refused: Refused | None = None,
    errors: Mapping[str, str] | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, (*MODELS, *recipients.MODELS), page.after)
        person = await recipients.one(connection, client)
        if person is None:
            raise NotFoundError
        if person["state"] != "active":
            raise DossierNotActive
        await note_opening(page.request, connection, page.asker, client)
        read = None
        if filled and not refused:
            try:
                read = await preview(page, connection, draft, client, AUDIENCE_PLACEHOLDERS)
            except Refused as unknown:
                refused = unknown
    name = f"{person['first_name']} {person['last_name']}"
    context = context_of(
        draft,
        AUDIENCE_PLACEHOLDERS,
        kind="client",
        title=f"Écrire à {name}",
        back={"href": f"/dossiers/{client}", "label": name},
        count=1,
        preview=read,
        reader=str(client),
        models=[
            {
                "name": name,
                "letters": [{"key": k.value, "name": label("fr", "template_key", k.value)} for k in keys],
            }
            for name, keys in STARTERS
        ],
        model=form.text(filled, "model") or "",
        checks=checks(draft, AUDIENCE_PLACEHOLDERS, None) if filled else [],
        errors=dict(errors or {}),
    )
    return page.show("staff/compose.html", context, refused=refused)
