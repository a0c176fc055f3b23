"""Register a client for a whole phase, /dossiers/{id}/inscrire-phase (INS-2, INS-3, INS-4, CAT-3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.phases.refusals import FreeALaCarte, RegistrationsInPhase
from aggregates.client.refusals import RedFlagUnconfirmed
from aggregates.invoice.basket.refusals import CardAwaited
from aggregates.kernel import Refused, Role
from commands import quoting
from commands.http import consider
from commands.registrations.register_for_phase import RegisterForPhase
from portal import form
from portal.page import Page, page_for, uuid_or_none
from portal.staff import by_card
from portal.staff.discounts import choosable
from portal.staff.paying_at_once import beside_fields, received
from portal.staff.phase_lines import phase_lines, typed_dates
from projections import catalogue, dossier
from projections.query import wait_for
from read_api.lists import NotFoundError

router = APIRouter(include_in_schema=False)
PhasePage = Annotated[Page, Depends(page_for(RegisterForPhase.ALLOWED))]
_PATH = "/dossiers/{client}/inscrire-phase"


@router.get(_PATH)
async def show(page: PhasePage, client: UUID) -> HTMLResponse:
    asked = page.request.query_params
    wanted = quoting.Asked(
        client,
        phase=uuid_or_none(asked.get("phase")),
        discount=uuid_or_none(asked.get("rabais")),
        although_free="malgre" in asked,
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
    values, chosen = dict(typed or {}), None
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier", "workshop_dates", "waiting_list", "catalogue"), page.after)
        person = await dossier.identity(connection, wanted.client)
        if person is None:
            raise NotFoundError
        phases = await catalogue.phases(connection)
        if wanted.phase is not None:
            try:
                made = await _quoted(page, wanted)
            except Refused as why:
                refused = refused or why
            else:
                chosen = await phase_lines(page, connection, wanted.client, made)
                chosen["id"] = str(wanted.phase)
                chosen["name"] = next((p["name"] for p in phases if p["id"] == chosen["id"]), "")
        context = {
            "client": person,
            "phases": phases,
            "discounts": await choosable(page, connection),
            "filters": {"phase": str(wanted.phase or ""), "rabais": str(wanted.discount or "")},
            "chosen": chosen,
            "methods": by_card.methods(page),
            "may_waive": bool(page.session.principal.roles & {Role.OFFICE, Role.ACCOUNTING}),
            "red_flag": isinstance(refused, RedFlagUnconfirmed) or "red_flag_confirmed" in values,
            "free": isinstance(refused, FreeALaCarte),
            "although": wanted.although_free,
            "held_a_la_carte": isinstance(refused, RegistrationsInPhase),
            "values": values,
            "errors": dict(errors or {}),
        }
    ways = []
    if isinstance(refused, CardAwaited):
        ways = [("Voir ce paiement", f"/dossiers/{wanted.client}/carte/{refused.fields['basket']}")]
    return page.show("staff/register_phase.html", context, refused=refused, ways=ways)


async def _quoted(page: Page, wanted: quoting.Asked) -> quoting.Quoted:
    """As the command will price it, each place without date."""
    look = partial(quoting.quoted, wanted)
    return await consider(page.request, look, page.session.principal, RegisterForPhase.ALLOWED)


@router.post(_PATH)
async def register(page: PhasePage, client: UUID) -> Response:
    filled = await form.typed(page)
    wanted = quoting.Asked(
        client,
        phase=uuid_or_none(form.text(filled, "phase")),
        discount=uuid_or_none(form.text(filled, "discount")),
        although_free="although_free" in filled,
    )
    typed = form.values(filled)
    fields: dict[str, Any] = {
        "client": client,
        "phase": wanted.phase,
        "dates": typed_dates(typed),
        "discount": wanted.discount,
        "although_free": wanted.although_free,
        "red_flag_confirmed": "red_flag_confirmed" in filled,
        "waive_reason": form.text(filled, "waive_reason"),
    }
    method = form.text(filled, "paid_by")
    if by_card.chosen(page, typed):
        fields["by_card"] = True
        errors = await by_card.hindered(page, client)
        if fields["waive_reason"] is not None:
            errors |= {"waive_reason": by_card.NO_REASON_WITH_CARD}
        if errors:
            return await _show(page, wanted, typed=typed, errors=errors)
    elif method is not None:
        try:
            fields |= received(method, (await _quoted(page, wanted)).price)
        except Refused as refused:
            return await _show(page, wanted, typed=typed, refused=refused)
    outcome = await form.send(page, filled, RegisterForPhase, fields)
    if outcome.answer is not None:
        return by_card.onward(client, outcome.answer)
    errors = beside_fields(outcome.errors)
    return await _show(page, wanted, typed=typed, errors=errors, refused=outcome.refused)
