"""A dossier, /dossiers/{id}: registrations, money, communications, documents, notes, history (DOS-17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.catalogue.settings import Responsibility
from aggregates.invoice.policies import currency_of
from aggregates.kernel import Refused
from commands.access import both
from commands.authentication import Asker
from commands.clients.invite_client import InviteClient
from commands.mails.resend_mail import ResendMail
from commands.mails.resend_missed import ResendMissed
from commands.mails.set_aside_missed import SetAsideMissed
from commands.registrations.send_phase_letter import SendPhaseLetter
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.paging import PER_PAGE
from processors.documents.phase_letter import is_finished
from projections import catalogue, dossier, history as history_model
from projections.query import Reads, wait_for
from read_api import communications, history
from read_api.access_trail import record_access
from read_api.dossier import MODELS, dossier_of, note_opening
from read_api.lists import NotFoundError, position_of
from read_api.queries import READ_DOSSIER, SEES_MONEY, masks_contact
from read_api.workshop_dates import now
from schema.access_trail import Reading
from schema.store import Store

router = APIRouter(include_in_schema=False)
DossierPage = Annotated[Page, Depends(page_for(READ_DOSSIER))]
LetterPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, SendPhaseLetter.ALLOWED)))]
AgainPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, ResendMail.ALLOWED)))]
_TABS = ("inscriptions", "factures", "communications", "documents", "notes", "historique")
PAST_TABS = ("inscriptions", "factures", "documents", "notes")
"""What a past moment shows: mails and history are today's."""


def _mail(client: UUID, filled: FormData) -> Mapping[str, Any]:
    mail = form.text(filled, "mail")
    return {"client": client} | ({} if mail is None else {"mail": mail})


def _client(client: UUID, _filled: FormData) -> Mapping[str, Any]:
    return {"client": client}


_ACTS: Mapping[str, FormAct[UUID]] = {
    "resend_missed": FormAct(ResendMissed, "missed_resent", _client),
    "resend": FormAct(ResendMail, "mail_resent", _mail),
    "set_aside": FormAct(SetAsideMissed, "missed_set_aside", _client),
    "invite": FormAct(InviteClient, "invited", _client),
}


@router.get("/dossiers/{client}")
async def show(page: DossierPage, client: UUID) -> HTMLResponse:
    return await show_dossier(page, client)


@router.post("/dossiers/{client}/phases/{enrolment}/lettre")
async def send_letter(page: LetterPage, client: UUID, enrolment: UUID) -> Response:
    """« Phase terminée »: one click sends the letter (ATT-2)."""
    filled = await form.typed(page)
    fields = {"client": client, "enrolment": enrolment, "resend": form.text(filled, "resend") is not None}
    outcome = await form.send(page, filled, SendPhaseLetter, fields)
    if outcome.answer is None:
        return await show_dossier(page, client, refused=outcome.refused)
    return see_other(f"/dossiers/{client}", outcome.answer.position, "letter_sent")


@router.post("/dossiers/{client}/communications")
async def send_again(page: AgainPage, client: UUID) -> Response:
    """Send missed mails anew, or one of any kind, or set the missed ones aside (COM-1, COM-10)."""
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, client)
    if outcome.answer is not None:
        return see_other(f"/dossiers/{client}?onglet=communications", outcome.answer.position, wish.done)
    if outcome.refused is None:
        raise NotFoundError
    return await show_dossier(page, client, refused=outcome.refused, tab="communications")


