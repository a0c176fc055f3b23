"""Expense invoices of a European workshop, /ateliers/{id}/depenses: handed in and read (ATE-7)."""

from __future__ import annotations

from typing import Annotated, cast
from urllib.parse import quote
from uuid import UUID, uuid5

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from aggregates.kernel import Refused
from commands.access import both
from commands.files import keep_file
from commands.workshops.upload_expense import UploadExpense
from portal import form
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.closing import show_closing
from portal.upload import brought_by
from projections import closing
from read_api.documents_of_client import SAFE
from read_api.lists import NotFoundError
from read_api.queries import READ_ROSTER, READ_WORKSHOP_HISTORY
from read_api.workshop_dates import own_workshop
from schema.files import Files

router = APIRouter(include_in_schema=False)
ExpensesPage = Annotated[Page, Depends(page_for(READ_WORKSHOP_HISTORY))]
"""Those who read the list, but trainers."""
HandInPage = Annotated[Page, Depends(page_for(both(READ_ROSTER, UploadExpense.ALLOWED)))]


@router.get("/ateliers/{workshop}/depenses/{document}")
async def download(page: ExpensesPage, workshop: UUID, document: UUID) -> Response:
    """To be saved, never shown by the portal."""
    async with page.reads.connection() as connection:
        await own_workshop(connection, workshop, page.asker)
        found = await closing.closing(connection, workshop)
    if found is None or str(document) not in {paper["document"] for paper in found["papers"]}:
        raise NotFoundError
    files = cast("Files", page.request.app.state.files)
    head = (await anyio.to_thread.run_sync(files.heads, [document])).get(document)
    content = await anyio.to_thread.run_sync(files.content, document)
    if head is None or content is None:
        raise NotFoundError
    name = f"attachment; filename*=UTF-8''{quote(head.name, safe='')}"
    return Response(content, media_type=head.media, headers=SAFE | {"Content-Disposition": name})


@router.post("/ateliers/{workshop}/depenses")
async def hand_in(page: HandInPage, workshop: UUID) -> Response:
    """A file of one kind of expense; what is refused is not kept."""
    came = await brought_by(page)
    key = uuid_or_none(form.text(came.fields, "command_id"))
    if key is None:
        raise form.StaleFormError
    kind = form.text(came.fields, "expense") or ""
    if not came.content:
        return await show_closing(page, workshop, errors={f"file-{kind}": "Choisissez d’abord un fichier."})
    who = page.session.principal
    document = uuid5(who.user or UUID(int=0), f"{key}-file")
    try:
        await keep_file(page.request, who, document, came.name, came.content)
    except Refused as refused:
        return await show_closing(page, workshop, refused=refused)
    fields = {"workshop": workshop, "expense": kind, "document": document}
    outcome = await form.send(page, came.fields, UploadExpense, fields)
    if outcome.answer is None:
        files = cast("Files", page.request.app.state.files)
        await anyio.to_thread.run_sync(files.drop, document)
        return await show_closing(page, workshop, errors=outcome.errors, refused=outcome.refused)
    return see_other(f"/ateliers/{workshop}/fermeture", outcome.answer.position, "expense_handed_in")
