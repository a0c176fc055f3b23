"""A whole phase for the basket, /panier/phase/{id}: each price explained, each date now or later (INS-2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.phases.refusals import FreeALaCarte
from aggregates.kernel import Refused
from commands import quoting
from commands.baskets.put_phase_in_basket import PutPhaseInBasket
from commands.baskets_shown import choosable
from commands.http import consider
from portal import form
from portal.contact import contact
from portal.language import language, say
from portal.page import Page, page_for, refusal, see_other
from portal.staff.dates import open_dates
from projections import catalogue
from projections.query import Reads, Row, wait_for
from read_api.lists import NotFoundError
from read_api.quote import sentence
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
PhasePage = Annotated[Page, Depends(page_for(PutPhaseInBasket.ALLOWED))]
_PATH = "/panier/phase/{phase}"
_DATE = "date-"


@router.get(_PATH)
async def show(page: PhasePage, phase: UUID) -> HTMLResponse:
    return await _show(page, phase, although="malgre" in page.request.query_params)


@router.post(_PATH)
async def put(page: PhasePage, phase: UUID) -> Response:
    filled = await form.typed(page)
    typed = {name: str(value) for name, value in filled.items()}
    dates = [
        {"activity": name.removeprefix(_DATE), "workshop": value}
        for name, value in typed.items()
        if name.startswith(_DATE) and value
    ]
    although = "although_free" in filled
    fields: dict[str, Any] = {
        "client": page.own,
        "phase": phase,
        "dates": tuple(dates),
        "discount": form.text(filled, "rabais"),
        "although_free": although,
    }
    outcome = await form.send(page, filled, PutPhaseInBasket, fields)
    if outcome.answer is not None:
        return see_other("/panier", outcome.answer.position, "in_basket")
    if outcome.refused is None:
        raise NotFoundError
    return await _show(page, phase, although=although, typed=typed, refused=outcome.refused)


async def _show(
    page: Page,
    phase: UUID,
    *,
    although: bool,
    typed: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("workshop_dates", "waiting_list", "catalogue"), page.after)
        named = next((p for p in await catalogue.phases(connection) if p["id"] == str(phase)), None)
        if named is None:
            raise NotFoundError
        wanted = quoting.Asked(page.own, phase=phase, although_free=although)
        hindered, lines, total = None, [], None
        try:
            look = partial(quoting.quoted, wanted)
            made = await consider(page.request, look, page.asker.who, PutPhaseInBasket.ALLOWED)
        except Refused as why:
            hindered = refusal(why) | {"code": why.code, "free": isinstance(why, FreeALaCarte)}
        else:
            lines = [await _line(page, connection, line) for line in made.lines]
            total = {n: _sum(made, n) for n in ("price", "deposit")}
        context = {
            "phase": {name: named[name] for name in ("id", "name", "number")},
            "lines": lines,
            "total": total,
            "hindered": hindered,
            "although": although,
            "discounts": [] if hindered else await _discounts(page, connection),
            "values": dict(typed or {}),
            "contact": await contact(connection),
        }
    return page.show("client/phase_in_basket.html", context, refused=refused)


def _sum(made: quoting.Quoted, name: str) -> dict[str, Any]:
    return made.total([getattr(line.quote, name) for line in made.lines]).model_dump(mode="json")


async def _line(page: Page, connection: Reads, line: quoting.QuotedLine) -> dict[str, Any]:
    """An activity of the phase with its price and the dates it may get; what is done needs none."""
    quote, instant = line.quote, now(page.request)
    price = quote.price.model_dump(mode="json")
    dates: list[Row] = []
    if quote.done is None:
        dates = await open_dates(
            connection,
            now=instant,
            place="",
            activity=line.activity,
            retake=quote.retake,
            balance=price,
            full_payment_hours=line.full_payment_hours,
            client=page.own,
        )
    return {
        "id": str(line.activity),
        "name": line.name,
        "done_on": None if quote.done is None else quote.done.last_day.isoformat(),
        "price": price,
        "reasons": [sentence(language(), reason) for reason in quote.reasons],
        "dates": [
            d for d in dates if d["closed_because"] is None and datetime.fromisoformat(d["starts"]) > instant
        ],
    }


async def _discounts(page: Page, connection: Reads) -> list[dict[str, str]]:
    ids = [UUID(d["id"]) for d in await catalogue.discounts(connection)]
    look = partial(choosable, ids, page.own)
    found = await consider(page.request, look, page.asker.who, PutPhaseInBasket.ALLOWED)
    return [
        {
            "id": str(i),
            "name": say("%(discount)s (preuve demandée)", discount=d.name) if d.proof_needed else d.name,
        }
        for i, d in found
    ]
