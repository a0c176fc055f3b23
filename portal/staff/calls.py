"""Whom to call about a workshop, /ateliers/{id}/appels: it was cancelled, or they absent (ATE-4, ATE-5)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.access import both
from commands.workshops.note_call import NoteCall
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from projections import calls
from projections.query import wait_for
from read_api.queries import READ_ROSTER, masks_contact
from read_api.workshop_dates import own_workshop
from schema.labels import tables

router = APIRouter(include_in_schema=False)
CallsPage = Annotated[Page, Depends(page_for(READ_ROSTER))]
CallPage = Annotated[Page, Depends(page_for(both(READ_ROSTER, NoteCall.ALLOWED)))]
_PATH = "/ateliers/{workshop}/appels"
_MODELS = ("calls", "roster", "workshop_dates", "catalogue")
_AFTER_RESTORING = ("back", "moved_on", "no_seat")


@router.get(_PATH)
async def show(page: CallsPage, workshop: UUID) -> HTMLResponse:
    return await _show(page, workshop)


async def _show(page: Page, workshop: UUID, refused: Refused | None = None) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        header = await own_workshop(connection, workshop, page.asker)
        reason = await calls.why_cancelled(connection, workshop)
        people = await calls.calls(connection, workshop, see_contact=not masks_contact(page.asker.who))
    to_call = [row for row in people if row["why"] in ("cancelled", "absent")]
    context = {
        "workshop": header,
        "reason": reason,
        "to_call": to_call,
        "left": sum(not row["called"] for row in to_call),
        "groups": {group: [row for row in people if row["why"] == group] for group in _AFTER_RESTORING},
        "outcomes": [{"id": key, "name": word} for key, word in tables("fr")["call_outcome"].items()],
    }
    return page.show("staff/calls.html", context, notice=notice_of(page), refused=refused)


@router.post(_PATH)
async def note(page: CallPage, workshop: UUID) -> Response:
    """One button per person: reached, with what they want, or not."""
    filled = await form.typed(page)
    reached = form.text(filled, "reached")
    registration = reached or form.text(filled, "missed")
    fields = {
        "workshop": workshop,
        "registration": registration,
        "called": reached is not None,
        "outcome": None if reached is None else form.text(filled, f"outcome-{registration}"),
    }
    outcome = await form.send(page, filled, NoteCall, fields)
    if outcome.answer is None:
        return await _show(page, workshop, outcome.refused)
    return see_other(f"/ateliers/{workshop}/appels", outcome.answer.position, "call_noted")
