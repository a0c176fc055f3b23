"""GET /api/clients|workshops|invoices/{id}/…as-of: dossier, roster, invoice as they were (AUD-2)."""

from __future__ import annotations

from typing import Annotated, cast

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import workshop_dates
from projections.query import Freshness, wait_for
from read_api import past
from read_api.access_trail import record_access
from read_api.dossier import dossier_of
from read_api.invoices import invoice_of
from read_api.lists import After, NotFoundError, ReadsOf, answer, answer_bytes, position_of
from read_api.parameters import ClientId, InvoiceId, WorkshopId
from read_api.queries import READ_DOSSIER, READ_INVOICE, READ_ROSTER
from read_api.roster import roster_of, sees_money
from read_api.shapes_dossier import Dossier
from read_api.shapes_money import OneInvoice
from read_api.shapes_roster import Roster
from read_api.workshop_dates import now, own_workshop
from schema.access_trail import Reading
from schema.store import Store

router = APIRouter(prefix="/api", tags=["history"])
_MODELS = ("workshop_dates", "catalogue")
"""What is today's even of a past moment."""
At = Annotated[AwareDatetime, Query(description="The moment.", examples=["2026-11-24T15:00:00Z"])]


@router.get("/clients/{client}/as-of", response_model=Dossier)
async def client_as_of(
    request: Request,
    client: ClientId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_DOSSIER))],
    at: At,
    after: After = None,
) -> Response:
    """The dossier as it was; what was erased since reads « [effacé] », names in the catalogue are today's."""
    await wait_for(connection, _MODELS, position_of(after))
    then = await past.dossier_at(connection, _store(request), client, at)
    body = await dossier_of(then.reads, client, asker, at)
    await record_access(request, connection, asker, Reading.PAST, client)
    return answer(request, asker, body, _fresh(request, then))


@router.get("/workshops/{workshop}/roster/as-of", response_model=Roster)
async def roster_as_of(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_ROSTER))],
    at: At,
    after: After = None,
) -> Response:
    """The workshop with its participants as they were, for who may see the list today."""
    await wait_for(connection, _MODELS, position_of(after))
    await own_workshop(connection, workshop, asker)
    then = await past.roster_at(connection, _store(request), workshop, at)
    header = await workshop_dates.one(then.reads, workshop)
    if header is None:
        raise NotFoundError
    # Who may see money is told by today's plan.
    see_money = await sees_money(connection, workshop, asker)
    body = await roster_of(then.reads, header, workshop, asker, see_money=see_money)
    persons = {row["client"] for row in orjson.loads(b"{%s}" % body)["items"]}
    await record_access(request, connection, asker, Reading.PAST, workshop, len(persons))
    return answer_bytes(request, asker, body, _fresh(request, then))


@router.get("/invoices/{invoice}/as-of", response_model=OneInvoice)
async def invoice_as_of(
    request: Request,
    invoice: InvoiceId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_INVOICE))],
    at: At,
    after: After = None,
) -> Response:
    """The invoice with its lines and payments as it was."""
    await wait_for(connection, _MODELS, position_of(after))
    then = await past.invoice_at(connection, _store(request), invoice, at)
    body = await invoice_of(then.reads, invoice, language_of(request))
    await record_access(request, connection, asker, Reading.PAST, invoice)
    return answer(request, asker, {"invoice": body}, _fresh(request, then))


def _store(request: Request) -> Store:
    return cast("Store", request.app.state.store)


def _fresh(request: Request, then: past.Past) -> Freshness:
    """Never "not modified": what is erased meanwhile must not be kept."""
    return Freshness(then.position, None, str(now(request)))
