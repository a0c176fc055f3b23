"""Register a client, /dossiers/{id}/inscrire (INS-1, INS-3, INS-4, CAT-3, CAT-4, DOS-13)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.phases.refusals import PlaceInPhase
from aggregates.client.refusals import RedFlagUnconfirmed
from aggregates.client.registrations.refusals import AlreadyRegistered, AlreadyToSchedule
from aggregates.invoice.basket.refusals import CardAwaited
from aggregates.kernel import Refused, Role
from commands import quoting
from commands.http import consider
from commands.registrations.register_client import RegisterClient
from portal import form
from portal.page import Page, page_for, uuid_or_none
from portal.staff import by_card
from portal.staff.dates import open_dates
from portal.staff.discounts import choosable
from portal.staff.paying_at_once import beside_fields
from portal.staff.workshops import place_of
from projections import catalogue, dossier
from projections.query import wait_for
from read_api.lists import NotFoundError
from read_api.quote import sentence
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
RegisterPage = Annotated[Page, Depends(page_for(RegisterClient.ALLOWED))]


@router.get("/dossiers/{client}/inscrire")
async def show(page: RegisterPage, client: UUID) -> HTMLResponse:
    asked = page.request.query_params
    wanted = quoting.Asked(
        client,
        uuid_or_none(asked.get("activite")),
        discount=uuid_or_none(asked.get("rabais")),
        trainee="stagiaire" in asked,
    )
    return await _show(page, wanted, place_of(asked.get("lieu", "")))


async def _show(
    page: Page,
    wanted: quoting.Asked,
    place: str,
    *,
    chosen_workshop: str | None = None,
    typed: dict[str, str | None] | None = None,
    errors: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    asker, client, activity = page.asker, wanted.client, wanted.activity
    typed = typed or {}
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier", "workshop_dates", "waiting_list", "catalogue"), page.after)
        person = await dossier.identity(connection, client)
        if person is None:
            raise NotFoundError
        chosen = None
        dates: list[Any] = []
        if activity is not None:
            try:
                chosen = await _priced(page, wanted)
            except Refused as why:  # a discount that ended meanwhile
                refused = refused or why
            else:
                dates = await open_dates(
                    connection,
                    now=now(page.request),
                    place=place,
                    activity=activity,
                    retake=chosen["retake"],
                    balance=chosen["price"],
                    full_payment_hours=chosen.pop("full_payment_hours"),
                    client=wanted.client,
                    not_closed=True,
                )
        context = {
            "client": person,
            "activities": [a for a in await catalogue.activities(connection) if not a["retired"]],
            "countries": await catalogue.countries(connection),
            "discounts": await choosable(page, connection),
            "filters": {
                "activite": str(activity or ""),
                "lieu": place,
                "rabais": str(wanted.discount or ""),
                "stagiaire": wanted.trainee,
            },
            "chosen": chosen,
            "workshops": dates,
            "values": {"workshop": chosen_workshop, **typed},
            "methods": by_card.methods(page),
            "may_waive": bool(asker.who.roles & {Role.OFFICE, Role.ACCOUNTING}),
            "red_flag": isinstance(refused, RedFlagUnconfirmed) or bool(typed.get("red_flag_confirmed")),
            "outside_phase": Role.OFFICE in page.session.principal.roles
            and (isinstance(refused, PlaceInPhase) or bool(typed.get("outside_phase_reason"))),
            "errors": errors or {},
        }
    return page.show("staff/register.html", context, refused=refused, ways=_ways(client, refused))


def _ways(client: UUID, refused: Refused | None) -> list[tuple[str, str]]:
    """Where to go instead: to what is there, the card that is awaited, the lost place (INS-12, INS-14)."""
    match refused:
        case AlreadyToSchedule() | AlreadyRegistered():
            held = f"/dossiers/{client}/inscriptions/{refused.fields['registration']}/modifier"
            return [("Choisir la date de cette inscription", held)]
        case CardAwaited():
            return [("Voir ce paiement", f"/dossiers/{client}/carte/{refused.fields['basket']}")]
        case PlaceInPhase():
            return [("Signaler la place manquante, dans le dossier", f"/dossiers/{client}")]
        case _:
            return []


async def _priced(page: Page, wanted: quoting.Asked) -> dict[str, Any]:
    """As the command will price a registration without date."""
    look = partial(quoting.price, wanted)
    line = await consider(page.request, look, page.session.principal, RegisterClient.ALLOWED)
    return {
        "id": str(wanted.activity),
        "name": line.name,
        "retake": line.quote.retake,
        "price": line.quote.price.model_dump(mode="json"),
        "deposit": line.quote.deposit.model_dump(mode="json"),
        "reasons": [sentence("fr", reason) for reason in line.quote.reasons],
        "full_payment_hours": line.full_payment_hours,
    }


@router.post("/dossiers/{client}/inscrire")
async def register(page: RegisterPage, client: UUID) -> Response:
    filled = await form.typed(page)
    activity = uuid_or_none(form.text(filled, "activity"))
    typed_workshop = filled.get("workshop")
    place = place_of(page.request.query_params.get("lieu", ""))
    discount, trainee = uuid_or_none(form.text(filled, "discount")), "trainee" in filled
    wanted = quoting.Asked(client, activity, discount=discount, trainee=trainee)
    if activity is None or typed_workshop is None:
        errors = {"workshop": "Choisissez une date, ou « à planifier »."}
        return await _show(page, wanted, place, errors=errors)
    fields: dict[str, Any] = {
        "client": client,
        "activity": activity,
        "workshop": uuid_or_none(str(typed_workshop)) if typed_workshop else None,
        "discount": discount,
        "trainee": trainee,
        "red_flag_confirmed": "red_flag_confirmed" in filled,
    }
    typed = {
        name: form.text(filled, name)
        for name in ("paid_by", "waive_reason", "outside_phase_reason", "red_flag_confirmed")
    }
    errors = {}
    if by_card.chosen(page, typed):
        fields["by_card"] = True
        errors = await by_card.hindered(page, client)
        errors |= {"waive_reason": by_card.NO_REASON_WITH_CARD} if typed["waive_reason"] else {}
    elif typed["paid_by"] is not None:
        try:
            priced = await _priced(page, wanted)
        except Refused as why:
            return await _show(
                page, wanted, place, chosen_workshop=str(typed_workshop), typed=typed, refused=why
            )
        if priced["price"]["minor"]:
            fields["payment"] = {"method": typed["paid_by"], "amount": priced["price"]}
    reasons = ("waive_reason", "outside_phase_reason")
    fields |= {name: typed[name] for name in reasons if typed[name] is not None}
    outcome = form.Outcome(errors=errors) if errors else await form.send(page, filled, RegisterClient, fields)
    if outcome.answer is not None:
        return by_card.onward(client, outcome.answer)
    errors = beside_fields(outcome.errors)
    return await _show(
        page,
        wanted,
        place,
        chosen_workshop=str(typed_workshop),
        typed=typed,
        errors=errors,
        refused=outcome.refused,
    )
