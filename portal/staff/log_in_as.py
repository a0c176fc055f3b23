"""« Se connecter en tant que »: /dossiers/{client}/en-tant-que, and the way back (DOS-12)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.impersonation.policies import LONGEST
from aggregates.kernel import Refused, Role
from commands.access import STAFF, Scope
from commands.authentication import doorkeeper, on_behalf
from commands.clients.begin_impersonation import BeginImpersonation
from commands.clients.end_impersonation import EndImpersonation
from commands.sessions import Sessions
from portal import form
from portal.page import Page, page_for, see_other
from projections import dossier
from read_api.lists import NotFoundError
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
BeginPage = Annotated[Page, Depends(page_for(BeginImpersonation.ALLOWED))]
EndPage = Annotated[Page, Depends(page_for(STAFF | {Role.CLIENT: Scope.OWN_FILE}))]
"""Staff too: the time may be over by itself before they ask to be led back."""


@router.get("/dossiers/{client}/en-tant-que")
async def show(page: BeginPage, client: UUID) -> HTMLResponse:
    return await _show(page, client)


async def _show(
    page: Page,
    client: UUID,
    typed: str = "",
    errors: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        person = await dossier.identity(connection, client)
    if person is None:
        raise NotFoundError
    context = {"client": person, "values": {"reason": typed}, "errors": errors or {}}
    return page.show("staff/log_in_as.html", context, refused=refused)


@router.post("/dossiers/{client}/en-tant-que")
async def begin(page: BeginPage, client: UUID) -> Response:
    filled = await form.typed(page)
    reason = form.text(filled, "reason")
    outcome = await form.send(page, filled, BeginImpersonation, {"client": client, "reason": reason})
    if outcome.answer is None:
        return await _show(page, client, reason or "", dict(outcome.errors or {}), outcome.refused)
    impersonation = outcome.answer.made["impersonation"]
    sessions, token = _session_of(page)
    until = now(page.request) + LONGEST
    await anyio.to_thread.run_sync(sessions.look_as, token, client, impersonation, until)
    return see_other("/mon-dossier", outcome.answer.position)


@router.post("/en-tant-que/fin")
@on_behalf
async def end(page: EndPage) -> Response:
    filled = await form.typed(page)
    who = page.session.principal
    if who.behalf is None:
        return see_other("/")
    fields = {"client": who.behalf, "impersonation": who.impersonation}
    outcome = await form.send(page, filled, EndImpersonation, fields)
    sessions, token = _session_of(page)
    await anyio.to_thread.run_sync(sessions.look_as_oneself, token)
    dossier, then = f"/dossiers/{who.behalf}", form.text(filled, "then") or ""
    back = then if then.startswith((f"{dossier}/", f"{dossier}?")) else dossier
    return see_other(back, outcome.answer.position if outcome.answer else None)


def _session_of(page: Page) -> tuple[Sessions, str]:
    door = doorkeeper(page.request)
    return door.sessions, page.request.cookies[door.cookie]
