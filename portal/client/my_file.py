"""The client's own file, /mon-dossier: registrations, invoices, attestations, who looked in (DOS-19)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.impersonation.events import ImpersonationBegun
from aggregates.kernel import Refused
from commands.authentication import on_behalf
from commands.registrations.resend_confirmation import ResendConfirmation
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from projections import dossier, phases, waiting_list
from projections.history import Wanted
from projections.query import Reads, wait_for
from read_api import history
from read_api.dossier import MODELS
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_FILE
from read_api.workshop_dates import now
from schema.store import Store

router = APIRouter(include_in_schema=False)
MyPage = Annotated[Page, Depends(page_for(READ_OWN_FILE))]
_LOOKS = 20
"""Of those who looked in, the last ones are shown."""


@router.get("/mon-dossier")
async def show(page: MyPage) -> HTMLResponse:
    return await _show(page)


@router.post("/mon-dossier")
@on_behalf
async def send_again(page: MyPage) -> Response:
    """EMAIL: the confirmation of one registration once more (COM-1)."""
    filled = await form.typed(page)
    fields = {"client": _own(page), "registration": form.text(filled, "registration")}
    outcome = await form.send(page, filled, ResendConfirmation, fields)
    if outcome.answer is not None:
        return see_other("/mon-dossier", outcome.answer.position, "confirmation_to_me")
    if outcome.refused is None:
        raise NotFoundError
    return await _show(page, outcome.refused)


def _own(page: Page) -> UUID:
    own = page.asker.who.person
    assert own is not None, "a page has somebody"
    return own


async def _show(page: Page, refused: Refused | None = None) -> HTMLResponse:
    client, instant = _own(page), now(page.request)
    async with page.reads.connection() as connection:
        await wait_for(connection, (*MODELS, "history"), page.after)
        person = await dossier.identity(connection, client)
        if person is None:
            raise NotFoundError
        rows = await dossier.registrations(connection, client)
        context: dict[str, Any] = {
            "client": person,
            "groups": _groups(rows, instant),
            "given_up": await dossier.given_up(connection, client),
            "followed_elsewhere": await phases.elsewhere(connection, client),
            "waiting_for": await waiting_list.waiting_for(connection, client, instant),
            "invoices": await dossier.invoices(connection, client),
            "looked_in": await _looked_in(page, connection, client),
        }
    return page.show("client/my_file.html", context, notice=notice_of(page), refused=refused)


def _groups(rows: list[Any], instant: datetime) -> dict[str, list[Any]]:
    """By state; an attestation is there once the workshop is over (ATT-1)."""
    groups: dict[str, list[Any]] = {s: [] for s in ("scheduled", "to_schedule", "followed", "cancelled")}
    for row in rows:
        date = row["workshop"]
        over = date is not None and datetime.fromisoformat(date["ends"]) <= instant
        groups[row["state"]].append(row | {"over": over})
    return groups


async def _looked_in(page: Page, connection: Reads, client: UUID) -> list[dict[str, Any]]:
    """Who of the school was logged in as the client, when and why, the last first (DOS-12)."""
    store = cast("Store", page.request.app.state.store)
    wanted = Wanted((ImpersonationBegun.TOPIC,))
    found = await history.entries(connection, store, client, "fr", wanted=wanted, limit=_LOOKS)
    return [{"at": e.at.isoformat(), "by": e.by, "reason": e.fields["reason"]} for e in found]
