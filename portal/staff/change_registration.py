"""MODIFIER: another date, « date ultérieure », cancel, confirm again (INS-4, INS-7, INS-8, COM-1)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused, Role
from commands.access import staff_of
from commands.message import Command
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.resend_confirmation import ResendConfirmation
from portal import form
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.dates import open_dates
from portal.staff.workshops import place_of
from projections import catalogue, dossier
from projections.query import wait_for
from read_api.lists import NotFoundError
from read_api.queries import SEES_MONEY
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
ChangePage = Annotated[Page, Depends(page_for(staff_of(ChooseDate.ALLOWED)))]
_PATH = "/dossiers/{client}/inscriptions/{registration}/modifier"
_ACTS: dict[str, tuple[type[Command], str]] = {
    "choose_date": (ChooseDate, "date_chosen"),
    "defer": (DeferRegistration, "deferred"),
    "cancel": (CancelRegistration, "cancelled"),
    "resend": (ResendConfirmation, "confirmation_resent"),
}


@router.get(_PATH)
async def show(page: ChangePage, client: UUID, registration: UUID) -> HTMLResponse:
    return await _show(page, client, registration)


async def _show(
    page: Page,
    client: UUID,
    registration: UUID,
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    opened: str | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    asker = page.asker
    place = place_of(page.request.query_params.get("lieu", ""))
    async with page.reads.connection() as connection:
        await wait_for(
            connection, ("dossier", "money", "workshop_dates", "waiting_list", "catalogue"), page.after
        )
        person = await dossier.identity(connection, client)
        rows = await dossier.registrations(connection, client)
        found = next((row for row in rows if row["id"] == str(registration)), None)
        if person is None or found is None:
            raise NotFoundError
        context = {
            "client": person,
            "registration": found,
            "see_money": asker.who.role in SEES_MONEY,
            "countries": await catalogue.countries(connection),
            "filters": {"lieu": place},
            "workshops": await open_dates(
                connection,
                now=now(page.request),
                place=place,
                activity=UUID(found["activity_id"]),
                retake=found["retake"],
                balance=found["balance"],
                full_payment_hours=found["full_payment_hours"],
                client=client,
            ),
            "values": values or {"workshop": None, "note": ""},
            "may_waive": bool(asker.who.roles & {Role.OFFICE, Role.ACCOUNTING}),
            "errors": errors or {},
            "opened": opened,
        }
    return page.show("staff/registration_edit.html", context, refused=refused)


@router.post(_PATH)
async def change(page: ChangePage, client: UUID, registration: UUID) -> Response:
    filled = await form.typed(page)
    act = form.text(filled, "act") or ""
    if act not in _ACTS:
        raise NotFoundError
    command, done = _ACTS[act]
    fields: dict[str, Any] = {"client": client, "registration": registration}
    workshop, note, waive_reason = (form.text(filled, name) for name in ("workshop", "note", "waive_reason"))
    typed = {"workshop": workshop, "note": note or "", "waive_reason": waive_reason}
    if act == "choose_date":
        if uuid_or_none(workshop) is None:
            return await _show(
                page, client, registration, values=typed, errors={"workshop": "Choisissez une date."}
            )
        fields["workshop"] = workshop
        if waive_reason is not None:
            fields["waive_reason"] = waive_reason
    if act == "cancel":
        fields["note"] = note
    outcome = await form.send(page, filled, command, fields)
    if outcome.answer is not None:
        return see_other(f"/dossiers/{client}", outcome.answer.position, done)
    return await _show(
        page,
        client,
        registration,
        values=typed,
        errors=dict(outcome.errors or {}),
        opened=act if act == "cancel" else None,
        refused=outcome.refused,
    )
