"""The client's basket, /panier: put in, see each price explained, take out, FINALISER (FAC-1, CAT-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.registrations.refusals import AlreadyRegistered, AlreadyToSchedule
from aggregates.kernel import Refused
from commands import quoting
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.baskets.release_basket import ReleaseBasket
from commands.baskets.take_out_of_basket import TakeOutOfBasket
from commands.baskets_shown import ShownBasket, basket_of, choosable
from commands.clients.ask_price_adjustment import AskPriceAdjustment
from commands.http import consider
from commands.message import Command
from commands.quoting import Asked, QuotedLine
from portal import form
from portal.contact import contact
from portal.language import language, say
from portal.notices import notice_of
from portal.page import Page, page_for, refusal, see_other, uuid_or_none
from portal.staff.dates import open_dates
from projections import catalogue, workshop_dates
from projections.query import Reads, wait_for
from read_api.lists import NotFoundError
from read_api.quote import sentence
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
BasketPage = Annotated[Page, Depends(page_for(PutInBasket.ALLOWED))]
_NOTHING = form.Outcome()


@router.get("/panier")
async def show(page: BasketPage) -> HTMLResponse:
    asked = page.request.query_params
    wish = {name: asked.get(name, "") for name in ("activite", "atelier", "rabais")}
    return await _show(page, wish)


@router.post("/panier")
async def act(page: BasketPage) -> Response:
    filled = await form.typed(page)
    wished = form.text(filled, "act") or ""
    client = page.own
    wish = {name: form.text(filled, name) or "" for name in ("activite", "atelier", "rabais")}
    commands: Mapping[str, tuple[type[Command], dict[str, Any], str]] = {
        "put": (
            PutInBasket,
            {
                "activity": wish["activite"],
                "workshop": wish["atelier"] or None,
                "discount": wish["rabais"] or None,
            },
            "in_basket",
        ),
        "take_out": (TakeOutOfBasket, {"item": form.text(filled, "item")}, "out_of_basket"),
        "finalise": (FinaliseBasket, {n: _seen(filled, n) for n in ("total", "due_now")}, "registered_by_me"),
        "release": (ReleaseBasket, {}, "basket_open_again"),
        "ask_price": (
            AskPriceAdjustment,
            {"activity": wish["activite"], "reason": form.text(filled, "reason")},
            "my_price_asked",
        ),
    }
    if wished not in commands:
        raise NotFoundError
    command, fields, done = commands[wished]
    outcome = await form.send(page, filled, command, {"client": client, **fields})
    if outcome.answer is None:
        if outcome.refused is None and "reason" not in (outcome.errors or {}):
            raise NotFoundError
        return await _show(page, wish, outcome)
    position = outcome.answer.position
    if wished != "finalise":
        return see_other("/panier", position, done)
    basket = await _basket(page)
    return see_other("/payer/panier") if basket.until else see_other("/mon-dossier", position, done)


def _seen(filled: Any, name: str) -> dict[str, str | None]:
    """The amount that the page showed."""
    return {"minor": form.text(filled, f"{name}_minor"), "currency": form.text(filled, "currency")}


async def _basket(page: Page) -> ShownBasket:
    look = partial(basket_of, page.own)
    return await consider(page.request, look, page.asker.who, PutInBasket.ALLOWED)


async def _show(page: Page, wish: Mapping[str, str], came: form.Outcome = _NOTHING) -> HTMLResponse:
    basket = await _basket(page)
    async with page.reads.connection() as connection:
        await wait_for(connection, ("workshop_dates", "waiting_list", "catalogue"), page.after)
        names = await catalogue.names(connection, _named(basket))
        activity = uuid_or_none(wish["activite"])
        context = {
            "items": await _items(connection, basket, names),
            "total": basket.total.model_dump(mode="json"),
            "due_now": basket.due_now.model_dump(mode="json"),
            "until": basket.until.isoformat() if basket.until else None,
            "online": page.request.app.state.provider is not None,
            "activities": [a for a in await catalogue.activities(connection) if not a["retired"]],
            "phases": [{"id": p["id"], "name": p["name"]} for p in await catalogue.phases(connection)],
            "wish": dict(wish),
            "chosen": None
            if activity is None or basket.until
            else await _chosen(page, connection, activity, wish),
            "contact": await contact(connection),
            "values": {},
            "errors": dict(came.errors or {}),
        }
    return page.show("client/basket.html", context, notice=notice_of(page), refused=came.refused)


def _named(basket: ShownBasket) -> list[UUID]:
    ids = [i for one in basket.items for i in (one.item.phase, one.item.discount) if i is not None]
    return ids + [place.activity for one in basket.items for place in one.item.places]


async def _items(connection: Reads, basket: ShownBasket, names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """Each place of an item beside its line: what is done has no date to come (INS-2)."""
    wanted = [p.workshop for one in basket.items for p in one.item.places if p.workshop is not None]
    dates = await workshop_dates.several(connection, wanted)
    items = []
    for one in basket.items:
        lines = {line.activity: line for line in one.lines}
        places = [
            {
                "activity": names.get(place.activity, ""),
                "workshop": None if place.workshop is None else dates.get(place.workshop),
                "line": _line(lines[place.activity]) if place.activity in lines else None,
            }
            for place in one.item.places
        ]
        items.append(
            {
                "id": str(one.item.id),
                "phase": one.item.phase and names.get(one.item.phase, ""),
                "places": places,
                "discount": one.item.discount and names.get(one.item.discount, ""),
                "refused": None if one.refused is None else refusal(one.refused)["sentence"],
            }
        )
    return items


def _line(line: QuotedLine) -> dict[str, Any]:
    quote = line.quote
    return {
        "name": line.name,
        **{n: getattr(quote, n).model_dump(mode="json") for n in ("price", "deposit", "due_now")},
        "done_on": None if quote.done is None else quote.done.last_day.isoformat(),
        "reasons": [sentence(language(), reason) for reason in quote.reasons],
    }


async def _chosen(page: Page, connection: Reads, activity: UUID, wish: Mapping[str, str]) -> dict[str, Any]:
    """The activity about to be put in: its price now, its dates with room, the discounts one may choose."""
    client, who = page.own, page.asker.who
    workshop, discount = uuid_or_none(wish["atelier"]), uuid_or_none(wish["rabais"])
    asked = Asked(client, activity, workshops=() if workshop is None else (workshop,), discount=discount)
    try:
        quoted = await consider(page.request, partial(quoting.quoted, asked), who, PutInBasket.ALLOWED)
    except Refused as refused:
        leads_on = isinstance(refused, AlreadyToSchedule | AlreadyRegistered)  # to choosing its date (INS-12)
        open_ = str(refused.fields["registration"]) if leads_on else None
        return {"id": str(activity), "refused": refusal(refused)["sentence"], "registration": open_}
    (line,) = quoted.lines
    ids = [UUID(d["id"]) for d in await catalogue.discounts(connection)]
    look = partial(choosable, ids, client)
    discounts = await consider(page.request, look, who, PutInBasket.ALLOWED)
    dates = await open_dates(
        connection,
        now=now(page.request),
        place="",
        activity=activity,
        retake=line.quote.retake,
        balance=line.quote.price.model_dump(mode="json"),
        full_payment_hours=line.full_payment_hours,
        client=client,
    )
    return {
        "id": str(activity),
        "refused": None,
        "line": _line(line),
        "dates": [d for d in dates if d["closed_because"] is None and _ahead(page, d)],
        "discounts": [
            {
                "id": str(i),
                "name": say("%(discount)s (preuve demandée)", discount=d.name) if d.proof_needed else d.name,
            }
            for i, d in discounts
        ],
    }


def _ahead(page: Page, date: Mapping[str, Any]) -> bool:
    return datetime.fromisoformat(date["starts"]) > now(page.request)
