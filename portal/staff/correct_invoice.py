"""« Modifier la facture », /factures/{id}/corriger: what was registered today by mistake (INS-10, FAC-9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.client.phases.refusals import FreeALaCarte
from aggregates.client.refusals import RedFlagUnconfirmed
from aggregates.kernel import Refused, Role
from commands import quoting
from commands.access import both
from commands.http import consider
from commands.invoices.correct_invoice import CorrectInvoice
from portal import form
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff import phase_instead
from portal.staff.accounting import today
from portal.staff.dates import open_dates
from portal.staff.discounts import choosable
from portal.staff.paying_at_once import beside_fields, noted_methods, received
from portal.staff.phase_lines import typed_dates
from portal.staff.workshops import place_of
from projections import catalogue, dossier
from projections.query import Reads, Row, wait_for
from read_api.dossier import note_opening
from read_api.invoices import MODELS, invoice_of
from read_api.queries import READ_INVOICE
from read_api.quote import sentence
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
CorrectPage = Annotated[Page, Depends(page_for(both(READ_INVOICE, CorrectInvoice.ALLOWED)))]
_PATH = "/factures/{invoice}/corriger"


def mistaken_lines(found: Row, day: date) -> list[Row]:
    """What may be taken off as a mistake: on the day the invoice was made, nothing being paid (INS-10)."""
    paid = any(payment["status"] != "withdrawn" for payment in found["payments"])
    if not found["number"] or found["issued_on"] != day.isoformat() or paid:
        return []
    return [line for line in found["lines"] if line["registration"] and line["case"] is None]


@router.get(_PATH)
async def show(page: CorrectPage, invoice: UUID) -> HTMLResponse:
    return await _show(page, invoice)


async def _show(
    page: Page,
    invoice: UUID,
    *,
    values: Mapping[str, str] | None = None,
    removed: list[str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    asked = page.request.query_params
    async with page.reads.connection() as connection:
        await wait_for(connection, (*MODELS, "workshop_dates", "waiting_list", "catalogue"), page.after)
        found = await invoice_of(connection, invoice)
        client = UUID(found["client"]["id"])
        await note_opening(page.request, connection, page.asker, client)
        chosen = asked.get("activite", "")
        wanted = quoting.Asked(
            client,
            uuid_or_none(chosen),
            discount=uuid_or_none(asked.get("rabais")),
            trainee="stagiaire" in asked,
        )
        lines = mistaken_lines(found, await today(page, connection))
        instead, phase = None, phase_instead.phase_of(chosen)
        if lines and phase is not None:
            taken = removed if removed is not None else [line["registration"] for line in lines]
            try:
                made = await phase_instead.priced(page, found, taken, phase, wanted.discount)
            except Refused as why:
                refused = refused or why
            else:
                instead = await phase_instead.shown(page, connection, found, taken, phase, made)
        activities = [a for a in await catalogue.activities(connection) if not a["retired"]]
        phases = [
            {"id": f"{phase_instead.KIND}{p['id']}", "name": p["name"]}
            for p in await catalogue.phases(connection)
        ]
        context = {
            "invoice": found,
            "lines": lines,
            "activities": [*activities, *phases],
            "countries": await catalogue.countries(connection),
            "discounts": await choosable(page, connection),
            "filters": {
                "activite": chosen,
                "lieu": place_of(asked.get("lieu", "")),
                "rabais": str(wanted.discount or ""),
                "stagiaire": wanted.trainee,
            },
            "chosen": None if wanted.activity is None else await _chosen(page, connection, wanted, found),
            "phase": instead,
            "methods": noted_methods(),
            "may_waive": bool(page.session.principal.roles & {Role.OFFICE, Role.ACCOUNTING}),
            "red_flag": isinstance(refused, RedFlagUnconfirmed) or "red_flag_confirmed" in (values or {}),
            "removed": removed,
            "values": dict(values or {}),
            "errors": dict(errors or {}),
        }
    return page.show("staff/invoice_correct.html", context, refused=refused, ways=_ways(client, refused))


def _ways(client: UUID, refused: Refused | None) -> list[tuple[str, str]]:
    """A card holder repeats the phase à la carte, for nothing (INS-3)."""
    free = isinstance(refused, FreeALaCarte)
    return (
        [("Inscrire à la carte, une fois l’erreur retirée", f"/dossiers/{client}/inscrire")] if free else []
    )


async def _chosen(page: Page, connection: Reads, wanted: quoting.Asked, invoice: Row) -> dict[str, Any]:
    """The activity to add: its price without date, and its dates; a seat of a removed line passes over."""
    look = partial(quoting.price, wanted)
    line = await consider(page.request, look, page.session.principal, CorrectInvoice.ALLOWED)
    price = line.quote.price.model_dump(mode="json")
    dates = await open_dates(
        connection,
        now=now(page.request),
        place=place_of(page.request.query_params.get("lieu", "")),
        activity=line.activity,
        retake=line.quote.retake,
        balance=price,
        full_payment_hours=line.full_payment_hours,
        client=wanted.client,
    )
    rows = await dossier.registrations(connection, wanted.client)
    held = {r["workshop"]["id"] for r in rows if r["workshop"] and r["invoice"] == invoice["id"]}
    return {
        "id": str(line.activity),
        "name": line.name,
        "retake": line.quote.retake,
        "price": price,
        "reasons": [sentence("fr", reason) for reason in line.quote.reasons],
        "workshops": [row | {"closed_because": None} if row["id"] in held else row for row in dates],
    }


@router.post(_PATH)
async def correct(page: CorrectPage, invoice: UUID) -> Response:
    filled = await form.typed(page)
    async with page.reads.connection() as connection:
        found = await invoice_of(connection, invoice)
    values, removed = form.values(filled), [str(value) for value in filled.getlist("remove")]
    try:
        fields = await _fields(page, found, filled)
    except form.WrongFieldError as error:
        return await _show(page, invoice, values=values, removed=removed, errors={error.name: error.says})
    except Refused as refused:
        return await _show(page, invoice, values=values, removed=removed, refused=refused)
    outcome = await form.send(page, filled, CorrectInvoice, fields)
    if outcome.answer is None:
        errors = beside_fields(outcome.errors)
        return await _show(
            page, invoice, values=values, removed=removed, errors=errors, refused=outcome.refused
        )
    return see_other(f"/factures/{invoice}", outcome.answer.position, "invoice_corrected")


async def _fields(page: Page, invoice: Row, filled: FormData) -> dict[str, Any]:
    """The command's fields. Raises WrongFieldError, Refused."""
    fields: dict[str, Any] = {
        "client": invoice["client"]["id"],
        "invoice": invoice["id"],
        "reason": form.text(filled, "reason"),
        "remove": tuple(str(value) for value in filled.getlist("remove")),
        "red_flag_confirmed": "red_flag_confirmed" in filled,
        "waive_reason": form.text(filled, "waive_reason"),
    }
    discount, trainee = uuid_or_none(form.text(filled, "discount")), "trainee" in filled
    method = form.text(filled, "paid_by")
    if (phase := uuid_or_none(form.text(filled, "phase"))) is not None:
        fields["phase"] = {
            "phase": phase,
            "discount": discount,
            "dates": typed_dates(form.values(filled)),
        }
        if method:
            made = await phase_instead.priced(page, invoice, fields["remove"], phase, discount)
            fields |= received(method, made.price)
        return fields
    activity = uuid_or_none(form.text(filled, "activity"))
    if activity is None:
        return fields
    if filled.get("workshop") is None:
        raise form.WrongFieldError("workshop", "Choisissez une date, ou « à planifier ».")
    added = {"activity": activity, "discount": discount, "trainee": trainee}
    fields["add"] = ({**added, "workshop": uuid_or_none(form.text(filled, "workshop"))},)
    if method:
        wanted = quoting.Asked(UUID(invoice["client"]["id"]), activity, discount=discount, trainee=trainee)
        look = partial(quoting.price, wanted)
        line = await consider(page.request, look, page.session.principal, CorrectInvoice.ALLOWED)
        fields |= received(method, line.quote.price)
    return fields
