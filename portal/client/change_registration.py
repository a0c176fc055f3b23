"""MODIFIER by the client: another date, later, or no longer, with what that costs (INS-8, INS-9)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.cancelling_shown import cancellation_of
from commands.http import consider
from commands.message import Command
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from portal import form
from portal.contact import contact
from portal.language import language, say
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.dates import open_dates
from portal.staff.workshops import place_of
from projections import catalogue, dossier
from projections.query import wait_for
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_FILE
from read_api.workshop_dates import now
from schema.labels import label

router = APIRouter(include_in_schema=False)
OwnPage = Annotated[Page, Depends(page_for(READ_OWN_FILE))]
_PATH = "/mon-dossier/inscriptions/{registration}/modifier"
_ACTS: dict[str, tuple[type[Command], str]] = {
    "choose_date": (ChooseDate, "my_date_chosen"),
    "defer": (DeferRegistration, "my_date_deferred"),
    "cancel": (CancelRegistration, "cancelled_by_me"),
}
_MODELS = ("dossier", "money", "workshop_dates", "waiting_list", "catalogue")


@router.get(_PATH)
async def show(page: OwnPage, registration: UUID) -> HTMLResponse:
    return await _show(page, registration)


@router.post(_PATH)
async def change(page: OwnPage, registration: UUID) -> Response:
    filled = await form.typed(page)
    act = form.text(filled, "act") or ""
    if act not in _ACTS:
        raise NotFoundError
    command, done = _ACTS[act]
    fields: dict[str, Any] = {"client": page.own, "registration": registration}
    workshop = form.text(filled, "workshop")
    if act == "choose_date":
        if uuid_or_none(workshop) is None:
            return await _show(page, registration, error=say("Choisissez une date."))
        fields["workshop"] = workshop
    if act == "cancel":
        fields["note"] = None
    outcome = await form.send(page, filled, command, fields)
    if outcome.answer is not None:
        return see_other("/mon-dossier", outcome.answer.position, done)
    return await _show(page, registration, chosen=workshop, refused=outcome.refused)


async def _show(
    page: Page,
    registration: UUID,
    *,
    chosen: str | None = None,
    error: str | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    client, instant = page.own, now(page.request)
    place = place_of(page.request.query_params.get("lieu", ""))
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        rows = await dossier.registrations(connection, client)
        found = next((row for row in rows if row["id"] == str(registration)), None)
        if found is None or found["state"] not in ("scheduled", "to_schedule"):
            raise NotFoundError
        dates = await open_dates(
            connection,
            now=instant,
            place=place,
            activity=UUID(found["activity_id"]),
            retake=found["retake"],
            balance=found["balance"],
            full_payment_hours=found["full_payment_hours"],
            client=client,
        )
        current = found["workshop"]
        ahead = [d for d in dates if datetime.fromisoformat(d["starts"]) > instant]
        others = [d for d in ahead if current is None or d["id"] != current["id"]]
        look = partial(cancellation_of, client, registration)
        outcome = await consider(page.request, look, page.asker.who, CancelRegistration.ALLOWED)
        context = {
            "registration": found,
            "here": page.request.url.path,
            "begun": current is not None and datetime.fromisoformat(current["starts"]) <= instant,
            "countries": await catalogue.countries(connection),
            "filters": {"lieu": place},
            "dates": [d for d in others if d["closed_because"] is None],
            "full": sum(d["closed_because"] is not None for d in others),
            "chosen": chosen,
            "error": error,
            "ending": {
                "why": label(language(), "fee_basis", outcome.basis.value),
                **{n: getattr(outcome, n).model_dump(mode="json") for n in ("paid", "fee", "refund")},
            },
            "contact": await contact(connection),
        }
    shown = page.show("client/registration.html", context, refused=refused)
    if error:
        shown.status_code = 422
    return shown
