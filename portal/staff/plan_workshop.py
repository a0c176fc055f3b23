"""Plan a workshop, /ateliers/nouveau (ATE-1)."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.kernel import Refused
from aggregates.staff.policies import AT_WORKSHOPS
from commands.workshops.plan_workshop import PlanWorkshop
from portal import form
from portal.page import Page, page_for, see_other
from projections import catalogue
from projections.query import Row

router = APIRouter(include_in_schema=False)
PlanPage = Annotated[Page, Depends(page_for(PlanWorkshop.ALLOWED))]
_TEXTS = (
    "activity",
    "venue",
    "zone",
    "organiser",
    "capacity",
    "retake_limit",
    "place_note",
    "practical_note",
)
_EMPTY_SESSION = {"day": "", "start": "", "end": ""}
ZONES = {
    "America/Toronto": "Québec, Ontario",
    "Europe/Paris": "France",
    "Europe/Brussels": "Belgique",
    "Europe/Zurich": "Suisse",
    "Europe/Luxembourg": "Luxembourg",
    "America/Halifax": "Maritimes",
    "America/Vancouver": "Colombie-Britannique",
}


@router.get("/ateliers/nouveau")
async def show(page: PlanPage) -> HTMLResponse:
    values: dict[str, Any] = dict.fromkeys(_TEXTS, "")
    values |= {"zone": "America/Toronto", "trainers": [], "capacity": "60", "independent": False}
    return await _show(page, values | {"sessions": [_EMPTY_SESSION] * 4})


async def _show(
    page: Page,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        context = {
            "activities": await catalogue.activities(connection),
            "venues": [venue_option(row) for row in await catalogue.venues(connection)],
            "zones": [{"id": zone, "name": name} for zone, name in ZONES.items()],
            "people": [r for r in await catalogue.staff(connection) if AT_WORKSHOPS & set(r["roles"])],
            "values": values,
            "errors": errors or {},
        }
    return page.show("staff/workshop_new.html", context, refused=refused)


def venue_option(row: Row) -> dict[str, str]:
    """A venue as a choice: « Laval · Hôtel Le Boréal »."""
    return {"id": row["id"], "name": f"{row['city']} · {row['name']}"}


@router.post("/ateliers/nouveau")
async def plan(page: PlanPage) -> Response:
    filled = await form.typed(page)
    values: dict[str, Any] = {name: form.text(filled, name) or "" for name in _TEXTS}
    values["trainers"] = [str(v) for v in filled.getlist("trainers")]
    values["sessions"] = typed_sessions(filled)
    values["independent"] = "independent" in filled
    sessions = sessions_of(values["sessions"], values["zone"])
    if sessions is None:
        return await _show(page, values, {"sessions": "Donnez chaque jour avec son début et sa fin."})
    fields = {name: values[name] or None for name in _TEXTS}
    fields |= {
        "trainers": tuple(values["trainers"]),
        "sessions": sessions,
        "independent": values["independent"],
    }
    outcome = await form.send(page, filled, PlanWorkshop, fields)
    if outcome.answer is None:
        return await _show(page, values, dict(outcome.errors or {}), outcome.refused)
    workshop = outcome.answer.made["workshop"]
    return see_other(f"/ateliers/{workshop}/participants", outcome.answer.position, "planned")


def typed_sessions(filled: FormData) -> list[dict[str, str]]:
    """The rows of days and hours as they were typed, four at least."""
    columns = ([str(v) for v in filled.getlist(f"session_{part}")] for part in ("day", "start", "end"))
    rows = [
        {"day": day, "start": start, "end": end} for day, start, end in zip_longest(*columns, fillvalue="")
    ]
    return rows + [_EMPTY_SESSION] * (4 - len(rows))


def sessions_of(typed: list[dict[str, str]], zone: str) -> tuple[dict[str, datetime], ...] | None:
    """Each day that was given, empty rows left out; None when one is incomplete, or none was given."""
    found = [_session(row, zone) for row in typed if any(row.values())]
    whole = tuple(session for session in found if session is not None)
    return whole if whole and len(whole) == len(found) else None


def _session(typed: dict[str, str], zone: str) -> dict[str, datetime] | None:
    """The two instants of a typed session, in the workshop's zone; None when a part is missing."""
    try:
        place = ZoneInfo(zone)
        starts = datetime.fromisoformat(f"{typed['day']}T{typed['start']}").replace(tzinfo=place)
        ends = datetime.fromisoformat(f"{typed['day']}T{typed['end']}").replace(tzinfo=place)
    except (ValueError, KeyError, OSError):
        return None
    return {"starts": starts, "ends": ends}
