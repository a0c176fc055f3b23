"""The client's own file, /mon-dossier: phases, registrations, invoices, and the way to all else (DOS-19)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.authentication import on_behalf
from commands.registrations.resend_confirmation import ResendConfirmation
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from processors.runtime.links import Links
from projections import dossier, phases, proofs, waiting_list
from projections.query import Row, wait_for
from read_api.dossier import MODELS
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_FILE
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
_STATES = ("followed", "scheduled", "to_schedule", "missing")
MyPage = Annotated[Page, Depends(page_for(READ_OWN_FILE))]


@router.get("/mon-dossier")
async def show(page: MyPage) -> HTMLResponse:
    return await _show(page)


@router.post("/mon-dossier")
@on_behalf
async def send_again(page: MyPage) -> Response:
    """EMAIL: the confirmation of one registration once more (COM-1)."""
    filled = await form.typed(page)
    fields = {"client": page.own, "registration": form.text(filled, "registration")}
    outcome = await form.send(page, filled, ResendConfirmation, fields)
    if outcome.answer is not None:
        return see_other("/mon-dossier", outcome.answer.position, "confirmation_to_me")
    if outcome.refused is None:
        raise NotFoundError
    return await _show(page, outcome.refused)


async def _show(page: Page, refused: Refused | None = None) -> HTMLResponse:
    client, instant = page.own, now(page.request)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        person = await dossier.identity(connection, client)
        if person is None:
            raise NotFoundError
        rows = await dossier.registrations(connection, client)
        context: dict[str, Any] = {
            "client": person,
            "groups": _groups(rows, instant),
            "given_up": await dossier.given_up(connection, client),
            "followed_elsewhere": await phases.elsewhere(connection, client),
            "waiting_for": [
                _offered(page, row) for row in await waiting_list.waiting_for(connection, client, instant)
            ],
            "invoices": await dossier.invoices(connection, client),
            "phases": [_map(p, rows) for p in await phases.phases(connection, client)],
            "documents": await proofs.documents(connection, client),
            "online": page.request.app.state.provider is not None,
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


def _offered(page: Page, row: Row) -> Row:
    """Where the offered seat is taken; who looks as the client is not led there (DOS-12)."""
    own = row["offered_until"] is not None and page.session.principal.behalf is None
    links = cast("Links", page.request.app.state.links)
    if not own:
        return row | {"offer": None}
    offer = links.offer(page.own, UUID(row["workshop"]["id"]))
    return row | {"offer": urlsplit(offer).path}


def _map(phase: Row, rows: list[Row]) -> dict[str, Any]:
    """A phase's places one by one, how many of each kind, and what is left to pay on them."""
    sold = {row["id"]: row for row in rows}
    of = [sold[p["registration"]] for p in phase["places"] if p["registration"] in sold]
    owed: dict[str, int] = {}
    for row in of:
        if row["state"] != "cancelled" and row["balance"]["minor"] > 0:
            currency = row["balance"]["currency"]
            owed[currency] = owed.get(currency, 0) + row["balance"]["minor"]
    counted = Counter(p["state"] for p in phase["places"])
    return {
        **{name: phase[name] for name in ("name", "number", "places")},
        "counts": {state: counted[state] for state in _STATES},
        "owed": [{"minor": minor, "currency": currency} for currency, minor in sorted(owed.items())],
    }
