"""Closing a workshop, /ateliers/{id}/fermeture: what is missing, the absent, the last step (ATE-6, ATE-7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.catalogue.settings import Responsibility
from aggregates.kernel import Currency, Refused
from aggregates.workshop.closing.events import Expense, GapKind
from commands.access import both
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
from portal.acts import FormAct, carry_out, wished
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from projections import catalogue, closing, papers, participants
from projections.query import Reads, Row, wait_for
from read_api.lists import NotFoundError
from read_api.queries import PRINT_TAX_RECEIPTS, READ_ROSTER
from read_api.roster import MODELS, sees_money
from read_api.workshop_dates import now, own_workshop
from schema.files import Files
from schema.labels import tables

router = APIRouter(include_in_schema=False)
ClosingPage = Annotated[Page, Depends(page_for(READ_ROSTER))]
ActPage = Annotated[Page, Depends(page_for(both(READ_ROSTER, SettleAbsence.ALLOWED)))]
"""Whoever may do the least of it; each command asks for its own roles."""
_PATH = "/ateliers/{workshop}/fermeture"


def _only(workshop: UUID, _filled: FormData) -> Mapping[str, Any]:
    return {"workshop": workshop}


def _reasoned(workshop: UUID, filled: FormData) -> Mapping[str, Any]:
    return {"workshop": workshop, "reason": form.text(filled, "reason")}


def _expense(workshop: UUID, filled: FormData) -> Mapping[str, Any]:
    return {"workshop": workshop, "expense": form.text(filled, "expense"), "document": None}


def _absences(workshop: UUID, filled: FormData) -> Mapping[str, Any]:
    absents = tuple(_absents(filled))
    if not absents:
        raise form.WrongFieldError("absences", "Choisissez ce que devient au moins une des inscriptions.")
    return {"workshop": workshop, "absents": absents}


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


_ACTS: Mapping[str, FormAct[UUID]] = {
    "absences": FormAct(SettleAbsence, "absences_settled", _absences),
    "expense": FormAct(UploadExpense, "expense_told", _expense),
    "envelope": FormAct(ListEnvelope, "envelope_listed", _only),
    "hand_over": FormAct(HandOver, "handed_over", _only),
    "close": FormAct(CloseWorkshop, "workshop_closed", _reasoned),
    "receipts": FormAct(SendTaxReceipts, "receipts_sent", _only),
    "give_back": FormAct(GiveBack, "given_back", _reasoned),
    "propose_reopening": FormAct(ProposeReopening, "reopening_proposed", _reasoned),
    "approve_reopening": FormAct(ApproveReopening, "workshop_reopened", _only),
}


@router.get(_PATH)
async def show(page: ClosingPage, workshop: UUID) -> HTMLResponse:
    return await show_closing(page, workshop)


async def show_closing(
    page: Page,
    workshop: UUID,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    """The page, also after a form on it was refused."""
    async with page.reads.connection() as connection:
        await wait_for(connection, (*MODELS, "to_dos", "papers"), page.after)
        header = await own_workshop(connection, workshop, page.asker)
        found = await closing.closing(connection, workshop)
        if found is None:
            raise NotFoundError
        see_money = await sees_money(connection, workshop, page.asker)
        rows = await participants.participants(connection, workshop, see_money=see_money, see_contact=False)
        receipts = await _receipts(page, connection, workshop)
    files = cast("Files", page.request.app.state.files)
    heads = await anyio.to_thread.run_sync(
        files.heads, [UUID(paper["document"]) for paper in found["papers"]]
    )
    words = tables("fr")
    context = {
        "workshop": header,
        "receipts": receipts,
        "closing": found,
        "gaps": [
            {
                "kind": kind,
                "label": words["gap_kind"][kind],
                "count": count,
                "who": [row for row in rows if see_money and _lacks(row, kind)],
            }
            for kind, count in found["missing"].items()
        ],
        "absent": [row for row in rows if row["state"] == "scheduled"],
        "expenses": [
            {
                "id": kind.value,
                "label": words["expense"][kind.value],
                "told": kind.value in found["expenses"],
                "papers": [
                    {"id": paper["document"], "name": heads[id_].name, "size": heads[id_].size}
                    for paper in found["papers"]
                    if paper["expense"] == kind.value and (id_ := UUID(paper["document"])) in heads
                ],
            }
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


def _lacks(row: Row, kind: str) -> bool:
    """Whether this person is why that is missing."""
    match kind:
        case GapKind.BALANCE | GapKind.PAYMENTS:
            return bool(row["balance"]["minor"] > 0)
        case GapKind.CHEQUE_COMMENT:
            said = any(c["method"] == "cheque" for c in row["comments"])
            return bool(row["payments"]["by_method"]["cheque"]["minor"]) and not said
        case _:
            return False


@router.post(_PATH)
async def act(page: ActPage, workshop: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, workshop)
    if outcome.answer is None:
        values, errors = form.values(filled), outcome.errors
        return await show_closing(page, workshop, values=values, errors=errors, refused=outcome.refused)
    return see_other(f"/ateliers/{workshop}/fermeture", outcome.answer.position, wish.done)
