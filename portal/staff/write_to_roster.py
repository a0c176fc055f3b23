"""Write to the checked of a roster, /ateliers/{id}/ecrire: last minute, with a reason (COM-7, LIS-2)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.kernel import Refused, Role
from aggregates.mailing.placeholders import ROSTER_PLACEHOLDERS
from commands.access import both
from commands.mailing.compose_mailing import ComposeMailing
from portal import form
from portal.page import Notice, Page, page_for, uuid_or_none
from portal.staff.composing import composed
from portal.staff.draft import Draft, check, checks, context_of, preview
from projections import catalogue, participants, workshop_dates
from projections.query import Reads, Row, wait_for
from read_api.mailings import allowance_of
from read_api.queries import READ_ROSTER
from read_api.roster import MODELS
from read_api.workshop_dates import own_workshop

router = APIRouter(include_in_schema=False)
WritePage = Annotated[Page, Depends(page_for(both(READ_ROSTER, ComposeMailing.ALLOWED)))]
_PATH = "/ateliers/{workshop}/ecrire"


@router.get(_PATH)
async def show(page: WritePage, workshop: UUID) -> HTMLResponse:
    return await _show(page, workshop, FormData(), Draft())


@router.post(_PATH)
async def act(page: WritePage, workshop: UUID) -> Response:
    """The roster posts its checked `registration`; from then on the page's own form has them as `to`."""
    return await composed(page, partial(_show, page, workshop), partial(_whom, workshop), workshop)


async def _whom(
    workshop: UUID, _connection: Reads, filled: FormData
) -> tuple[dict[str, Any], dict[str, str]]:
    roster = {
        "workshop": workshop,
        "registrations": tuple(filter(None, (uuid_or_none(str(v)) for v in filled.getlist("to")))),
        "reason": form.text(filled, "reason"),
    }
    return {"roster": roster}, {}


async def _show(
    page: Page,
    workshop: UUID,
    filled: FormData,
    draft: Draft,
    *,
    refused: Refused | None = None,
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> HTMLResponse:
    own = "registration" if "registration" in filled else "to"
    looked_at = "subject" in filled
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        header = await own_workshop(connection, workshop, page.asker)
        closed = await workshop_dates.is_closed(connection, workshop)
        school = await catalogue.school(connection)
        rows = await participants.participants(connection, workshop, see_money=False, see_contact=False)
        to = {str(v) for v in filled.getlist(own)} if filled else None
        persons = [_person(row, to) for row in rows]
        chosen = [p for p in persons if p["checked"]]
        reader = uuid_or_none(form.text(filled, "reader"))
        reader = reader if str(reader) in {p["client"] for p in persons} else None
        if reader is None and chosen:
            reader = UUID(chosen[0]["client"])
        read = None
        if looked_at and reader is not None and not refused:
            try:
                read = await preview(page, connection, draft, reader, ROSTER_PLACEHOLDERS, workshop)
            except Refused as unknown:
                refused = unknown
    allowance = await allowance_of(page.request, page.asker, max(1, len(chosen)), None)
    fits = allowance["fits_from"]
    needs_approval = page.asker.who.role is Role.ORGANISER
    context = context_of(
        draft,
        ROSTER_PLACEHOLDERS,
        kind="roster",
        title="Écrire aux participants",
        back={"href": f"/ateliers/{workshop}/participants", "label": "Liste de participants"},
        persons=persons,
        count=len(chosen),
        allowance={**allowance, "fits_from": fits and fits.isoformat()},
        preview=read,
        reader=str(reader or ""),
        checks=_checks(draft, len(chosen), allowance["left"], school.capitals_allowed) if looked_at else [],
        workshop={
            "name": header["activity"],
            "needs_approval": needs_approval,
            "closed": closed,
            "reason": form.text(filled, "reason") or "",
            "notes": _notes(page, workshop, header),
        },
        errors=dict(errors or {}),
    )
    return page.show("staff/compose.html", context, notice=notice, refused=refused)


def _person(row: Row, to: set[str] | None) -> dict[str, Any]:
    """At first everybody is checked (LIS-2)."""
    return {
        "id": row["registration"],
        "client": row["client"],
        "last_name": row["last_name"],
        "first_name": row["first_name"],
        "excluded": None,
        "excluded_label": None,
        "last_mailing": None,
        "checked": to is None or row["registration"] in to,
    }


def _notes(page: Page, workshop: UUID, header: Row) -> list[dict[str, str | None]]:
    """Where what every mail says is changed instead, for who may: venue and activity are administrations'."""
    may, venue = page.may(), header["venue"]
    where = [
        ("note du lieu", "change-venue", f"/catalogue/lieux/{venue['id']}" if venue else None),
        ("note de l’activité", "change-activity", f"/catalogue/activites/{header['activity_id']}"),
        ("notes de l’atelier", "change-plan", f"/ateliers/{workshop}/modifier"),
    ]
    return [{"label": label, "href": href if needs in may else None} for label, needs, href in where]


def _checks(draft: Draft, count: int, left: int, capitals: tuple[str, ...]) -> list[dict[str, Any]]:
    plural = "s" if count > 1 else ""
    return [
        check(count > 0, f"{count} destinataire{plural}", "Aucun destinataire coché."),
        *checks(draft, ROSTER_PLACEHOLDERS, capitals),
        check(count <= left, f"Il reste {left} envois par 24 heures", f"Il ne reste que {left} envois."),
        check(draft.tried == draft.digest, "Essai envoyé à vous-même", "Pas encore d’essai de ce texte."),
    ]
