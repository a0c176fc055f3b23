"""GET /api/clients|workshops|invoices/{id}/history: every event of the subject, newest first (AUD-1)."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import dossier
from projections.query import Reads, wait_for
from read_api import history
from read_api.access_trail import record_access
from read_api.lists import After, Limit, NotFoundError, ReadsOf, answer, position_of
from read_api.queries import READ_HISTORY, READ_WORKSHOP_HISTORY, masks_contact
from read_api.shapes import HistoryEntry, PageOf
from read_api.workshop_dates import own_workshop
from schema.access_trail import Reading
from schema.store import Store

router = APIRouter(prefix="/api", tags=["history"])
_MODELS = ("history", "dossier", "workshop_dates", "catalogue")
Following = Annotated[
    str | None, Query(alias="cursor", max_length=20, description="`next` of the page before.")
]


@router.get("/clients/{client}/history", response_model=PageOf[HistoryEntry])
async def client_history(
    request: Request,
    client: UUID,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_HISTORY))],
    cursor: Following = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The events of a dossier and of its invoices."""
    fresh = await wait_for(connection, _MODELS, position_of(after))
    if await dossier.identity(connection, client) is None:
        raise NotFoundError
    return answer(request, asker, await _page(request, connection, client, asker, cursor, limit), fresh)


@router.get("/workshops/{workshop}/history", response_model=PageOf[HistoryEntry])
async def workshop_history(
    request: Request,
    workshop: UUID,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_WORKSHOP_HISTORY))],
    cursor: Following = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The events of a workshop; for organisers one of their own."""
    fresh = await wait_for(connection, _MODELS, position_of(after))
    await own_workshop(connection, workshop, asker)
    return answer(request, asker, await _page(request, connection, workshop, asker, cursor, limit), fresh)


@router.get("/invoices/{invoice}/history", response_model=PageOf[HistoryEntry])
async def invoice_history(
    request: Request,
    invoice: UUID,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_HISTORY))],
    cursor: Following = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The events of an invoice."""
    fresh = await wait_for(connection, _MODELS, position_of(after))
    if not await dossier.is_invoice(connection, invoice):
        raise NotFoundError
    return answer(request, asker, await _page(request, connection, invoice, asker, cursor, limit), fresh)


async def _page(
    request: Request, connection: Reads, subject: UUID, asker: Asker, cursor: str | None, limit: int
) -> dict[str, object]:
    await record_access(request, connection, asker, Reading.HISTORY, subject)
    found = await history.entries(
        connection,
        cast("Store", request.app.state.store),
        subject,
        language_of(request),
        before=position_of(cursor),
        limit=limit,
        masked=masks_contact(asker.who),
    )
    following = str(found[-1].position) if len(found) == limit else None
    return {"items": [entry.row() for entry in found], "next": following}
