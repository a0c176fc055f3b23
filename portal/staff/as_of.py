"""A dossier, a roster, an invoice as they were at a moment: …/au?le=… (AUD-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, cast
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import READER_ZONE, Page, page_for
from portal.staff.dossier import PAST_TABS, frame_of, lengths
from portal.staff.roster import shown_of
from projections import dossier, history, participants, workshop_dates
from projections.query import Reads, wait_for
from read_api import past
from read_api.access_trail import record_access
from read_api.dossier import dossier_of
from read_api.invoices import invoice_of
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER, READ_INVOICE, READ_ROSTER, masks_contact
from read_api.roster import sees_money
from read_api.workshop_dates import now, own_workshop
from schema.access_trail import Reading
from schema.labels import tables
from schema.store import Store

router = APIRouter(include_in_schema=False)
DossierPage = Annotated[Page, Depends(page_for(READ_DOSSIER))]
RosterPage = Annotated[Page, Depends(page_for(READ_ROSTER))]
InvoicePage = Annotated[Page, Depends(page_for(READ_INVOICE))]
_MODELS = ("workshop_dates", "catalogue", "history")
_MOST = 500
"""So many changes the slider steps through, the newest."""
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@router.get("/dossiers/{client}/au")
async def of_dossier(page: DossierPage, client: UUID) -> HTMLResponse:
    asked = page.request.query_params.get("onglet", "")
    tab = asked if asked in PAST_TABS else PAST_TABS[0]
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        if await dossier.identity(connection, client) is None:
            raise NotFoundError
        at = _moment(page)
        then = await _then(page, connection, client, at, f"/dossiers/{client}", {"onglet": tab})
        await record_access(page.request, connection, page.asker, Reading.PAST, client)
        made = await past.dossier_at(connection, _store(page), client, at)
        person = await dossier.identity(made.reads, client)
        if person is None:
            return _nothing(page, then)
        found = await dossier_of(made.reads, client, page.asker, at)
        frame = await frame_of(page, connection, found, person["country"], at)
    counts = lengths(found) | {"communications": 0, "history": 0}
    return page.show("staff/dossier.html", frame | {"tab": tab, "counts": counts}, then=then)


@router.get("/ateliers/{workshop}/participants/au")
async def of_roster(page: RosterPage, workshop: UUID) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        await own_workshop(connection, workshop, page.asker)
        see_money = await sees_money(connection, workshop, page.asker)
        at = _moment(page)
        then = await _then(page, connection, workshop, at, f"/ateliers/{workshop}/participants")
        made = await past.roster_at(connection, _store(page), workshop, at)
        header = await workshop_dates.one(made.reads, workshop)
        if header is None:
            return _nothing(page, then)
        rows = await participants.participants(
            made.reads, workshop, see_money=see_money, see_contact=not masks_contact(page.asker.who)
        )
        closed = await workshop_dates.is_closed(made.reads, workshop)
        helping = await participants.assistants(made.reads, workshop)
        persons = len({row["client"] for row in (*rows, *helping)})
        await record_access(page.request, connection, page.asker, Reading.PAST, workshop, persons)
    shown = shown_of(header, rows, at, see_money=see_money)
    nothing_to_do: dict[str, Any] = {
        "may_note": False,
        "capped": False,
        "checked": None,
        "entry": None,
        "errors": {},
    }
    context = {**shown, "assistants": helping, "closed": closed, **nothing_to_do}
    return page.show("staff/roster.html", context, then=then)


@router.get("/factures/{invoice}/au")
async def of_invoice(page: InvoicePage, invoice: UUID) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        await invoice_of(connection, invoice)
        at = _moment(page)
        then = await _then(page, connection, invoice, at, f"/factures/{invoice}")
        await record_access(page.request, connection, page.asker, Reading.PAST, invoice)
        made = await past.invoice_at(connection, _store(page), invoice, at)
        try:
            found = await invoice_of(made.reads, invoice)
        except NotFoundError:
            return _nothing(page, then)
    context = {
        "invoice": found,
        "cases": [line for line in found["lines"] if line["case"] and line["case"]["kept"] is None],
        "credit": [],
        "others": [],
        "mistakes": {"untold": [], "told": []},
        "mistaken": [],
        "methods": tables("fr")["payment_method"],
        "opened": "",
        "values": {},
        "errors": {},
    }
    return page.show("staff/invoice.html", context, then=then)


def _nothing(page: Page, then: dict[str, Any]) -> HTMLResponse:
    return page.show("staff/as_of_none.html", {}, then=then)


def _store(page: Page) -> Store:
    return cast("Store", page.request.app.state.store)


def _moment(page: Page) -> datetime:
    """The instant asked for; on the reader's clock where it names no zone. Now, where none is asked for."""
    try:
        found = datetime.fromisoformat(page.request.query_params.get("le", ""))
    except ValueError:
        return now(page.request)
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(READER_ZONE))
    return min(max(found, _EARLIEST), now(page.request))


async def _then(
    page: Page,
    connection: Reads,
    subject: UUID,
    at: datetime,
    live: str,
    kept: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What the banner of a past page says: its moment, the changes around it, and the way back."""
    moments = await history.moments(connection, subject, limit=_MOST)
    earlier = [m for m in moments if m <= at]
    before, following = earlier[-2:-1], [m for m in moments if m > at][:1]
    query = {name: value for name, value in (kept or {}).items() if value}

    def href(moment: datetime) -> str:
        return f"{live}/au?{urlencode({'le': _text(moment), **query})}"

    return {
        "at": _text(at),
        "local": _whole_second(at).astimezone(ZoneInfo(READER_ZONE)).replace(tzinfo=None).isoformat(),
        "live": live,
        "action": f"{live}/au",
        "kept": query,
        "moments": [_text(moment) for moment in moments],
        "place": max(len(earlier) - 1, 0),
        "before": href(before[0]) if before else None,
        "after": href(following[0]) if following else None,
    }


def _whole_second(instant: datetime) -> datetime:
    """As the field shows it: from then on what happened within the second shows too."""
    return instant.replace(microsecond=0) + timedelta(seconds=1 if instant.microsecond else 0)


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
