"""List of participants, /ateliers/{id}/participants (LIS-1, LIS-2, INS-13)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from portal import form
from portal.notices import notice_of
from portal.page import AnyPage, Page, see_other, uuid_or_none
from projections import participants
from projections.query import Row, wait_for
from read_api.queries import READ_ROSTER, SEES_MONEY, masks_contact
from read_api.roster import MODELS
from read_api.workshop_dates import now, own_workshop

router = APIRouter(include_in_schema=False)


@router.get("/ateliers/{workshop}/participants")
async def show(page: AnyPage, workshop: UUID) -> HTMLResponse:
    return await _show(page, workshop)


async def _show(
    page: Page, workshop: UUID, *, checked: list[str] | None = None, refused: Refused | None = None
) -> HTMLResponse:
    asker = page.asker(READ_ROSTER)
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
        "see_money": see_money,
        "attendance": _attendance(header, now(page.request)),
        "checked": checked,
    }
    return page.show("staff/roster.html", context, notice=notice_of(page), refused=refused)


def _totals(rows: list[Row]) -> list[dict[str, Any]]:
    """Sums per currency: money of two currencies is never added up (CAT-2)."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        total = sums.setdefault(row["price"]["currency"], {"price": 0, "balance": 0})
        total["price"] += row["price"]["minor"]
        total["balance"] += row["balance"]["minor"]
    return [
        {name: {"minor": minor, "currency": currency} for name, minor in total.items()}
        for currency, total in sorted(sums.items())
    ]


def _attendance(header: Row, instant: datetime) -> dict[str, Any]:
    zone = ZoneInfo(header["zone"])
    first = datetime.fromisoformat(header["starts"]).astimezone(zone).date()
    begun = instant.astimezone(zone).date() >= first
    return {"open": begun, "why": None if begun else "Les présences se cochent à partir du premier jour."}


@router.post("/ateliers/{workshop}/participants")
async def tick(page: AnyPage, workshop: UUID) -> Response:
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
