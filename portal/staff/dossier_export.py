"""Office hands a client all that is known of them, /dossiers/{id}/donnees, once it was read (T27)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from aggregates.client.events import NoteKind, NoteWritten
from aggregates.invoice.payments.events import PaymentDescribed
from commands.access import both
from portal import form
from portal.export import Review, gather
from portal.export_words import own_name
from portal.page import Page, page_for
from portal.public.export import mask_of
from processors.runtime.links import EXPORT_HOURS, Links
from read_api.access_trail import record_access
from read_api.history import Entry
from read_api.queries import PREPARE_EXPORT, READ_DOSSIER
from read_api.workshop_dates import now
from schema.access_trail import Reading

router = APIRouter(include_in_schema=False)
ExportPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, PREPARE_EXPORT)))]
_ALL = Review(frozenset(NoteKind), internal=True, payments=True)
_NONE = Review()
_APART = (NoteWritten.TOPIC, PaymentDescribed.TOPIC)


@router.get("/dossiers/{client}/donnees")
async def show(page: ExportPage, client: UUID) -> HTMLResponse:
    """What the staff wrote about the client, to be read before any of it is handed over."""
    return await _show(page, client)


@router.post("/dossiers/{client}/donnees")
async def prepare(page: ExportPage, client: UUID) -> HTMLResponse:
    """The link, good for a day; what is not ticked stays here. Noted who made it."""
    filled = await form.typed(page)
    ticked = {str(value) for value in filled.getlist("reviewed")}
    kinds = frozenset(k for k in NoteKind if k.value in ticked)
    review = Review(kinds, "internal" in ticked, "payments" in ticked)
    async with page.reads.connection() as connection:
        asked = {
            "notes": sorted(k.value for k in review.notes),
            "internal": review.internal,
            "payments": review.payments,
        }
        await record_access(page.request, connection, page.asker, Reading.CLIENT_EXPORT, client, asked=asked)
    at = now(page.request)
    link = cast("Links", page.request.app.state.links).export(client, mask_of(review), at)
    until = (at + timedelta(hours=EXPORT_HOURS)).isoformat()
    return await _show(page, client, link=link, until=until)


async def _show(page: Page, client: UUID, **made: Any) -> HTMLResponse:
    async with page.reads.connection() as connection:
        found = await gather(page.request, connection, client, _ALL, now(page.request))
    notes = {kind: note for kind, note in found.about["notes"].items() if note is not None}
    cheques = [e for e in found.events if e.topic == PaymentDescribed.TOPIC]
    internal = [e for e in found.events if not _NONE.lets(e) and e.topic not in _APART]
    context = {
        "client": found.about["client"],
        "notes": [(kind, note["text"]) for kind, note in notes.items()],
        "internal": [(entry.at.isoformat(), entry.sentence) for entry in internal],
        "cheques": [
            (entry.at.isoformat(), entry.sentence, _of_another(entry, found.about)) for entry in cheques
        ],
        "counts": {
            "registrations": len(found.about["registrations"]),
            "invoices": len(found.about["invoices"]),
            "mails": len(found.about["communications"]),
            "documents": len(found.documents),
            "events": len(found.events),
        },
        "link": None,
        "until": None,
        **made,
    }
    return page.show("staff/dossier_export.html", context)


def _of_another(described: Entry, about: Mapping[str, Any]) -> bool:
    """Whether the cheque names somebody who is not the client (decision 0087)."""
    drawer = described.fields["drawer"]
    return drawer is not None and not own_name(drawer, about)
