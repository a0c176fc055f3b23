"""GET /api/clients|workshops|invoices/{id}/history: every event of the subject, newest first (AUD-1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import dossier, history as history_model
from projections.history import Wanted
from projections.query import Reads, wait_for
from read_api import history
from read_api.access_trail import Since, Until, record_access
from read_api.exports import FILE, Form, Row, download, headings
from read_api.lists import MOST, After, Limit, NotFoundError, ReadsOf, a_position, answer, position_of
from read_api.parameters import ClientId, InvoiceId, WorkshopId
from read_api.queries import READ_HISTORY, READ_WORKSHOP_HISTORY, masks_contact
from read_api.shapes import ID, HistoryEntry, PageOf
from read_api.workshop_dates import own_workshop
from schema.access_trail import Reading
from schema.store import Store

router = APIRouter(prefix="/api", tags=["history"])
MODELS = ("history", "dossier", "workshop_dates", "catalogue")
COLUMNS = ("at", "by", "role", "behalf", "sentence", "changes", "topic", "command", "cause", "position")
Following = Annotated[str | None, a_position("`next` of the page before.", alias="cursor")]
Topic = Annotated[str, StringConstraints(pattern=r"^[a-z_.]{1,80}$")]


def day_bounds(first: date | None, last: date | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """The instants from the first day on and before the end of the last, in that zone."""
    start = None if first is None else datetime.combine(first, time.min, ZoneInfo(zone))
    end = None if last is None else datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(zone))
    return start, end


def _wanted(
    topic: Annotated[
        list[Topic] | None, Query(max_length=50, description="Kinds of event.", examples=[["invoice.issued"]])
    ] = None,
    by: Annotated[
        UUID | None, Query(description="Who did it, or in whose name it was done.", examples=[ID])
    ] = None,
    since: Since = None,
    until: Until = None,
) -> Wanted:
    return Wanted(topic or (), by, since, until)


WantedOf = Annotated[Wanted, Depends(_wanted)]
ReaderOf = Annotated[Asker, Depends(allowed(READ_HISTORY))]
WorkshopReaderOf = Annotated[Asker, Depends(allowed(READ_WORKSHOP_HISTORY))]


@router.get("/clients/{client}/history", response_model=PageOf[HistoryEntry])
async def client_history(
    request: Request,
    client: ClientId,
    connection: ReadsOf,
    asker: ReaderOf,
    wanted: WantedOf,
    cursor: Following = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The events of a dossier and of its invoices."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    await _known_client(connection, client)
    page = await _page(request, connection, client, asker, wanted, cursor, limit)
    return answer(request, asker, page, fresh)


@router.get("/workshops/{workshop}/history", response_model=PageOf[HistoryEntry])
async def workshop_history(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: WorkshopReaderOf,
    wanted: WantedOf,
    cursor: Following = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The events of a workshop; for organisers one of their own."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    await own_workshop(connection, workshop, asker)
    page = await _page(request, connection, workshop, asker, wanted, cursor, limit)
    return answer(request, asker, page, fresh)


@router.get("/invoices/{invoice}/history", response_model=PageOf[HistoryEntry])
async def invoice_history(
    request: Request,
    invoice: InvoiceId,
    connection: ReadsOf,
    asker: ReaderOf,
    wanted: WantedOf,
    cursor: Following = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The events of an invoice."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    await _known_invoice(connection, invoice)
    page = await _page(request, connection, invoice, asker, wanted, cursor, limit)
    return answer(request, asker, page, fresh)


@router.get("/clients/{client}/history/export", response_class=StreamingResponse, responses=FILE)
async def export_client_history(
    request: Request,
    client: ClientId,
    connection: ReadsOf,
    asker: ReaderOf,
    wanted: WantedOf,
    form: Form = "csv",
    after: After = None,
) -> Response:
    """The history of a dossier as a file; the export is noted in the access trail."""
    await wait_for(connection, MODELS, position_of(after))
    await _known_client(connection, client)
    return await _file(request, connection, client, asker, wanted, form)


@router.get("/workshops/{workshop}/history/export", response_class=StreamingResponse, responses=FILE)
async def export_workshop_history(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: WorkshopReaderOf,
    wanted: WantedOf,
    form: Form = "csv",
    after: After = None,
) -> Response:
    """The history of a workshop as a file; the export is noted in the access trail."""
    await wait_for(connection, MODELS, position_of(after))
    await own_workshop(connection, workshop, asker)
    return await _file(request, connection, workshop, asker, wanted, form)


@router.get("/invoices/{invoice}/history/export", response_class=StreamingResponse, responses=FILE)
async def export_invoice_history(
    request: Request,
    invoice: InvoiceId,
    connection: ReadsOf,
    asker: ReaderOf,
    wanted: WantedOf,
    form: Form = "csv",
    after: After = None,
) -> Response:
    """The history of an invoice as a file; the export is noted in the access trail."""
    await wait_for(connection, MODELS, position_of(after))
    await _known_invoice(connection, invoice)
    return await _file(request, connection, invoice, asker, wanted, form)


async def _known_client(connection: Reads, client: UUID) -> None:
    if await dossier.identity(connection, client) is None:
        raise NotFoundError


async def _known_invoice(connection: Reads, invoice: UUID) -> None:
    if not await dossier.is_invoice(connection, invoice):
        raise NotFoundError


async def _page(
    request: Request,
    connection: Reads,
    subject: UUID,
    asker: Asker,
    wanted: Wanted,
    cursor: str | None,
    limit: int,
) -> dict[str, object]:
    found = await _entries(request, connection, subject, asker, wanted, position_of(cursor), limit)
    persons = {person for entry in found for person in entry.persons}
    await record_access(request, connection, asker, Reading.HISTORY, subject, len(persons))
    following = str(found[-1].position) if len(found) == limit else None
    return {"items": [entry.row() for entry in found], "next": following}


async def _file(
    request: Request, connection: Reads, subject: UUID, asker: Asker, wanted: Wanted, form: Form
) -> StreamingResponse:
    persons = await history_model.persons(connection, subject, wanted)
    asked = asdict(wanted) | {"form": form}
    await record_access(request, connection, asker, Reading.HISTORY_EXPORT, subject, persons, asked)
    rows = _rows(request, connection, subject, asker, wanted)
    return download(form, f"historique-{subject}", headings(language_of(request), COLUMNS), rows)


async def _rows(
    request: Request, connection: Reads, subject: UUID, asker: Asker, wanted: Wanted
) -> AsyncIterator[Row]:
    """Every entry, newest first, a page at a time."""
    before: int | None = None
    while found := await _entries(request, connection, subject, asker, wanted, before, MOST):
        for entry in found:
            yield entry.cells()
        before = found[-1].position


async def _entries(
    request: Request,
    connection: Reads,
    subject: UUID,
    asker: Asker,
    wanted: Wanted,
    before: int | None,
    limit: int,
) -> list[history.Entry]:
    return await history.entries(
        connection,
        cast("Store", request.app.state.store),
        subject,
        language_of(request),
        wanted=wanted,
        before=before,
        limit=limit,
        masked=masks_contact(asker.who),
    )
