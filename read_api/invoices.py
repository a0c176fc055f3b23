"""GET /api/invoices, /api/invoices/{id}: invoices and what is owed on them (FAC-1, FAC-2, FAC-9)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import invoices
from projections.query import Reads, Row, wait_for
from read_api.dossier import note_opening
from read_api.lists import (
    After,
    Cursor,
    Limit,
    NotFoundError,
    ReadsOf,
    answer,
    decode_cursor,
    page_of,
    position_of,
)
from read_api.parameters import FromDay, InvoiceId, ToDay
from read_api.queries import LIST_INVOICES, READ_INVOICE
from read_api.shapes import ID, PageOf
from read_api.shapes_money import ListedInvoice, OneInvoice
from schema.labels import Language, label

router = APIRouter(prefix="/api/invoices", tags=["invoices"])
MODELS = ("money", "cases", "dossier")


@router.get("", response_model=PageOf[ListedInvoice])
async def list_invoices(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_INVOICES))],
    client: Annotated[UUID | None, Query(description="Of this client only.", examples=[ID])] = None,
    state: Annotated[
        invoices.State | None,
        Query(description="By deposited money: open, settled, or credit of the client.", examples=["open"]),
    ] = None,
    series: Annotated[
        str | None,
        Query(max_length=20, pattern="^[A-Z-]+$", description="Series of numbers.", examples=["CA"]),
    ] = None,
    since: FromDay = None,
    until: ToDay = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Invoices, newest first."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    rows = await invoices.invoices(
        connection,
        invoices.Wanted(client, state, series, since, until),
        after=decode_cursor(cursor, by_instant=True),
        limit=limit,
    )
    return page_of(request, asker, rows, limit, fresh, "at", "id")


@router.get("/{invoice}", response_model=OneInvoice)
async def read_invoice(
    request: Request,
    invoice: InvoiceId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_INVOICE))],
    after: After = None,
) -> Response:
    """One invoice with all that came after it, and its supplements; an organiser's look is noted."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    body = await invoice_of(connection, invoice, language_of(request))
    await note_opening(request, connection, asker, UUID(body["client"]["id"]))
    return answer(request, asker, {"invoice": body}, fresh)


async def invoice_of(connection: Reads, invoice: UUID, language: Language = "fr") -> Row:
    """What is seen of an invoice, codes with their words. Raises NotFoundError."""
    found = await invoices.invoice(connection, invoice)
    if found is None:
        raise NotFoundError

    def word(row: dict[str, Any] | None, kind: str, name: str) -> None:
        if row is not None:
            row["label"] = label(language, kind, row[name])

    for line in found["lines"]:
        word(line["case"], "fee_basis", "basis")
        for reason in line["reasons"]:
            word(reason, "price_reason", "code")
    for payment in found["payments"]:
        word(payment, "payment_status", "status")
    for refund in found["refunds"]:
        word(refund, "refund_status", "status")
    return found
