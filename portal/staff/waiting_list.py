"""A client who telephones is put on a waiting list or taken off it, /dossiers/{id}/attente (ATE-2)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from commands.access import both
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.leave_waiting_list import LeaveWaitingList
from portal import form
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.dossier import show_dossier
from read_api.lists import NotFoundError
from read_api.queries import LIST_DOSSIERS

router = APIRouter(include_in_schema=False)
WaitingPage = Annotated[Page, Depends(page_for(both(LIST_DOSSIERS, JoinWaitingList.ALLOWED)))]


@router.post("/dossiers/{client}/attente")
async def wait(page: WaitingPage, client: UUID) -> Response:
    """For the workshop in `awaited`; `leave` takes the client off the list, an offer is declined with it."""
    filled = await form.typed(page)
    workshop = uuid_or_none(form.text(filled, "awaited"))
    if workshop is None:
        raise NotFoundError
    fields = {"client": client, "workshop": workshop}
    leaves = "leave" in filled
    outcome = await form.send(page, filled, LeaveWaitingList if leaves else JoinWaitingList, fields)
    if outcome.answer is None:
        return await show_dossier(page, client, refused=outcome.refused)
    done = "client_waits_no_more" if leaves else "client_waits"
    return see_other(f"/dossiers/{client}", outcome.answer.position, done)
