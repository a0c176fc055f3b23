"""All that happened to a dossier, workshop or invoice, …/historique: who, when, before and after (AUD-1)."""

from __future__ import annotations

from typing import Annotated, Any, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for, uuid_or_none
from portal.staff.invoices import day_of
from portal.staff.paging import PER_PAGE
from projections import catalogue, dossier
from projections.history import Wanted
from projections.query import Reads, wait_for
from read_api import history
from read_api.access_trail import record_access
from read_api.histories import MODELS, day_bounds
from read_api.invoices import invoice_of
from read_api.lists import NotFoundError, position_of
from read_api.queries import READ_HISTORY, READ_WORKSHOP_HISTORY, masks_contact
from read_api.workshop_dates import own_workshop
from schema.access_trail import Reading
from schema.store import Store

router = APIRouter(include_in_schema=False)
HistoryPage = Annotated[Page, Depends(page_for(READ_HISTORY))]
WorkshopHistoryPage = Annotated[Page, Depends(page_for(READ_WORKSHOP_HISTORY))]


@router.get("/dossiers/{client}/historique")
async def of_client(page: HistoryPage, client: UUID) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        person = await dossier.identity(connection, client)
        if person is None:
            raise NotFoundError
        name = f"{person['first_name']} {person['last_name']}"
        return await _show(page, connection, client, name, f"/dossiers/{client}", "clients")


@router.get("/ateliers/{workshop}/historique")
async def of_workshop(page: WorkshopHistoryPage, workshop: UUID) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        found = await own_workshop(connection, workshop, page.asker)
        back = f"/ateliers/{workshop}/participants"
        return await _show(page, connection, workshop, found["activity"], back, "workshops")


@router.get("/factures/{invoice}/historique")
async def of_invoice(page: HistoryPage, invoice: UUID) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        found = await invoice_of(connection, invoice)
        name = found["number"] or "Crédit sans facture"
        return await _show(page, connection, invoice, name, f"/factures/{invoice}", "invoices")


async def _show(
    page: Page, connection: Reads, subject: UUID, name: str, back: str, kind: str
) -> HTMLResponse:
    """The page of one subject; reading it is noted (AUD-4)."""
    asked = page.request.query_params
    who = uuid_or_none(asked.get("qui"))
    days = {"du": asked.get("du", ""), "au": asked.get("au", "")}
    school = await catalogue.school(connection)
    since, until = day_bounds(day_of(days["du"]), day_of(days["au"]), school.zone)
    await record_access(page.request, connection, page.asker, Reading.HISTORY, subject)
    entries = await history.entries(
        connection,
        cast("Store", page.request.app.state.store),
        subject,
        "fr",
        wanted=Wanted((), who, since, until),
        before=position_of(asked.get("avant") or None),
        limit=PER_PAGE,
        masked=masks_contact(page.asker.who),
    )
    path = page.request.url.path
    following = None
    if len(entries) == PER_PAGE:
        kept = {**days, "qui": str(who or ""), "avant": str(entries[-1].position)}
        following = f"{path}?{urlencode(kept)}"
    context: dict[str, Any] = {
        "name": name,
        "back": back,
        "kind": kind,
        "subject": str(subject),
        "entries": [entry.row() | {"at": entry.at.isoformat()} for entry in entries],
        "staff": await catalogue.staff(connection),
        "filters": {**days, "qui": str(who or "")},
        "next_href": following,
    }
    return page.show("staff/history.html", context)
