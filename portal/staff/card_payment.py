"""A card is awaited: its link and QR code, and what becomes of it (INS-4, FAC-1, FAC-2).

/dossiers/{id}/carte/{basket}: what staff sell by card. /dossiers/{id}/inscriptions/{registration}/solde: what
a place lacks before a near date.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from aggregates.kernel import Refused
from commands.baskets.release_basket import ReleaseBasket
from commands.card_sales_shown import CardSale, card_sale_shown, lacking
from commands.http import consider
from commands.registrations.register_client import RegisterClient
from portal import form
from portal.page import Notice, Page, page_for, see_other, uuid_or_none
from portal.staff.by_card import online
from portal.wishes import in_table
from processors.runtime.payments import intents, links
from processors.runtime.payments.intents import Intent
from projections import dossier, workshop_dates
from projections.query import wait_for
from read_api.lists import NotFoundError

router = APIRouter(include_in_schema=False)
SalePage = Annotated[Page, Depends(page_for(RegisterClient.ALLOWED))]
_SALE = "/dossiers/{client}/carte/{basket}"
_BALANCE = "/dossiers/{client}/inscriptions/{registration}/solde"
_MOVES = Notice("Le paiement est peut-être en train de se faire : rien n’est abandonné. Attendez un instant.")


@router.get(_SALE)
async def show(page: SalePage, client: UUID, basket: UUID) -> HTMLResponse:
    return await _show(page, client, basket)


async def _show(
    page: Page, client: UUID, basket: UUID, refused: Refused | None = None, notice: Notice | None = None
) -> HTMLResponse:
    sale = await _sale(page, client, basket)
    last = await _last(page, basket)
    state = _state_of_sale(sale, last)
    again = f"inscrire-phase?phase={sale.phase}" if sale.phase else f"inscrire?activite={sale.activity}"
    context = {
        **await _asked(page, client, basket),
        "state": state,
        "live": state not in ("paid", "credit") and (sale.until is not None or _under_way(last) is not None),
        "lines": [line.activity_name for line in sale.lines],
        "workshops": await _dates(page, sale),
        "due_now": sale.due_now.model_dump(mode="json"),
        "most": sale.total.model_dump(mode="json"),
        "until": sale.until.isoformat() if sale.until else None,
        "number": sale.number,
        "again": f"/dossiers/{client}/{again}",
        "awaited": sale.awaited,
    }
    return page.show("staff/card_payment.html", context, refused=refused, notice=notice)


@router.post(_SALE)
async def give_up(page: SalePage, client: UUID, basket: UUID) -> Response:
    """Unless money may be moving: then the page waits for what becomes of it."""
    filled = await form.typed(page)
    sale = await _sale(page, client, basket)
    last = await _last(page, basket)
    if sale.attempt is None:
        return see_other(page.request.url.path)
    if not await _stopped(page, last):
        return await _show(page, client, basket, notice=_MOVES)
    fields = {"client": client, "attempt": sale.attempt}
    outcome = await form.send(page, filled, ReleaseBasket, fields)
    if outcome.refused is not None:
        return await _show(page, client, basket, outcome.refused)
    return see_other(page.request.url.path)


@router.get(_BALANCE)
async def show_balance(page: SalePage, client: UUID, registration: UUID) -> HTMLResponse:
    """Where a near date leads: once it is paid the date is a button away."""
    look = partial(lacking, client, registration)
    owed = await consider(page.request, look, page.session.principal, RegisterClient.ALLOWED)
    last = await _last(page, owed.invoice)
    workshop = uuid_or_none(page.request.query_params.get("atelier"))
    async with page.reads.connection() as connection:
        rows = await dossier.registrations(connection, client)
        found = next((row for row in rows if row["id"] == str(registration)), None)
        date = None if workshop is None else await workshop_dates.one(connection, workshop)
    if found is None:
        raise NotFoundError
    owing = owed.amount.minor > 0
    if owing and not online(page):
        raise NotFoundError
    amount = owed.amount.model_dump(mode="json")
    context = {
        **await _asked(
            page, client, owed.invoice, f"?montant={owed.amount.minor / 100:.2f}&place={registration}"
        ),
        "state": _under_way(last) or "waiting" if owing else "paid",
        "live": owing,
        "lines": [found["activity"]],
        "workshops": [] if date is None else [date],
        "due_now": amount,
        "most": amount,
        "until": None,
        "number": owed.number,
        "again": None,
        "awaited": False,
        "workshop": None if date is None else date["id"],
        "choose": f"/dossiers/{client}/inscriptions/{registration}/modifier",
    }
    return page.show("staff/card_payment.html", context)


async def _sale(page: Page, client: UUID, basket: UUID) -> CardSale:
    look = partial(card_sale_shown, client, basket)
    return await consider(page.request, look, page.session.principal, RegisterClient.ALLOWED)


async def _asked(page: Page, client: UUID, invoice: UUID, proposed: str = "") -> dict[str, Any]:
    """Whom it is about, and the address at which they pay."""
    state = page.request.app.state
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier", "money", "workshop_dates"), page.after)
        person = await dossier.identity(connection, client)
    if person is None:
        raise NotFoundError
    link, _ = links.pay_link(state.store.vault, state.public_url, invoice, state.clock())
    link += proposed
    qr = Markup(links.qr_code(link))  # noqa: S704  (made of an address of ours)
    return {"client": person, "link": link, "qr": qr, "choose": None, "workshop": None}


async def _dates(page: Page, sale: CardSale) -> list[dict[str, Any]]:
    async with page.reads.connection() as connection:
        found = await workshop_dates.several(connection, list(sale.workshops))
    return [found[workshop] for workshop in sale.workshops if workshop in found]


async def _last(page: Page, invoice: UUID) -> Intent | None:
    """The wish that tells how its payment stands."""
    return await in_table(page.request, lambda c: intents.telling_of(c, invoice))


async def _stopped(page: Page, last: Intent | None) -> bool:
    """Nobody pays it any more; False while money may be moving."""
    if last is None or last.is_settled:
        return last is None or last.is_over
    return await in_table(page.request, lambda c: intents.give_up(c, last.id, page.request.app.state.clock()))


def _state_of_sale(sale: CardSale, last: Intent | None) -> str:
    """waiting, begun, declined, confirming, paid, over, given_up or credit."""
    if sale.attempt is None:
        return "paid"
    if last is not None and last.state == "done":
        return "credit"
    under_way = _under_way(last)
    if under_way == "confirming":
        return under_way
    if sale.until is None:
        return "given_up" if sale.given_up or (last and last.outcome == "given_up") else "over"
    return under_way or "waiting"


def _under_way(last: Intent | None) -> str | None:
    """How far the client is; None where nobody is paying."""
    if last is None or last.is_over:
        return None
    if last.may_be_moving:
        return "confirming"
    return "declined" if last.error == "INSTRUMENT_DECLINED" else "begun"
