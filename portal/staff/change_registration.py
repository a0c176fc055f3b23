"""MODIFIER: another date, « date ultérieure », cancel, confirm again (INS-4, INS-7, INS-8, COM-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.invoice.refusals import FullPaymentNeeded
from aggregates.kernel import Refused, Role
from commands.access import staff_of
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.resend_confirmation import ResendConfirmation
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.by_card import online
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


@dataclass(frozen=True)
class Which:
    """The registration that the page is about."""

    client: UUID
    registration: UUID

    def only(self, _filled: FormData) -> dict[str, Any]:
        return {"client": self.client, "registration": self.registration}


def _date(which: Which, filled: FormData) -> dict[str, Any]:
    workshop, reason = (form.text(filled, name) for name in ("workshop", "waive_reason"))
    if uuid_or_none(workshop) is None:
        raise form.WrongFieldError("workshop", "Choisissez une date.")
    return {**which.only(filled), "workshop": workshop} | ({"waive_reason": reason} if reason else {})


def _noted(which: Which, filled: FormData) -> dict[str, Any]:
    return {**which.only(filled), "note": form.text(filled, "note")}


_ACTS: Mapping[str, FormAct[Which]] = {
    "choose_date": FormAct(ChooseDate, "date_chosen", _date),
    "defer": FormAct(DeferRegistration, "deferred", Which.only),
    "cancel": FormAct(CancelRegistration, "cancelled", _noted),
    "resend": FormAct(ResendConfirmation, "confirmation_resent", Which.only),
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
    values = values or {"workshop": None, "note": ""}
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
            "values": values,
            "may_waive": bool(asker.who.roles & {Role.OFFICE, Role.ACCOUNTING}),
            "errors": errors or {},
            "opened": opened,
        }
    ways = []
    if isinstance(refused, FullPaymentNeeded) and online(page):
        asked = f"/dossiers/{client}/inscriptions/{registration}/solde?atelier={values['workshop']}"
        ways = [("Faire payer le solde par carte, puis choisir cette date", asked)]
    return page.show("staff/registration_edit.html", context, refused=refused, ways=ways)


@router.post(_PATH)
async def change(page: ChangePage, client: UUID, registration: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, Which(client, registration))
    if outcome.answer is not None:
        return see_other(f"/dossiers/{client}", outcome.answer.position, wish.done)
    typed = form.values(filled)
    return await _show(
        page,
        client,
        registration,
        values={"workshop": None, "note": "", **typed},
        errors=dict(outcome.errors or {}),
        opened="cancel" if typed["act"] == "cancel" else None,
        refused=outcome.refused,
    )
