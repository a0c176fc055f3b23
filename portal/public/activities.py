"""What the school teaches, /activites, for everybody: phases explained, and hearts (INS-2, DOS-14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from aggregates.catalogue.settings import Category
from aggregates.invoice.policies import currency_of
from aggregates.kernel import Currency, Refused
from portal import form
from portal.contact import contact
from portal.notices import notice_of
from portal.page import Page, page_for, page_of_client, see_other
from portal.public import hearts
from portal.public.sheet import sheet
from projections import catalogue, dossier
from projections.query import Reads, Row, wait_for
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_FILE

router = APIRouter(include_in_schema=False)
_PATH = "/activites"


@router.get(_PATH)
async def show(request: Request, page: Annotated[Page | None, Depends(page_of_client)]) -> HTMLResponse:
    return await _show(request, page)


@router.post(_PATH)
async def heart(page: Annotated[Page, Depends(page_for(READ_OWN_FILE))]) -> Response:
    filled = await form.typed(page)
    if not hearts.pressed(filled):
        raise NotFoundError
    outcome, done = await hearts.take(page, filled)
    if outcome.answer is not None:
        return see_other(_PATH, outcome.answer.position, done)
    return await _show(page.request, page, outcome.refused)


async def _show(request: Request, page: Page | None, refused: Refused | None = None) -> HTMLResponse:
    async with request.app.state.reads.connection() as connection:
        if page is not None:
            await wait_for(connection, ("catalogue", "profile"), page.after)
        currencies = await _currencies(connection, page)
        whole = {a["id"]: a for a in await catalogue.activities(connection)}
        taught = [_shown(a, currencies) for a in whole.values() if not a["retired"]]
        context: dict[str, Any] = {
            "phases": [_phase(p, whole, currencies) for p in await catalogue.phases(connection)],
            "groups": [
                {"category": c.value, "activities": found}
                for c in Category
                if (found := [a for a in taught if a["category"] == c])
            ],
            "hearts": None if page is None else await hearts.of(connection, page.own),
            "log_in": f"/connexion?next={quote(_PATH)}",
            "contact": await contact(connection),
        }
    if page is None:
        return sheet("public/activities.html", context)
    return page.show("public/activities.html", context, notice=notice_of(page), refused=refused)


async def _currencies(connection: Reads, page: Page | None) -> list[str]:
    """A client's own, by their country; all of them for everybody else (CAT-2)."""
    person = None if page is None else await dossier.identity(connection, page.own)
    if person is None:
        return [c.value for c in Currency]
    school = await catalogue.school(connection)
    return [currency_of(person["country"], school).value]


def _shown(activity: Row, currencies: Sequence[str]) -> Row:
    kept = {name: activity[name] for name in ("id", "name", "category", "days")}
    return kept | {"prices": [p for p in activity["prices"] if p["currency"] in currencies]}


def _phase(phase: Row, taught: Mapping[str, Row], currencies: Sequence[str]) -> Row:
    """With its activities in order, and the sum of what each costs inside the phase (INS-2)."""
    of = [taught[a] for a in phase["activities"] if a in taught]
    inside = {(p["activity"], p["price"]["currency"]): p["price"]["minor"] for p in phase["prices"]}
    alone = {(a["id"], p["currency"]): p["minor"] for a in of for p in a["prices"]}
    prices = []
    for currency in currencies:
        found = [inside.get((a["id"], currency), alone.get((a["id"], currency))) for a in of]
        if found and None not in found:
            prices.append({"minor": sum(filter(None, found)), "currency": currency})
    return {
        **{name: phase[name] for name in ("id", "name", "number")},
        "activities": [{"id": a["id"], "name": a["name"]} for a in of],
        "prices": prices,
    }
