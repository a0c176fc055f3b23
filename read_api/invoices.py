"""GET /api/invoices/{id}: an invoice with what is owed on each line, and its payments (FAC-1, FAC-2)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from commands.authentication import Asker, allowed
from projections import invoices
from projections.query import Reads, wait_for
from read_api.dossier import note_opening
from read_api.lists import After, NotFoundError, ReadsOf, answer, position_of
from read_api.queries import READ_INVOICE
from read_api.shapes_audit import OneInvoice

router = APIRouter(prefix="/api/invoices", tags=["invoices"])
_MODELS = ("dossier", "money", "catalogue")


@router.get("/{invoice}", response_model=OneInvoice)
async def read_invoice(
    request: Request,
    invoice: UUID,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_INVOICE))],
    after: After = None,
) -> Response:
    """One invoice; an organiser's look is noted as one at the dossier."""
    fresh = await wait_for(connection, _MODELS, position_of(after))
    body = await invoice_of(connection, invoice)
    await note_opening(request, connection, asker, UUID(str(body["client"])))
    return answer(request, asker, {"invoice": body}, fresh)


async def invoice_of(connection: Reads, invoice: UUID) -> dict[str, object]:
    """What is seen of an invoice. Raises NotFoundError."""
    found = await invoices.one(connection, invoice)
    if found is None:
        raise NotFoundError
    return found
