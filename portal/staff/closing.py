"""Closing a workshop, /ateliers/{id}/fermeture: what is missing, the absent, the last step (ATE-6, ATE-7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.catalogue.settings import Responsibility
from aggregates.kernel import Currency, Refused
from aggregates.workshop.closing.events import Expense
from commands.access import ForbiddenError, both
from commands.message import Command
from commands.workshops.approve_reopening import ApproveReopening
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.give_back import GiveBack
from commands.workshops.hand_over import HandOver
from commands.workshops.list_envelope import ListEnvelope
from commands.workshops.propose_reopening import ProposeReopening
from commands.workshops.send_tax_receipts import SendTaxReceipts
from commands.workshops.settle_absence import SettleAbsence
from commands.workshops.upload_expense import UploadExpense
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from projections import catalogue, closing, papers, participants
from projections.query import Reads, Row, wait_for
from read_api.lists import NotFoundError
from read_api.queries import PRINT_TAX_RECEIPTS, READ_ROSTER, SEES_MONEY
from read_api.roster import MODELS
from read_api.workshop_dates import now, own_workshop
from schema.labels import tables

router = APIRouter(include_in_schema=False)
ClosingPage = Annotated[Page, Depends(page_for(READ_ROSTER))]
ActPage = Annotated[Page, Depends(page_for(both(READ_ROSTER, SettleAbsence.ALLOWED)))]
"""Whoever may do the least of it; each command asks for its own roles."""
_PATH = "/ateliers/{workshop}/fermeture"
_ACTS: Mapping[str, tuple[type[Command], str]] = {
    "absences": (SettleAbsence, "absences_settled"),
    "expense": (UploadExpense, "expense_told"),
    "envelope": (ListEnvelope, "envelope_listed"),
    "hand_over": (HandOver, "handed_over"),
    "close": (CloseWorkshop, "workshop_closed"),
    "receipts": (SendTaxReceipts, "receipts_sent"),
    "give_back": (GiveBack, "given_back"),
    "propose_reopening": (ProposeReopening, "reopening_proposed"),
    "approve_reopening": (ApproveReopening, "workshop_reopened"),
}
_REASONED = ("close", "give_back", "propose_reopening")


@router.get(_PATH)
async def show(page: ClosingPage, workshop: UUID) -> HTMLResponse:
    return await _show(page, workshop)


async def _show(
    page: Page,
    workshop: UUID,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, (*MODELS, "to_dos", "papers"), page.after)
        header = await own_workshop(connection, workshop, page.asker)
        found = await closing.closing(connection, workshop)
        if found is None:
            raise NotFoundError
        rows = await participants.participants(
            connection, workshop, see_money=page.asker.who.role in SEES_MONEY, see_contact=False
        )
        receipts = await _receipts(page, connection, workshop)
    words = tables("fr")
    context = {
        "workshop": header,
        "receipts": receipts,
        "closing": found,
        "gaps": [
            {"kind": kind, "label": words["gap_kind"][kind], "count": count}
            for kind, count in found["missing"].items()
        ],
        "absent": [row for row in rows if row["state"] == "scheduled"],
        "expenses": [
            {"id": kind.value, "label": words["expense"][kind.value], "told": kind.value in found["expenses"]}
            for kind in Expense
        ],
        "own_proposal": found["reopening_by"] == str(page.asker.who.user),
        "begun": datetime.fromisoformat(header["starts"]) <= now(page.request),
        "stages": words["stage"],
        "ways": words["closing_way"],
        "values": dict(values or {}),
        "errors": dict(errors or {}),
    }
    return page.show("staff/closing.html", context, notice=notice_of(page), refused=refused)


async def _receipts(page: Page, connection: Reads, workshop: UUID) -> dict[str, Any] | None:
    """How many tax receipts there are, and how many of them are to be sent; None where there are none."""
    rows = (
        await papers.receipts(connection, workshop, Currency.CAD) if page.lets_in(PRINT_TAX_RECEIPTS) else []
    )
    if not rows:
        return None
    school = await catalogue.school(connection)
    holder = school.holder_of(Responsibility.TAX_RECEIPTS)
    who = page.session.principal
    due = [row for row in rows if row["due"]]
    return {
        "all": len(rows),
        "due": len(due),
        "changed": sum(row["sent_at"] is not None for row in due),
        "may_send": holder in {who.user, *who.roles},
    }


@router.post(_PATH)
async def act(page: ActPage, workshop: UUID) -> Response:
    filled = await form.typed(page)
    wished = form.text(filled, "act") or ""
    if wished not in _ACTS:
        raise NotFoundError
    command, done = _ACTS[wished]
    if not page.lets_in(command.ALLOWED):
        raise ForbiddenError
    values = {name: str(value) for name, value in filled.items()}
    fields: dict[str, Any] = {"workshop": workshop}
    if wished in _REASONED:
        fields["reason"] = form.text(filled, "reason")
    if wished == "expense":
        fields |= {"expense": form.text(filled, "expense"), "document": None}
    if wished == "absences":
        fields["absents"] = tuple(_absents(filled))
        if not fields["absents"]:
            errors = {"absences": "Choisissez ce que devient au moins une des inscriptions."}
            return await _show(page, workshop, values=values, errors=errors)
    outcome = await form.send(page, filled, command, fields)
    if outcome.answer is None:
        return await _show(page, workshop, values=values, errors=outcome.errors, refused=outcome.refused)
    return see_other(f"/ateliers/{workshop}/fermeture", outcome.answer.position, done)


def _absents(filled: FormData) -> Iterator[Row]:
    """Those for whom an outcome was chosen."""
    for registration in map(str, filled.getlist("registration")):
        outcome = form.text(filled, f"outcome-{registration}")
        if outcome is None:
            continue
        charge = form.text(filled, f"charge-{registration}")
        yield {
            "client": form.text(filled, f"client-{registration}"),
            "registration": registration,
            "outcome": outcome,
            "noticed": f"noticed-{registration}" in filled,
            "charge_deposit": None if charge is None else charge == "yes",
            "note": form.text(filled, f"note-{registration}"),
        }
