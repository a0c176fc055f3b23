"""DEMANDER À ÊTRE RETIRÉ, /mon-dossier/retrait: which of the four outcomes, told before the click (DOS-8)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.clients.remove_dossier import RemoveDossier
from commands.http import consider
from commands.leaving import outlook
from portal import form
from portal.contact import contact
from portal.language import say
from portal.page import Page, page_for, refusal, see_other
from portal.public.sheet import sheet
from projections import catalogue
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_FILE

router = APIRouter(include_in_schema=False)
LeavePage = Annotated[Page, Depends(page_for(READ_OWN_FILE))]
_PATH = "/mon-dossier/retrait"
OUTCOMES = ("erased", "deactivated")


@router.get(_PATH)
async def show(page: LeavePage) -> HTMLResponse:
    return await _show(page)


@router.post(_PATH)
async def leave(page: LeavePage) -> Response:
    """The log-in ends with the dossier, so that what follows is a page for everybody."""
    filled = await form.typed(page)
    if form.text(filled, "sure") is None:
        return await _show(page, error=say("Cochez la case si vous êtes d’accord."))
    outcome = await form.send(page, filled, RemoveDossier, {"client": page.own})
    if outcome.answer is None:
        return await _show(page, refused=outcome.refused)
    ended = next((name for name in OUTCOMES if name in outcome.answer.made), OUTCOMES[0])
    return see_other(f"/au-revoir?issue={ended}")


async def _show(page: Page, *, error: str | None = None, refused: Refused | None = None) -> HTMLResponse:
    look = partial(outlook, client=page.own)
    seen = await consider(page.request, look, page.asker.who, RemoveDossier.ALLOWED)
    async with page.reads.connection() as connection:
        reached = await contact(connection)
    context = {
        "outcome": seen.outcome,
        "hindered": None if seen.refused is None else refusal(seen.refused) | {"code": seen.refused.code},
        "contact": reached,
        "error": error,
    }
    shown = page.show("client/leave.html", context, refused=refused)
    if error:
        shown.status_code = 422
    return shown


@router.get("/au-revoir")
async def goodbye(request: Request) -> HTMLResponse:
    """What became of the dossier: for who has none any more."""
    issue = request.query_params.get("issue")
    if issue not in OUTCOMES:
        raise NotFoundError
    async with request.app.state.reads.connection() as connection:
        school = await catalogue.school(connection)
    return sheet("public/goodbye.html", {"outcome": issue, "school": school.name})
