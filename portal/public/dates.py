"""The dates that may be chosen, /dates: for everybody; clients also wait for a seat (ATE-2, ATE-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.message import Command
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.leave_waiting_list import LeaveWaitingList
from portal import form
from portal.contact import contact
from portal.notices import notice_of
from portal.page import Page, page_for, page_of_client, see_other, uuid_or_none
from portal.public import hearts
from portal.public.sheet import sheet
from portal.staff.workshops import place_of
from projections import catalogue, dossier, waiting_list, workshop_dates
from projections.query import Reads, Row, wait_for
from projections.waiting_list import Kept
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_FILE
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
_MODELS = ("workshop_dates", "catalogue", "dossier", "waiting_list", "profile")
_MOST = 500
PER_PAGE = 60
"""Dates on a page: with the buttons of each it stays below 100 kB."""
_ACTS: dict[str, tuple[type[Command], str]] = {
    "wait": (JoinWaitingList, "waiting"),
    "leave": (LeaveWaitingList, "waiting_no_more"),
}
_SHOWN = ("id", "activity", "activity_id", "starts", "ends", "zone", "venue")
"""What the public may know of a workshop: neither names nor notes."""


@dataclass(frozen=True)
class Filters:
    """What the address asks for."""

    place: str
    activity: UUID | None
    page: int = 1

    @classmethod
    def of(cls, request: Request) -> Filters:
        asked = request.query_params
        page = asked.get("page", "")
        number = int(page) if page.isdecimal() and len(page) < 4 else 1
        return cls(place_of(asked.get("lieu", "")), uuid_or_none(asked.get("activite")), max(1, number))

    def following(self) -> str:
        """The address of the page after this one."""
        return replace(self, page=self.page + 1).address()

    def address(self) -> str:
        page = str(self.page) if self.page > 1 else ""
        asked = {"lieu": self.place, "activite": str(self.activity or ""), "page": page}
        chosen = urlencode({name: value for name, value in asked.items() if value})
        return f"/dates?{chosen}" if chosen else "/dates"


@router.get("/dates")
async def show(request: Request, page: Annotated[Page | None, Depends(page_of_client)]) -> HTMLResponse:
    return await _show(request, page)


@router.post("/dates")
async def wait(page: Annotated[Page, Depends(page_for(READ_OWN_FILE))]) -> Response:
    """A client joins a waiting list, or leaves it; or presses a heart."""
    filled = await form.typed(page)
    if hearts.pressed(filled):
        outcome, done = await hearts.take(page, filled)
    else:
        act = form.text(filled, "act") or ""
        if act not in _ACTS:
            raise NotFoundError
        command, done = _ACTS[act]
        fields = {"client": page.own, "workshop": form.text(filled, "workshop")}
        outcome = await form.send(page, filled, command, fields)
    if outcome.answer is not None:
        return see_other(Filters.of(page.request).address(), outcome.answer.position, done)
    if outcome.refused is None:
        raise NotFoundError
    return await _show(page.request, page, outcome.refused)


async def _show(request: Request, page: Page | None, refused: Refused | None = None) -> HTMLResponse:
    filters, instant = Filters.of(request), now(request)
    async with request.app.state.reads.connection() as connection:
        if page is not None:
            await wait_for(connection, _MODELS, page.after)
        found = await _dates(connection, filters, instant, None if page is None else page.own)
        first = (filters.page - 1) * PER_PAGE
        rows = found[first : first + PER_PAGE]
        context = {
            "filters": {"lieu": filters.place, "activite": str(filters.activity or "")},
            "here": filters.address(),
            "log_in": f"/connexion?next={quote(filters.address())}",
            "countries": await catalogue.countries(connection),
            "activities": [a for a in await catalogue.activities(connection) if not a["retired"]],
            "groups": _by_place(rows),
            "next_href": filters.following() if len(found) > first + PER_PAGE else None,
            "own": None if page is None else await _own(connection, page, instant),
            "contact": await contact(connection),
        }
    if page is None:
        return sheet("public/dates.html", context)
    return page.show("public/dates.html", context, notice=notice_of(page), refused=refused)


async def _dates(connection: Reads, filters: Filters, instant: datetime, client: UUID | None) -> list[Row]:
    """Those that a client may still choose: what has begun is for staff.

    A seat that is held or offered is free to nobody but whom it is kept for (ATE-2).
    """
    wanted = workshop_dates.Wanted(instant, place=filters.place, activity=filters.activity, open=True)
    of_country = len(filters.place) == 2
    rows = await (
        workshop_dates.dates_for_client(connection, wanted)
        if of_country
        else workshop_dates.dates(connection, wanted, limit=_MOST)
    )
    ahead = [row for row in rows if datetime.fromisoformat(row["starts"]) > instant]
    ids = [UUID(row["id"]) for row in ahead]
    kept = await waiting_list.kept(connection, ids, instant, apart_from=client)
    return [{name: row[name] for name in _SHOWN} | {"free": _free(row, kept)} for row in ahead]


def _free(row: Row, kept: Mapping[UUID, Kept]) -> int:
    left: int = row["capacity"] - row["taken"] - kept.get(UUID(row["id"]), Kept()).seats
    return max(0, left)


def _by_place(rows: list[Row]) -> list[dict[str, Any]]:
    """Country by country, each by date, the online ones last (ATE-3)."""
    places = sorted({_place(row) for row in rows}, key=lambda place: (place == "online", place))
    return [{"place": p, "workshops": [row for row in rows if _place(row) == p]} for p in places]


def _place(row: Row) -> str:
    return "online" if row["venue"] is None else str(row["venue"]["country"])


async def _own(connection: Reads, page: Page, instant: datetime) -> dict[str, Any]:
    """What the client has already: by activity the open registration, and the lists waited on."""
    client = page.own
    rows = await dossier.registrations(connection, client)
    return {
        "registrations": {r["activity_id"]: r for r in rows if r["state"] in ("scheduled", "to_schedule")},
        "waiting_for": [
            w["workshop"]["id"] for w in await waiting_list.waiting_for(connection, client, instant)
        ],
        "hearts": await hearts.of(connection, client),
    }
