"""What to have before one's eyes when calling somebody a week before, …/inscriptions/{id}/appel (LIS-4)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from commands.access import both, staff_of
from commands.registrations.choose_date import ChooseDate
from portal.page import Page, page_for
from projections import dossier, profile, proofs, workshop_dates
from projections.query import wait_for
from read_api.dossier import note_opening
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER, SEES_MONEY

router = APIRouter(include_in_schema=False)
CallPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, staff_of(ChooseDate.ALLOWED))))]
_MODELS = ("dossier", "profile", "proofs", "money", "workshop_dates", "catalogue")
_LACKING = ("asked", "rejected")


@router.get("/dossiers/{client}/inscriptions/{registration}/appel")
async def show(page: CallPage, client: UUID, registration: UUID) -> HTMLResponse:
    """Whom to call, what lacks, what they will ask; each outcome is one click away."""
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        person = await dossier.identity(connection, client)
        found = [r for r in await dossier.registrations(connection, client) if r["id"] == str(registration)]
        if person is None or person["state"] != "active" or not found or found[0]["workshop"] is None:
            raise NotFoundError
        await note_opening(page.request, connection, page.asker, client)
        workshop = await workshop_dates.one(connection, UUID(found[0]["workshop"]["id"]))
        proof = await proofs.of_registration(connection, registration)
        relative = (await profile.profile(connection, client))["contact_address"]
    deposit, paid = found[0]["deposit"]["minor"], found[0]["paid"]["minor"]
    context = {
        "client": person,
        "relative": relative,
        "registration": found[0],
        "workshop": workshop,
        "see_money": page.asker.who.role in SEES_MONEY,
        "lacks": {
            "email": not person["email"] and relative is None,
            "deposit": None if paid >= deposit else {**found[0]["deposit"], "minor": deposit - paid},
            "proof": proof is not None and proof["state"] in _LACKING,
        },
    }
    return page.show("staff/call_sheet.html", context)
