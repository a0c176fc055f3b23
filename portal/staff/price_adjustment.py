"""Another price than the catalogue's, /dossiers/{id}/autre-prix: asked with a reason, answered (CAT-4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from commands.access import both, staff_of
from commands.clients.ask_price_adjustment import AskPriceAdjustment, asked_prices
from commands.clients.refuse_price_adjustment import RefusePriceAdjustment
from commands.http import consider
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from projections import catalogue, dossier
from projections.query import wait_for
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER

router = APIRouter(include_in_schema=False)
_ROLES = both(READ_DOSSIER, staff_of(AskPriceAdjustment.ALLOWED) | dict(RefusePriceAdjustment.ALLOWED))
PricePage = Annotated[Page, Depends(page_for(_ROLES))]
_PATH = "/dossiers/{client}/autre-prix"
_NOTHING = form.Outcome()


def _fields(client: UUID, filled: FormData) -> Mapping[str, Any]:
    activity, reason = (form.text(filled, name) for name in ("activity", "reason"))
    if uuid_or_none(activity) is None:
        raise form.WrongFieldError("activity", "Choisissez une activité.")
    if reason is None:
        raise form.WrongFieldError("reason", "Dites pourquoi.")
    return {"client": client, "activity": activity, "reason": reason}


_ACTS: Mapping[str, FormAct[UUID]] = {
    "ask": FormAct(AskPriceAdjustment, "price_asked", _fields),
    "refuse": FormAct(RefusePriceAdjustment, "price_refused", _fields),
}


@router.get(_PATH)
async def show(page: PricePage, client: UUID) -> HTMLResponse:
    return await _show(page, client, {"activity": page.request.query_params.get("activite", "")})


@router.post(_PATH)
async def act(page: PricePage, client: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, client)
    if outcome.answer is None:
        return await _show(page, client, form.values(filled), outcome)
    return see_other(f"/dossiers/{client}/autre-prix", outcome.answer.position, wish.done)


async def _show(
    page: Page, client: UUID, values: Mapping[str, str], came: form.Outcome = _NOTHING
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier", "catalogue"), page.after)
        person = await dossier.identity(connection, client)
        activities = await catalogue.activities(connection)
    if person is None or person["state"] != "active":
        raise NotFoundError
    look = partial(asked_prices, client)
    waiting = await consider(page.request, look, page.session.principal, _ROLES)
    names = {row["id"]: row["name"] for row in activities}
    errors, refusing = dict(came.errors or {}), values.get("act") == "refuse"
    context = {
        "client": person,
        "asked": [
            {"activity": str(activity), "name": names[str(activity)], "reason": reason}
            for activity, reason in waiting.items()
        ],
        "activities": [row for row in activities if not row["retired"]],
        "values": {} if refusing else dict(values),
        "errors": {} if refusing else errors,
        "refusing": {**values, "error": errors.get("reason")} if refusing else {},
    }
    return page.show("staff/price_adjustment.html", context, notice=notice_of(page), refused=came.refused)
