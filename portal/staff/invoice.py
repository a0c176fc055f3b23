"""One invoice, /factures/{id}: what it says, what came after it, what may be done (FAC-1, FAC-4, FAC-9)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused, Role
from commands.access import SYSTEM, anyone, both
from commands.http import consider
from commands.mistakes_shown import untold_mistakes
from commands.payments.note_payment import NotePayment
from portal import form
from portal.acts import carry_out, wished
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.staff.accounting import today
from portal.staff.correct_invoice import mistaken_lines
from portal.staff.invoice_acts import ACTS
from processors.runtime.standing import NotYetError, confirmed_of, mistakes_of
from projections import invoices
from projections.query import Reads, Row, wait_for
from read_api.dossier import note_opening
from read_api.invoices import MODELS, invoice_of
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
        mistakes = await _mistakes(page, connection, found)
        mistaken = mistaken_lines(found, await today(page, connection))
    context = {
        "invoice": found,
        "mistakes": mistakes,
        "mistaken": mistaken,
        "cases": [line for line in found["lines"] if line["case"] and line["case"]["kept"] is None],
        "credit": [payment for payment in found["payments"] if _may_be_given_back(payment)],
        "others": others,
        "methods": tables("fr")["payment_method"],
        "opened": opened,
        "values": dict(values or {}),
        "errors": dict(errors or {}),
    }
    return page.show("staff/invoice.html", context, notice=notice_of(page), refused=refused)


async def _mistakes(page: Page, connection: Reads, found: Row) -> dict[str, list[Row]]:
    """What was registered by mistake: confirmed before and not told yet, and told (INS-10)."""
    lines = mistakes_of(found)
    if not lines:
        return {"untold": [], "told": []}
    client, invoice = UUID(found["client"]["id"]), UUID(found["id"])
    look = partial(untold_mistakes, client, invoice)
    untold = await consider(page.request, look, SYSTEM, anyone(Role.SYSTEM))
    waits = [line for line in lines if UUID(line["registration"]) in untold]
    try:
        confirmed = await confirmed_of(connection, client, waits)
    except NotYetError:  # one is just leaving
        confirmed = waits
    return {"untold": confirmed, "told": [line for line in lines if line not in waits]}


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
    wish = wished(page, filled, ACTS)
    async with page.reads.connection() as connection:
        found = await invoice_of(connection, invoice)
    outcome = await carry_out(page, filled, wish, found)
    if outcome.answer is None:
        opened, values, errors = form.text(filled, "opened") or "", form.values(filled), outcome.errors
        refused = outcome.refused
        return await _show(page, invoice, opened=opened, values=values, errors=errors, refused=refused)
    return see_other(f"/factures/{invoice}", outcome.answer.position, wish.done)
