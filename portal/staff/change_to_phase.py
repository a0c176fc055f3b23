"""From à la carte to a phase in one guided step, /dossiers/{id}/a-la-phase (INS-11)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.refusals import RedFlagUnconfirmed
from aggregates.kernel import Refused, Role
from commands import quoting
from commands.http import consider
from commands.registrations.change_to_phase import ChangeToPhase
from portal import form
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.discounts import choosable
from portal.staff.paying_at_once import beside_fields, noted_methods, received
from portal.staff.phase_lines import phase_lines, typed_dates
from projections import catalogue, dossier
from projections.query import Row, wait_for
from read_api.lists import NotFoundError

router = APIRouter(include_in_schema=False)
PhasePage = Annotated[Page, Depends(page_for(ChangeToPhase.ALLOWED))]
_PATH = "/dossiers/{client}/a-la-phase"
_MODELS = ("dossier", "workshop_dates", "waiting_list", "catalogue", "money")
_NOTE = "Passage à la phase : l’inscription continue sur la facture de la phase."


@router.get(_PATH)
async def show(page: PhasePage, client: UUID) -> HTMLResponse:
    asked = page.request.query_params
    wanted = quoting.Asked(
        client, phase=uuid_or_none(asked.get("phase")), discount=uuid_or_none(asked.get("rabais"))
    )
    return await _show(page, wanted)


async def _show(
    page: Page,
    wanted: quoting.Asked,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    values, chosen = {"note": _NOTE, **(typed or {})}, None
    async with page.reads.connection() as connection:
        await wait_for(connection, _MODELS, page.after)
        person = await dossier.identity(connection, wanted.client)
        if person is None:
            raise NotFoundError
        phases = await catalogue.phases(connection)
        phase = next((row for row in phases if row["id"] == str(wanted.phase)), None)
        if phase is not None:
            try:
                made, kept = await _quoted(page, wanted)
            except Refused as why:
                refused = refused or why
            else:
                chosen = await phase_lines(page, connection, wanted.client, made, kept)
                chosen |= {"id": phase["id"], "name": phase["name"]}
                rows = await dossier.registrations(connection, wanted.client)
                chosen["held"] = [
                    row for row in rows if _passes(row, [str(line.activity) for line in made.lines])
                ]
        context = {
            "client": person,
            "phases": phases,
            "discounts": await choosable(page, connection),
            "filters": {"phase": str(wanted.phase or ""), "rabais": str(wanted.discount or "")},
            "chosen": chosen,
            "methods": noted_methods(),
            "may_waive": bool(page.session.principal.roles & {Role.OFFICE, Role.ACCOUNTING}),
            "red_flag": isinstance(refused, RedFlagUnconfirmed) or "red_flag_confirmed" in values,
            "values": values,
            "errors": dict(errors or {}),
        }
    return page.show("staff/change_to_phase.html", context, refused=refused)


def _passes(row: Row, activities: list[str]) -> bool:
    """An open registration à la carte of the phase: it ends with this step."""
    is_open = row["state"] in ("scheduled", "to_schedule")
    return is_open and not row["student"] and row["activity_id"] in activities


async def _quoted(page: Page, wanted: quoting.Asked) -> tuple[quoting.Quoted, Mapping[UUID, UUID]]:
    look = partial(quoting.passing, wanted)
    return await consider(page.request, look, page.session.principal, ChangeToPhase.ALLOWED)


@router.post(_PATH)
async def change(page: PhasePage, client: UUID) -> Response:
    filled = await form.typed(page)
    wanted = quoting.Asked(
        client,
        phase=uuid_or_none(form.text(filled, "phase")),
        discount=uuid_or_none(form.text(filled, "discount")),
    )
    typed = form.values(filled)
    fields: dict[str, Any] = {
        "client": client,
        "phase": wanted.phase,
        "note": form.text(filled, "note"),
        "dates": typed_dates(typed),
        "discount": wanted.discount,
        "red_flag_confirmed": "red_flag_confirmed" in filled,
        "waive_reason": form.text(filled, "waive_reason"),
    }
    try:
        fields |= await _payment(page, wanted, form.text(filled, "paid_by"))
    except Refused as refused:
        return await _show(page, wanted, typed=typed, refused=refused)
    outcome = await form.send(page, filled, ChangeToPhase, fields)
    if outcome.answer is not None:
        return see_other(f"/dossiers/{client}", outcome.answer.position, "to_phase")
    errors = beside_fields(outcome.errors)
    return await _show(page, wanted, typed=typed, errors=errors, refused=outcome.refused)


async def _payment(page: Page, wanted: quoting.Asked, method: str | None) -> dict[str, Any]:
    """The whole price received at once, where that is said. Raises Refused."""
    if method is None:
        return {}
    made, _ = await _quoted(page, wanted)
    return received(method, made.price)
