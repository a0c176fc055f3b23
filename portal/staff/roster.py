"""List of participants, /ateliers/{id}/participants (LIS-1, LIS-2, INS-6, INS-13)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.access import both
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from projections import participants
from projections.query import Row, wait_for
from read_api.queries import READ_ROSTER, SEES_MONEY, masks_contact
from read_api.roster import MODELS
from read_api.workshop_dates import now, own_workshop

router = APIRouter(include_in_schema=False)
RosterPage = Annotated[Page, Depends(page_for(READ_ROSTER))]
TickPage = Annotated[Page, Depends(page_for(both(READ_ROSTER, TickAttendance.ALLOWED)))]
_USUAL = {"cheque", "cash", "card"}
_PROOF_DAYS = 5


@router.get("/ateliers/{workshop}/participants")
async def show(page: RosterPage, workshop: UUID) -> HTMLResponse:
    return await _show(page, workshop)


async def _show(
    page: Page, workshop: UUID, *, checked: list[str] | None = None, refused: Refused | None = None
) -> HTMLResponse:
    asker = page.asker
    see_money = asker.who.role in SEES_MONEY
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        header = await own_workshop(connection, workshop, asker)
        rows = await participants.participants(
            connection, workshop, see_money=see_money, see_contact=not masks_contact(asker.who)
        )
    context = {
        "workshop": header,
        "rows": rows,
        "totals": _totals(rows) if see_money else [],
        "methods": _methods(rows) if see_money else [],
        "proofs": _proofs(rows, "asked", "rejected") if _near(header, now(page.request)) else [],
        "to_check": _proofs(rows, "received"),
        "see_money": see_money,
        "attendance": _attendance(header, now(page.request)),
        "checked": checked,
    }
    return page.show("staff/roster.html", context, notice=notice_of(page), refused=refused)


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
