"""Money to deposit, /comptabilite/depots, and cheques held, /comptabilite/cheques (FAC-2, FAC-10)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Refused
from commands.access import Scope, both
from commands.payments.deposit_payments import DepositPayments
from commands.payments.send_cheques import SendCheques
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.accounting import today
from portal.staff.paging import PER_PAGE, next_page
from projections import catalogue, statement
from projections.query import wait_for
from read_api.lists import decode_cursor
from read_api.queries import LIST_CHEQUES, READ_STATEMENT
from read_api.statement import MODELS, shown_cheques
from read_api.workshop_dates import now
from schema.labels import tables

router = APIRouter(include_in_schema=False)
DepositsPage = Annotated[Page, Depends(page_for(READ_STATEMENT))]
DepositPage = Annotated[Page, Depends(page_for(both(READ_STATEMENT, DepositPayments.ALLOWED)))]
ChequesPage = Annotated[Page, Depends(page_for(LIST_CHEQUES))]
SendPage = Annotated[Page, Depends(page_for(both(LIST_CHEQUES, SendCheques.ALLOWED)))]


@router.get("/comptabilite/depots")
async def show(page: DepositsPage) -> HTMLResponse:
    return await _deposits(page)


async def _deposits(page: Page, refused: Refused | None = None) -> HTMLResponse:
    asked = page.request.query_params
    method = asked.get("moyen") if asked.get("moyen") in set(PaymentMethod) else None
    holder = uuid_or_none(asked.get("chez"))
    place = decode_cursor(asked.get("suite"), by_instant=True)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        rows = await statement.to_deposit(
            connection, statement.Noted(method, holder, None), after=place, limit=PER_PAGE
        )
        in_short = await statement.to_deposit_in_short(connection)
    kept = {"moyen": method or "", "chez": str(holder or "")}
    context = {
        "rows": rows,
        "in_short": in_short,
        "methods": tables("fr")["payment_method"],
        "filters": kept,
        "next_href": next_page("/comptabilite/depots", rows, "at", "id", **kept),
        "now": now(page.request).isoformat(),
    }
    return page.show("staff/deposits.html", context, notice=notice_of(page), refused=refused)


@router.post("/comptabilite/depots")
async def deposit(page: DepositPage) -> Response:
    filled = await form.typed(page)
    outcome = await form.send(page, filled, DepositPayments, {"payments": _ticked(filled)})
    if outcome.answer is None:
        return await _deposits(page, outcome.refused)
    return see_other("/comptabilite/depots", outcome.answer.position, "deposited")


@router.get("/comptabilite/cheques")
async def show_cheques(page: ChequesPage) -> HTMLResponse:
    return await _cheques(page)


async def _cheques(page: Page, refused: Refused | None = None) -> HTMLResponse:
    asker = page.asker
    holder = None if asker.scope is Scope.ANY else asker.who.user
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        school = await catalogue.school(connection)
        day = await today(page, connection)
        held = await shown_cheques(connection, now(page.request), day, holder, school)
    context = {
        "holders": held,
        "own": holder is not None,
        "now": now(page.request).isoformat(),
    }
    return page.show("staff/cheques.html", context, notice=notice_of(page), refused=refused)


@router.post("/comptabilite/cheques")
async def send_cheques(page: SendPage) -> Response:
    filled = await form.typed(page)
    outcome = await form.send(page, filled, SendCheques, {"payments": _ticked(filled)})
    if outcome.answer is None:
        return await _cheques(page, outcome.refused)
    return see_other("/comptabilite/cheques", outcome.answer.position, "cheques_sent")


def _ticked(filled: FormData) -> tuple[dict[str, Any], ...]:
    """The payments checked: « invoice:payment » each."""
    pairs = (str(value).partition(":") for value in filled.getlist("payment"))
    return tuple({"invoice": invoice, "payment": payment} for invoice, _, payment in pairs)
