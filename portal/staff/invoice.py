"""One invoice, /factures/{id}: what it says, what came after it, what may be done (FAC-1, FAC-4, FAC-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.access import ForbiddenError, both
from commands.payments.note_payment import NotePayment
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.staff.invoice_acts import ACTS
from projections import invoices
from projections.query import Reads, Row, wait_for
from read_api.dossier import note_opening
from read_api.invoices import MODELS, invoice_of
from read_api.lists import NotFoundError
from read_api.queries import READ_INVOICE
from schema.labels import tables

router = APIRouter(include_in_schema=False)
InvoicePage = Annotated[Page, Depends(page_for(READ_INVOICE))]
ActPage = Annotated[Page, Depends(page_for(both(READ_INVOICE, NotePayment.ALLOWED)))]
"""Whoever may do the least of it; each command asks for its own roles."""


@router.get("/factures/{invoice}")
async def show(page: InvoicePage, invoice: UUID) -> HTMLResponse:
    return await _show(page, invoice)


async def _show(
    page: Page,
    invoice: UUID,
    *,
    opened: str = "",
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    asker = page.asker
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        found = await invoice_of(connection, invoice)
        client = UUID(found["client"]["id"])
        await note_opening(page.request, connection, asker, client)
        others = await _others(connection, found)
    context = {
        "invoice": found,
        "cases": [line for line in found["lines"] if line["case"] and line["case"]["kept"] is None],
        "credit": [payment for payment in found["payments"] if _may_be_given_back(payment)],
        "others": others,
        "methods": tables("fr")["payment_method"],
        "opened": opened,
        "values": dict(values or {}),
        "errors": dict(errors or {}),
    }
    return page.show("staff/invoice.html", context, notice=notice_of(page), refused=refused)


def _may_be_given_back(payment: Row) -> bool:
    return bool(payment["status"] == "deposited" and payment["held"]["minor"] > 0)


async def _others(connection: Reads, found: Row) -> list[Row]:
    """The client's other invoices of that currency which ask for money."""
    wanted = invoices.Wanted(client=UUID(found["client"]["id"]), state="open")
    currency = found["balance"]["currency"]
    return [
        row
        for row in await invoices.invoices(connection, wanted, limit=200)
        if row["id"] != found["id"] and row["balance"]["currency"] == currency
    ]


@router.post("/factures/{invoice}")
async def act(page: ActPage, invoice: UUID) -> Response:
    filled = await form.typed(page)
    wished = ACTS.get(form.text(filled, "act") or "")
    if wished is None:
        raise NotFoundError
    if not page.lets_in(wished.command.ALLOWED):
        raise ForbiddenError
    async with page.reads.connection() as connection:
        found = await invoice_of(connection, invoice)
    values = {name: str(value) for name, value in filled.items()}
    opened = form.text(filled, "opened") or ""
    try:
        fields = wished.fields(found, filled)
    except form.NotAnAmountError as error:
        errors = {error.name: error.SAYS}
        return await _show(page, invoice, opened=opened, values=values, errors=errors)
    outcome = await form.send(page, filled, wished.command, fields)
    if outcome.answer is None:
        errors = dict(outcome.errors or {})
        return await _show(
            page, invoice, opened=opened, values=values, errors=errors, refused=outcome.refused
        )
    return see_other(f"/factures/{invoice}", outcome.answer.position, wished.done)
