"""Somebody with a dossier tried to sign up, /dossiers/{id}/deuxieme-inscription: the office helps (DOS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.access import both
from commands.clients.invite_client import InviteClient
from commands.clients.settle_second_dossier import SettleSecondDossier
from commands.message import Command
from portal import form
from portal.page import Page, page_for, see_other
from projections import dossier
from projections.query import wait_for
from read_api.dossier import MODELS
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER

router = APIRouter(include_in_schema=False)
SecondPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, SettleSecondDossier.ALLOWED)))]
_PATH = "/dossiers/{client}/deuxieme-inscription"
_ACTS: Mapping[str, tuple[type[Command], str]] = {
    "invite": (InviteClient, "invited"),
    "settle": (SettleSecondDossier, "second_dossier_settled"),
}


@router.get(_PATH)
async def show(page: SecondPage, client: UUID) -> HTMLResponse:
    return await _show(page, client)


@router.post(_PATH)
async def act(page: SecondPage, client: UUID) -> Response:
    """Give access, which settles it too; or say that there is nothing to give."""
    filled = await form.typed(page)
    command, done = _ACTS.get(form.text(filled, "act") or "", _ACTS["settle"])
    fields: dict[str, Any] = {"client": client}
    outcome = await form.send(page, filled, command, fields)
    if outcome.answer is None:
        return await _show(page, client, outcome.refused)
    if command is not SettleSecondDossier:
        settled = await form.send(page, filled, SettleSecondDossier, fields, part="settled")
        outcome = settled if settled.answer is not None else outcome
    assert outcome.answer is not None
    return see_other(f"/dossiers/{client}", outcome.answer.position, done)


async def _show(page: Page, client: UUID, refused: Refused | None = None) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        person = await dossier.identity(connection, client)
    if person is None:
        raise NotFoundError
    return page.show("staff/second_dossier.html", {"dossier": person}, refused=refused)
