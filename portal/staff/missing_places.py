"""A student's missing place is reported, or opened again, /dossiers/{id}/places (INS-14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.datastructures import FormData

from commands.access import both
from commands.registrations.reopen_place import ReopenPlace
from commands.registrations.report_missing_place import ReportMissingPlace
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.page import Page, page_for, see_other
from portal.staff.dossier import show_dossier
from read_api.queries import READ_DOSSIER

router = APIRouter(include_in_schema=False)
PlacePage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, ReopenPlace.ALLOWED)))]
"""Reopening is whose responsibility it is; fewer roles may report, which the command says."""


def _report(client: UUID, filled: FormData) -> Mapping[str, Any]:
    return {"client": client, "activity": form.text(filled, "activity"), "note": form.text(filled, "note")}


def _reopen(client: UUID, filled: FormData) -> Mapping[str, Any]:
    named = {name: form.text(filled, name) for name in ("enrolment", "activity")}
    return {"client": client, **named}


_ACTS: Mapping[str, FormAct[UUID]] = {
    "report": FormAct(ReportMissingPlace, "place_reported", _report),
    "reopen": FormAct(ReopenPlace, "place_reopened", _reopen),
}


@router.post("/dossiers/{client}/places")
async def act(page: PlacePage, client: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, client)
    if outcome.answer is None:
        return await show_dossier(page, client, refused=outcome.refused)
    return see_other(f"/dossiers/{client}", outcome.answer.position, wish.done)
