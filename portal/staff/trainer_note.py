"""The « i » of the list of participants is written, /ateliers/{id}/notes/{client} (DOS-13)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.events import NoteKind
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Erased, Refused, Role
from commands.access import Allowed, both
from commands.clients.write_note import WriteNote
from commands.http import consider
from portal import form
from portal.page import Page, page_for, see_other
from projections import participants
from projections.query import wait_for
from read_api.lists import NotFoundError
from read_api.queries import READ_ROSTER
from read_api.roster import MODELS
from read_api.workshop_dates import own_workshop

router = APIRouter(include_in_schema=False)
TRAINER_NOTES: Allowed = {
    role: scope for role, scope in both(READ_ROSTER, WriteNote.ALLOWED).items() if role is not Role.ACCOUNTING
}
"""Accounting have notes of their own."""
NotePage = Annotated[Page, Depends(page_for(TRAINER_NOTES))]
_PATH = "/ateliers/{workshop}/notes/{client}"


@router.get(_PATH)
async def show(page: NotePage, workshop: UUID, client: UUID) -> HTMLResponse:
    return await _show(page, workshop, client)


async def _show(
    page: Page, workshop: UUID, client: UUID, *, typed: str | None = None, refused: Refused | None = None
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        header = await own_workshop(connection, workshop, page.asker)
        rows = await participants.participants(connection, workshop, see_money=False)
    row = next((row for row in rows if row["client"] == str(client)), None)
    if row is None:
        raise NotFoundError
    seen = await consider(
        page.request, lambda act: act.load(CLIENT.at(client)), page.session.principal, TRAINER_NOTES
    )
    note = seen.state.notes.get(NoteKind.TRAINER) if isinstance(seen.state, Dossier) else None
    stands = "" if note is None or note.text is None or isinstance(note.text, Erased) else note.text
    context = {
        "workshop": header,
        "person": row,
        "seen_version": seen.version,
        "stands": stands,
        "values": {"text": stands if typed is None else typed},
        "errors": {},
    }
    return page.show("staff/trainer_note.html", context, refused=refused)


@router.post(_PATH)
async def write(page: NotePage, workshop: UUID, client: UUID) -> Response:
    filled = await form.typed(page)
    fields = {
        "client": client,
        "kind": NoteKind.TRAINER.value,
        "seen_version": form.text(filled, "seen_version"),
        "text": form.text(filled, "text"),
        "workshop": workshop,
    }
    outcome = await form.send(page, filled, WriteNote, fields)
    if outcome.answer is None:
        typed = form.text(filled, "text") or ""
        return await _show(page, workshop, client, typed=typed, refused=outcome.refused)
    return see_other(f"/ateliers/{workshop}/participants", outcome.answer.position, "note_written")
