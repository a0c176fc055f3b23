"""A dossier's end, /dossiers/{id}/retrait: at the client's wish, or by two persons (DOS-8, DOS-10)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.kernel import Erased, Refused
from commands.access import both
from commands.clients.approve_deletion import ApproveDeletion
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.withdraw_deletion import WithdrawDeletion
from commands.http import consider
from commands.leaving import Outlook, outlook
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from projections import catalogue, dossier
from projections.query import wait_for
from read_api.dossier import MODELS
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER
from schema.labels import label, refusal_sentence

router = APIRouter(include_in_schema=False)
LeavingPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, RemoveDossier.ALLOWED)))]
_PATH = "/dossiers/{client}/retrait"


def _only(client: UUID, _filled: FormData) -> Mapping[str, Any]:
    return {"client": client}


def _reasoned(client: UUID, filled: FormData) -> Mapping[str, Any]:
    return {"client": client, "reason": form.text(filled, "reason")}


_ACTS: Mapping[str, FormAct[UUID]] = {
    "remove": FormAct(RemoveDossier, "removed", _only),
    "propose": FormAct(ProposeDeletion, "deletion_proposed", _reasoned),
    "withdraw": FormAct(WithdrawDeletion, "deletion_withdrawn", _only),
    "approve": FormAct(ApproveDeletion, "removed", _only),
}


@router.get(_PATH)
async def show(page: LeavingPage, client: UUID) -> HTMLResponse:
    return await _show(page, client)


@router.post(_PATH)
async def act(page: LeavingPage, client: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, client)
    if outcome.answer is None:
        values, errors = {"reason": form.text(filled, "reason") or ""}, outcome.errors
        return await _show(page, client, values, errors=errors, refused=outcome.refused)
    ended = outcome.answer.made.keys() & {"erased", "deactivated"}
    place = f"/dossiers/{client}" if ended else f"/dossiers/{client}/retrait"
    return see_other(place, outcome.answer.position, wish.done)


async def _show(
    page: Page,
    client: UUID,
    values: Mapping[str, str] | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        person = await dossier.identity(connection, client)
        if person is None or person["state"] != "active":
            raise NotFoundError
        look = partial(outlook, client=client)
        seen = await consider(page.request, look, page.session.principal, RemoveDossier.ALLOWED)
        by = None if seen.deletion is None else await catalogue.staff_name(connection, seen.deletion.by)
    context = {
        "dossier": person,
        "values": dict(values or {}),
        "errors": dict(errors or {}),
        **_told(page, seen, by),
    }
    return page.show("staff/dossier_leaving.html", context, notice=notice_of(page), refused=refused)


def _told(page: Page, seen: Outlook, by: str | None) -> dict[str, Any]:
    deletion, why = seen.deletion, seen.refused
    return {
        "outcome": seen.outcome,
        "outcome_says": None if seen.outcome is None else label("fr", "removal", seen.outcome),
        "hindered": None if why is None else refusal_sentence("fr", why.code, why.fields),
        "followed": seen.followed,
        "deletion": None
        if deletion is None
        else {
            "by": by or "",
            "reason": "" if isinstance(deletion.reason, Erased) else deletion.reason,
            "own": deletion.by == page.asker.who.user,
        },
    }
