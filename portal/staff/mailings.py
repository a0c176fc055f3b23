"""E-mails to many, /envois: what waits, leaves and has left, and what to do about it (COM-3, COM-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from commands.access import both
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.decide_held_mail import DecideHeldMail
from commands.mailing.pause_mailing import PauseMailing
from commands.mailing.resume_mailing import ResumeMailing
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.staff.paging import PER_PAGE, next_page
from projections import mailings
from projections.query import MASKED, Row, wait_for
from read_api.lists import NotFoundError, decode_cursor
from read_api.mailings import MODELS, persons_of, shown, wanted_by
from read_api.queries import LIST_MAILINGS, masks_contact
from schema.labels import tables

router = APIRouter(include_in_schema=False)
MailingsPage = Annotated[Page, Depends(page_for(LIST_MAILINGS))]
ActPage = Annotated[Page, Depends(page_for(both(LIST_MAILINGS, ApproveMailing.ALLOWED)))]
"""Approving is whose responsibility it is; fewer may do the other acts, which each command says."""
_NOTHING = form.Outcome()


def _alone(mailing: UUID, _filled: FormData) -> Mapping[str, Any]:
    return {"mailing": mailing}


def _cancelled(mailing: UUID, filled: FormData) -> Mapping[str, Any]:
    return {"mailing": mailing, "reason": form.text(filled, "reason")}


def _held(mailing: UUID, filled: FormData) -> Mapping[str, Any]:
    which = {name: form.text(filled, name) for name in ("client", "tried")}
    return {"mailing": mailing, "send": form.text(filled, "act") == "send", **which}


_ACTS: Mapping[str, FormAct[UUID]] = {
    "approve": FormAct(ApproveMailing, "mailing_approved", _alone),
    "pause": FormAct(PauseMailing, "mailing_paused", _alone),
    "resume": FormAct(ResumeMailing, "mailing_resumed", _alone),
    "cancel": FormAct(CancelMailing, "mailing_cancelled", _cancelled),
    "send": FormAct(DecideHeldMail, "held_mail_decided", _held),
    "leave": FormAct(DecideHeldMail, "held_mail_decided", _held),
}


@router.get("/envois")
async def show(page: MailingsPage) -> HTMLResponse:
    asker = page.asker
    asked = page.request.query_params
    states = tables("fr")["mailing_state"]
    state = asked.get("etat") if asked.get("etat") in states else None
    start = decode_cursor(asked.get("suite"), by_instant=True)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        wanted = await wanted_by(connection, asker, state)
        rows = await mailings.mailings(connection, wanted, before=start, limit=PER_PAGE)
    context = {
        "state": state or "",
        "states": [{"id": name, "name": words} for name, words in states.items()],
        "mailings": [shown(row, asker, "fr") for row in rows],
        "next_href": next_page("/envois", rows, "composed_at", "id", etat=state or ""),
    }
    return page.show("staff/mailings.html", context, notice=notice_of(page))


@router.get("/envois/{mailing}")
async def show_one(page: MailingsPage, mailing: UUID) -> HTMLResponse:
    return await _one(page, mailing)


async def _one(page: Page, mailing: UUID, came: form.Outcome = _NOTHING) -> HTMLResponse:
    asker = page.asker
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        found = await mailings.one(connection, mailing, await wanted_by(connection, asker))
        if found is None:
            raise NotFoundError
        persons = await persons_of(connection, mailing, "fr")
    text = found.pop("text")
    context = {
        "mailing": shown(found, asker, "fr"),
        "text": MASKED if masks_contact(asker.who) else text,
        "persons": [person | {"sent_at": _instant(person)} for person in persons],
        "errors": dict(came.errors or {}),
        "values": {},
    }
    return page.show("staff/mailing.html", context, notice=notice_of(page), refused=came.refused)


@router.post("/envois/{mailing}")
async def act(page: ActPage, mailing: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, mailing)
    if outcome.answer is None:
        return await _one(page, mailing, outcome)
    return see_other(f"/envois/{mailing}", outcome.answer.position, wish.done)


def _instant(person: Row) -> str | None:
    return None if person["sent_at"] is None else person["sent_at"].isoformat()
