"""A dossier, /dossiers/{id}: registrations, traces, history (DOS-17)."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from aggregates.invoice.policies import currency_of
from portal.notices import notice_of
from portal.page import AnyPage
from projections import catalogue, dossier
from projections import history as history_model
from projections.query import wait_for
from read_api import history
from read_api.access_trail import record_access
from read_api.dossier import note_opening
from read_api.lists import NotFoundError, position_of
from read_api.queries import READ_DOSSIER, SEES_MONEY, masks_contact
from schema.access_trail import Reading
from schema.store import Store

router = APIRouter(include_in_schema=False)
_PER_PAGE = 50


@router.get("/dossiers/{client}")
async def show(page: AnyPage, client: UUID) -> HTMLResponse:
    asker = page.asker(READ_DOSSIER)
    tab = "historique" if page.request.query_params.get("onglet") == "historique" else "inscriptions"
    before = page.request.query_params.get("avant", "")
    store = cast("Store", page.request.app.state.store)
    entries: list[history.Entry] = []
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier", "money", "history", "workshop_dates", "catalogue"), page.after)
        found = await dossier.identity(connection, client)
        if found is None:
            raise NotFoundError
        await note_opening(page.request, connection, asker, client)
        shown = dossier.masked(found) if masks_contact(asker.who) else found
        registrations = await dossier.registrations(connection, client)
        counts = {
            "registrations": len(registrations),
            "history": await history_model.count(connection, client),
        }
        if tab == "historique":
            await record_access(page.request, connection, asker, Reading.HISTORY, client)
            entries = await history.entries(
                connection,
                store,
                client,
                "fr",
                before=position_of(before or None),
                masked=masks_contact(asker.who),
            )
        context: dict[str, Any] = {
            "dossier": shown
            | {"currency": currency_of(found["country"], await catalogue.school(connection))},
            "tab": tab,
            "counts": counts,
            "registrations": registrations,
            "given_up": await dossier.given_up(connection, client),
            "history": [
                {"at": entry.at.isoformat(), "by": entry.by, "sentence": entry.sentence} for entry in entries
            ],
            "next_href": None,
            "see_money": asker.who.role in SEES_MONEY,
        }
    if len(entries) == _PER_PAGE:
        context["next_href"] = f"/dossiers/{client}?onglet=historique&avant={entries[-1].position}"
    following = [("Voir l’historique", f"/dossiers/{client}?onglet=historique")]
    if found["state"] == "active":
        following.insert(0, ("Inscrire", f"/dossiers/{client}/inscrire"))
    return page.show("staff/dossier.html", context, notice=notice_of(page, *following))
