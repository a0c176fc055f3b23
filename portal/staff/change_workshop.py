"""Change a workshop, /ateliers/{id}/modifier: plan, date and place, cancel, restore (ATE-1, ATE-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.kernel import Refused
from aggregates.staff.policies import AT_WORKSHOPS
from aggregates.workshop.policies import known_workshop
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned, Workshop
from commands.http import consider
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.change_plan import ChangePlan
from commands.workshops.dismiss_assistant import DismissAssistant
from commands.workshops.move_workshop import MoveWorkshop
from commands.workshops.name_assistant import NameAssistant
from commands.workshops.restore_workshop import RestoreWorkshop
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.staff.plan_workshop import ZONES, sessions_of, typed_sessions, venue_option
from projections import catalogue, participants, searching, workshop_dates
from projections.query import wait_for
from read_api.workshop_dates import now, own_workshop
from schema.store import Loaded

router = APIRouter(include_in_schema=False)
ChangePage = Annotated[Page, Depends(page_for(ChangePlan.ALLOWED))]
_PATH = "/ateliers/{workshop}/modifier"
_FOUND = 10
"""So many persons are offered for a name; more words find fewer."""
_PLAN = ("organiser", "capacity", "retake_limit", "place_note", "practical_note")


def _plan(workshop: UUID, filled: FormData) -> Mapping[str, Any]:
    typed = _typed(filled)
    texts = {name: typed[name] or None for name in _PLAN}
    return {**_seen_by(workshop, filled), **texts, "trainers": tuple(typed["trainers"])}


def _move(workshop: UUID, filled: FormData) -> Mapping[str, Any]:
    typed = _typed(filled)
    sessions = sessions_of(typed["sessions"], typed["zone"])
    if sessions is None:
        raise form.WrongFieldError("sessions", "Donnez chaque jour avec son début et sa fin.")
    place = {"venue": typed["venue"] or None, "zone": typed["zone"]}
    return {**_seen_by(workshop, filled), **place, "sessions": sessions}


def _seen_by(workshop: UUID, filled: FormData) -> dict[str, Any]:
    return {"workshop": workshop, "seen_version": form.text(filled, "seen_version")}


def _cancel(workshop: UUID, filled: FormData) -> Mapping[str, Any]:
    return {"workshop": workshop, "reason": form.text(filled, "reason")}


def _assistant(workshop: UUID, filled: FormData) -> Mapping[str, Any]:
    return {"workshop": workshop, "client": form.text(filled, "client")}


_ACTS: Mapping[str, FormAct[UUID]] = {
    "plan": FormAct(ChangePlan, "plan_changed", _plan),
    "dismiss": FormAct(DismissAssistant, "assistant_dismissed", _assistant),
    "name": FormAct(NameAssistant, "assistant_named", _assistant),
    "move": FormAct(MoveWorkshop, "workshop_moved", _move),
    "cancel": FormAct(CancelWorkshop, "workshop_cancelled", _cancel),
    "restore": FormAct(RestoreWorkshop, "workshop_restored", lambda workshop, _: {"workshop": workshop}),
}


@router.get(_PATH)
async def show(page: ChangePage, workshop: UUID) -> HTMLResponse:
    words = page.request.query_params.get("assistant")
    if words is None:
        return await _show(page, workshop)
    return await _show(page, workshop, typed={"assistant": words}, opened="name")


async def _show(
    page: Page,
    workshop: UUID,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    opened: str = "",
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("workshop_dates", "roster", "dossier"), page.after)
        header = await own_workshop(connection, workshop, page.asker)
        helping = await participants.assistants(connection, workshop)
        words = ((typed or {}).get("assistant") or "")[:200]
        named_already = {assistant["dossier"] for assistant in helping}
        found = (
            await searching.to_choose(connection, words, limit=_FOUND, but=named_already)
            if words.strip()
            else []
        )
        closed = await workshop_dates.is_closed(connection, workshop)
        venues = await catalogue.venues(connection)
        people = await catalogue.staff(connection)
    seen = await _seen(page, workshop)
    state = known_workshop(seen.state)
    date = state.was if isinstance(state, CancelledWorkshop) else state
    named = set(map(str, date.plan.people))
    context = {
        "workshop": header,
        "cancelled": isinstance(state, CancelledWorkshop),
        "seats": len(date.seats),
        "begun": date.starts <= now(page.request),
        "seen_version": seen.version,
        "venues": [venue_option(row) for row in venues],
        "zones": [{"id": zone, "name": name} for zone, name in {date.zone: date.zone, **ZONES}.items()],
        "people": [r for r in people if AT_WORKSHOPS & set(r["roles"]) or r["id"] in named],
        "closed": closed,
        "assistants": helping,
        "found": found,
        "values": {**_values(date), **(typed or {})},
        "errors": dict(errors or {}),
        "opened": opened,
    }
    return page.show("staff/workshop_edit.html", context, notice=notice_of(page), refused=refused)


async def _seen(page: Page, workshop: UUID) -> Loaded[Workshop]:
    """The workshop as it stands, with the version that a change names as seen."""
    who = page.session.principal
    return await consider(page.request, lambda act: act.load(WORKSHOP.at(workshop)), who, ChangePlan.ALLOWED)


def _values(date: Planned) -> dict[str, Any]:
    """What stands in the fields at first."""
    plan, zone = date.plan, ZoneInfo(date.zone)
    return {
        "organiser": str(plan.organiser),
        "trainers": [str(trainer) for trainer in plan.trainers],
        "capacity": str(plan.capacity),
        "retake_limit": "" if plan.retake_limit is None else str(plan.retake_limit),
        "place_note": plan.place_note or "",
        "practical_note": plan.practical_note or "",
        "venue": str(date.venue or ""),
        "zone": date.zone,
        "sessions": [
            {
                "day": s.starts.astimezone(zone).date().isoformat(),
                "start": s.starts.astimezone(zone).strftime("%H:%M"),
                "end": s.ends.astimezone(zone).strftime("%H:%M"),
            }
            for s in date.sessions
        ],
        "reason": "",
        "assistant": "",
    }


@router.post(_PATH)
async def change(page: ChangePage, workshop: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, workshop)
    if outcome.answer is None:
        opened, typed = form.text(filled, "act") or "", _typed(filled)
        errors, refused = outcome.errors, outcome.refused
        return await _show(page, workshop, typed=typed, errors=errors, opened=opened, refused=refused)
    if wish.command in (NameAssistant, DismissAssistant):
        return see_other(f"/ateliers/{workshop}/modifier", outcome.answer.position, wish.done)
    shown = "appels" if wish.command in (CancelWorkshop, RestoreWorkshop) else "participants"
    return see_other(f"/ateliers/{workshop}/{shown}", outcome.answer.position, wish.done)


def _typed(filled: FormData) -> dict[str, Any]:
    """What was typed into the form that was sent; the other forms show what stands."""
    match form.text(filled, "act"):
        case "plan":
            values: dict[str, Any] = {name: form.text(filled, name) or "" for name in _PLAN}
            return values | {"trainers": [str(v) for v in filled.getlist("trainers")]}
        case "move":
            values = {name: form.text(filled, name) or "" for name in ("venue", "zone")}
            return values | {"sessions": typed_sessions(filled)}
        case "name":
            return {"assistant": form.text(filled, "assistant") or ""}
        case _:
            return {"reason": form.text(filled, "reason") or ""}
