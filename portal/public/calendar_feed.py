"""The own dates in a calendar program: /calendrier opens, shows and ends a secret link (ATE-9)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Role
from aggregates.workshop.own import Own
from commands.calendar_feeds import CalendarFeeds
from portal import form
from portal.language import later
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.public.sheet import sheet
from processors.runtime.calendar import calendar
from processors.runtime.links import Links
from projections import catalogue, dossier, workshop_dates
from projections.merged import survivor
from projections.query import Reads, Row, wait_for
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_DATES
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
FeedPage = Annotated[Page, Depends(page_for(READ_OWN_DATES))]
_BACK = timedelta(days=90)
"""What is over stays in the calendar that long."""
_MOST = 500
_HEADERS = {
    "Cache-Control": "private, max-age=600",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@router.get("/calendrier")
async def show(page: FeedPage) -> HTMLResponse:
    """Who looks as a client sees whether there is a link, never the link (DOS-12)."""
    feed = await anyio.to_thread.run_sync(_feeds(page).of, page.own)
    helped = page.session.principal.behalf is not None
    link = None
    if feed is not None and not helped:
        link = cast("Links", page.request.app.state.links).calendar(page.own, feed.nonce)
    context = {
        "link": link,
        "subscribe": None if link is None else f"webcal:{link.partition(':')[2]}",
        "since": None if feed is None else feed.opened_at.isoformat(),
        "is_client": page.asker.who.role is Role.CLIENT,
    }
    shown = page.show("public/calendar_feed.html", context, notice=notice_of(page))
    shown.headers["Cache-Control"] = "no-store"
    return shown


@router.post("/calendrier")
async def change(page: FeedPage) -> Response:
    filled = await form.typed(page)
    acts = {"open": (_feeds(page).open, "calendar_opened"), "close": (_feeds(page).close, "calendar_closed")}
    act = form.text(filled, "act") or ""
    if act not in acts:
        raise NotFoundError
    change, done = acts[act]
    await anyio.to_thread.run_sync(change, page.own)
    return see_other("/calendrier", None, done)


@router.get("/calendrier/{token}.ics")
async def subscribe(request: Request, token: str) -> Response:
    """Without log-in: calendar programs have none. What the owner's dates are now, no names in it."""
    named = cast("Links", request.app.state.links).calendar_of(token)
    if named is None:
        return _over()
    owner, nonce = named
    feed = await anyio.to_thread.run_sync(CalendarFeeds(request.app.state.sessions).of, owner)
    if feed is None or not secrets.compare_digest(feed.nonce, nonce):
        return _over()
    at: datetime = await anyio.to_thread.run_sync(now, request)
    async with request.app.state.reads.connection() as connection:
        await wait_for(connection, ("workshop_dates", "dossier", "catalogue"), None)
        dates = await _dates(connection, owner, at)
        school = await catalogue.school(connection)
    text = calendar(dates, at, feed=school.name)
    return Response(text, media_type="text/calendar; charset=utf-8", headers=_HEADERS)


async def _dates(connection: Reads, owner: UUID, at: datetime) -> list[tuple[Row, UUID]]:
    """A client's registrations with a date, a staff user's own workshops; of a dossier that became part of
    another one that one's (DOS-5). Where an organiser must be: not all workshops of their regions."""
    owner = await survivor(connection, owner)
    person = await dossier.identity(connection, owner)
    since = at - _BACK
    if person is None:
        wanted = workshop_dates.Wanted(at, own=Own(owner), since=since.date())
        rows = await workshop_dates.dates(connection, wanted, limit=_MOST)
        return [(row, UUID(row["id"])) for row in rows]
    dated = {
        UUID(r["id"]): UUID(r["workshop"]["id"])
        for r in await dossier.registrations(connection, owner)
        if r["workshop"] is not None and r["state"] in ("scheduled", "followed")
    }
    found = await workshop_dates.several(connection, list(dated.values()))
    return [
        (found[workshop], registration)
        for registration, workshop in dated.items()
        if workshop in found and datetime.fromisoformat(found[workshop]["ends"]) >= since
    ]


def _feeds(page: Page) -> CalendarFeeds:
    return CalendarFeeds(page.request.app.state.sessions)


def _over() -> HTMLResponse:
    return sheet("public/link_over.html", {"title": later("Ce lien n’est plus valable")}, 404)
