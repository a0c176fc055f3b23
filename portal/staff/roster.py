"""List of participants, /ateliers/{id}/participants (LIS-1, LIS-2, INS-6, INS-13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.catalogue.settings import Region
from aggregates.kernel import Refused
from commands.access import both
from commands.payments.note_payment import NotePayment
from commands.registrations.mark_without_proof import MarkWithoutProof
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.roster_payments import typed_payments
from portal.staff.trainer_note import TRAINER_NOTES
from projections import closing, participants, workshop_dates
from projections.query import Row, wait_for
from read_api.queries import READ_ROSTER, masks_contact
from read_api.roster import MODELS, sees_money
from read_api.workshop_dates import now, own_workshop

router = APIRouter(include_in_schema=False)
RosterPage = Annotated[Page, Depends(page_for(READ_ROSTER))]
TickPage = Annotated[Page, Depends(page_for(both(READ_ROSTER, TickAttendance.ALLOWED)))]
_USUAL = {"cheque", "cash", "card"}
_PROOF_DAYS = 5
_CAPPED = Region.EUROPE.value
"""Where the list takes so much a day of an independent ÊTRE BIEN, and never its deposit (FAC-5)."""


@router.get("/ateliers/{workshop}/participants")
async def show(page: RosterPage, workshop: UUID) -> HTMLResponse:
    return await _show(page, workshop)


async def _show(
    page: Page,
    workshop: UUID,
    *,
    checked: list[str] | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    asker = page.asker
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        header = await own_workshop(connection, workshop, asker)
        see_money = await sees_money(connection, workshop, asker)
        independent = await closing.is_independent(connection, workshop)
        closed = await workshop_dates.is_closed(connection, workshop)
        rows = await participants.participants(
            connection, workshop, see_money=see_money, see_contact=not masks_contact(asker.who)
        )
        helping = await participants.assistants(connection, workshop)
    context = {
        **shown_of(header, rows, now(page.request), see_money=see_money),
        "assistants": helping,
        "may_note": page.lets_in(TRAINER_NOTES),
        "capped": independent and header["venue"] is not None and header["venue"]["region"] == _CAPPED,
        "closed": closed,
        "checked": checked,
        "entry": _entry(page, typed) if see_money else None,
        "errors": dict(errors or {}),
    }
    return page.show("staff/roster.html", context, notice=notice_of(page), refused=refused)


def shown_of(header: Row, rows: list[Row], at: datetime, *, see_money: bool) -> dict[str, Any]:
    """What the list says at that moment."""
    return {
        "workshop": header,
        "rows": rows,
        "totals": _totals(rows) if see_money else [],
        "methods": _methods(rows) if see_money else [],
        "proofs": _proofs(rows, "asked", "rejected") if _near(header, at) else [],
        "to_check": _proofs(rows, "received"),
        "see_money": see_money,
        "attendance": _attendance(header, at),
    }


def _entry(page: Page, typed: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """What stands in the cells for payments; None where none are typed (LIS-3)."""
    if typed is None and page.request.query_params.get("saisie") != "1":
        return None
    return typed or {} if page.lets_in(NotePayment.ALLOWED) else None


def _totals(rows: list[Row]) -> list[dict[str, Any]]:
    """Sums per currency: money of two currencies is never added up (CAT-2)."""
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        paid = row["payments"]
        amounts = {
            "price": row["price"],
            "paid": paid["paid"],
            "balance": row["balance"],
            **paid["by_method"],
        }
        total = sums.setdefault(row["price"]["currency"], Counter())
        total.update({name: amount["minor"] for name, amount in amounts.items()})
    return [
        {name: {"minor": minor, "currency": currency} for name, minor in total.items()}
        for currency, total in sorted(sums.items())
    ]


def _methods(rows: list[Row]) -> list[str]:
    """Columns of payments: the usual ones always, others where somebody paid so."""
    used = {name for row in rows for name, amount in row["payments"]["by_method"].items() if amount["minor"]}
    return [
        name
        for name in ("cheque", "cash", "card", "transfer", "credit", "taken_over")
        if name in used | _USUAL
    ]


def _near(header: Row, instant: datetime) -> bool:
    """From 5 days before the first day on, the list says which proofs to ask for (INS-6)."""
    zone = ZoneInfo(header["zone"])
    first = datetime.fromisoformat(header["starts"]).astimezone(zone).date()
    return (first - instant.astimezone(zone).date()).days <= _PROOF_DAYS


def _proofs(rows: list[Row], *states: str) -> list[dict[str, Any]]:
    return [
        {
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            **row["proof"],
            "client": row["client"],
            "registration": row["registration"],
        }
        for row in rows
        if row["proof"] is not None and row["proof"]["state"] in states
    ]


def _attendance(header: Row, instant: datetime) -> dict[str, Any]:
    zone = ZoneInfo(header["zone"])
    first = datetime.fromisoformat(header["starts"]).astimezone(zone).date()
    begun = instant.astimezone(zone).date() >= first
    return {"open": begun, "why": None if begun else "Les présences se cochent à partir du premier jour."}


@router.post("/ateliers/{workshop}/participants")
async def tick(page: TickPage, workshop: UUID) -> Response:
    filled = await form.typed(page)
    if form.text(filled, "act") == "pay":
        return await _pay(page, workshop, filled)
    if form.text(filled, "act") == "without_proof":
        return await _without_proof(page, workshop, filled)
    one = form.text(filled, "tick_one") or form.text(filled, "untick_one")
    tick_them = "tick_one" in filled or form.text(filled, "act") == "tick"
    checked = [one] if one else [str(value) for value in filled.getlist("registration")]
    command = TickAttendance if tick_them else UntickAttendance
    fields = {"workshop": workshop, "registrations": tuple(filter(None, map(uuid_or_none, checked)))}
    outcome = await form.send(page, filled, command, fields)
    if outcome.answer is None:
        return await _show(page, workshop, checked=checked, refused=outcome.refused)
    done = "ticked" if tick_them else "unticked"
    return see_other(f"/ateliers/{workshop}/participants", outcome.answer.position, done)


async def _without_proof(page: Page, workshop: UUID, filled: FormData) -> Response:
    """« Sans preuve »: from now on the list shows the regular price as due (INS-6)."""
    fields = {name: form.text(filled, name) for name in ("client", "registration")}
    outcome = await form.send(page, filled, MarkWithoutProof, fields)
    if outcome.answer is None:
        return await _show(page, workshop, refused=outcome.refused)
    return see_other(f"/ateliers/{workshop}/participants", outcome.answer.position, "without_proof")


async def _pay(page: Page, workshop: UUID, filled: FormData) -> Response:
    """Each cell is a payment of its own; what was noted stays so when a later one is refused (LIS-3)."""
    async with page.reads.connection() as connection:
        await own_workshop(connection, workshop, page.asker)
        rows = await participants.participants(connection, workshop, see_money=True, see_contact=False)
    left = form.values(filled)
    try:
        cells = list(typed_payments(rows, filled))
    except form.WrongFieldError as error:
        return await _show(page, workshop, checked=[], typed=left, errors={error.name: error.says})
    if not cells:
        errors = {"payments": "Tapez au moins un montant."}
        return await _show(page, workshop, checked=[], typed=left, errors=errors)
    position = 0
    for cell in cells:
        outcome = await form.send(page, filled, NotePayment, cell.fields, part=cell.field)
        if outcome.answer is None:
            said = f"Pas noté pour {cell.person} ; les montants au-dessus le sont."
            return await _show(
                page, workshop, checked=[], typed=left, errors={cell.field: said}, refused=outcome.refused
            )
        position = max(position, outcome.answer.position)
        left.pop(cell.field)
    return see_other(f"/ateliers/{workshop}/participants", position, "payments_noted")