async def show_dossier(
    page: Page,
    client: UUID,
    *,
    refused: Refused | None = None,
    tab: str | None = None,
    errors: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The dossier at that tab, also after a form on it was refused."""
    asker = page.asker
    asked = tab or page.request.query_params.get("onglet", "")
    tab = asked if asked in _TABS else _TABS[0]
    async with page.reads.connection() as connection:
        await wait_for(connection, (*MODELS, "history"), page.after)
        found = await dossier_of(connection, client, asker, now(page.request))
        await note_opening(page.request, connection, asker, client)
        person = await dossier.identity(connection, client)
        assert person is not None
        context = await frame_of(page, connection, found, person["country"], now(page.request))
        counts = await _counts(connection, client, found)
        context |= {"tab": tab, "counts": counts, "errors": errors or {}}
        if tab == "historique":
            context |= await _history(page, connection, client, asker)
        elif tab == "communications":
            context |= await _communications(page, connection, client, asker)
    following = [("Voir l’historique", f"/dossiers/{client}?onglet=historique")]
    if context["dossier"]["state"] == "active":
        following.insert(0, ("Inscrire", f"/dossiers/{client}/inscrire"))
    return page.show("staff/dossier.html", context, notice=notice_of(page, *following), refused=refused)


async def frame_of(
    page: Page, connection: Reads, found: Mapping[str, Any], country: str, at: datetime
) -> dict[str, Any]:
    """What the page says of a dossier at that moment, whatever its tab."""
    asker = page.asker
    school = await catalogue.school(connection)
    today, mine = school.day_of(at), {asker.who.user, *asker.who.roles}
    return {
        **{name: value for name, value in found.items() if name != "client"},
        "phases": [phase | {"letter_ready": is_finished(phase, today)} for phase in found["phases"]],
        "sends_letters": school.holder_of(Responsibility.PHASE_LETTERS) in mine,
        "opens_places": school.holder_of(Responsibility.MISSING_PLACES) in mine,
        "dossier": found["client"] | {"currency": currency_of(country, school)},
        "card_valid": _valid(found["card"], today),
        "today": today.isoformat(),
        "now": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "history": [],
        "communications": [],
        "mail": None,
        "next_href": None,
        "see_money": asker.who.role in SEES_MONEY,
        "errors": {},
    }


async def _counts(connection: Reads, client: UUID, found: Mapping[str, Any]) -> dict[str, int]:
    return lengths(found) | {
        "communications": await communications.count(connection, client),
        "history": await history_model.count(connection, client),
    }


def lengths(found: Mapping[str, Any]) -> dict[str, int]:
    """What stands behind each tab, at whatever moment."""

    def length(*names: str) -> int:
        return sum(len(cast("Sequence[Any]", found[name])) for name in names)

    return {
        "registrations": length("registrations", "waiting_for", "followed_elsewhere"),
        "invoices": length("invoices"),
        "documents": length("documents"),
        "notes": sum(note is not None for note in found["notes"].values()) + length("interests"),
    }


def _valid(card: Mapping[str, str | None] | None, today: date) -> bool:
    """Whether the privilege card is valid today, both its days included (DOS-20)."""
    if card is None or card["valid_from"] is None or card["valid_from"] > today.isoformat():
        return False
    return card["valid_until"] is None or today.isoformat() <= card["valid_until"]


async def _history(page: Page, connection: Reads, client: UUID, asker: Asker) -> dict[str, Any]:
    before = position_of(page.request.query_params.get("avant") or None)
    await record_access(page.request, connection, asker, Reading.HISTORY, client)
    entries = await history.entries(
        connection, _store(page), client, "fr", before=before, masked=masks_contact(asker.who)
    )
    full = len(entries) == PER_PAGE
    return {
        "history": [{"at": e.at.isoformat(), "by": e.by, "sentence": e.sentence} for e in entries],
        "next_href": f"/dossiers/{client}?onglet=historique&avant={entries[-1].position}" if full else None,
    }


async def _communications(page: Page, connection: Reads, client: UUID, asker: Asker) -> dict[str, Any]:
    """A page of them, and the mail among them that is opened."""
    params, tab = page.request.query_params, f"/dossiers/{client}?onglet=communications"
    desk = communications.Desk(connection, _store(page), asker, "fr")
    found = await desk.page(client, before=communications.place(params.get("suite")), limit=PER_PAGE)
    opened = uuid_or_none(params.get("courriel"))
    return {
        "communications": [row | {"at": row["at"].isoformat()} for row in found.rows],
        "mail": None if opened is None else await desk.mail(client, opened),
        "next_href": f"{tab}&suite={found.next}" if found.next else None,
    }


def _store(page: Page) -> Store:
    return cast("Store", page.request.app.state.store)
