"""GET /api/workshops/{id}/roster: the list of participants, also as a file (LIS-1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from aggregates.kernel import Role
from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import closing, participants
from projections.query import Reads, Row, wait_for
from read_api.access_trail import record_access
from read_api.exports import FILE, Cents, Form, Row as Line, download, headings
from read_api.lists import After, ReadsOf, answer_bytes, position_of
from read_api.parameters import WorkshopId
from read_api.queries import READ_ROSTER, SEES_MONEY, masks_contact
from read_api.shapes_roster import Roster
from read_api.workshop_dates import own_workshop
from schema.access_trail import Reading
from schema.labels import Language, label

router = APIRouter(prefix="/api/workshops", tags=["workshops"])
MODELS = (
    "roster",
    "money",
    "workshop_dates",
    "catalogue",
    "dossier",
    "profile",
    "phases",
    "proofs",
    "to_dos",
)
"""What the list shows rows of."""
COLUMNS = (
    "last_name",
    "first_name",
    "student",
    "retake",
    "attendance",
    "finishes_phase",
    "telephone",
    "has_email",
    "proof",
)
METHOD_COLUMNS = ("cheque", "cash", "card", "transfer", "credit", "taken_over")
MONEY_COLUMNS = (
    "price",
    "regular",
    "paid",
    "noted",
    "balance",
    *METHOD_COLUMNS,
    "currency",
    "red_flag",
    "comments",
)
"""Of who may see money."""


async def sees_money(connection: Reads, workshop: UUID, asker: Asker) -> bool:
    """Trainers don't, but of an independent ÊTRE BIEN, whose payments they note (Roles, FAC-5)."""
    if asker.who.role in SEES_MONEY:
        return True
    return asker.who.role is Role.TRAINER and await closing.is_independent(connection, workshop)


@router.get("/{workshop}/roster", response_model=Roster)
async def read_roster(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_ROSTER))],
    after: After = None,
) -> Response:
    """Participants by name; money and the red flag only for those who may see money."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    header = await own_workshop(connection, workshop, asker)
    see_money = await sees_money(connection, workshop, asker)
    body = await roster_of(connection, header, workshop, asker, see_money=see_money)
    return answer_bytes(request, asker, body, fresh)


@router.get("/{workshop}/roster/export", response_class=StreamingResponse, responses=FILE)
async def export_roster(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_ROSTER))],
    form: Form = "csv",
    after: After = None,
) -> Response:
    """Participants by name as a file, with money for those who may see it. Noted in the access trail."""
    await wait_for(connection, MODELS, position_of(after))
    await own_workshop(connection, workshop, asker)
    see_money, language = await sees_money(connection, workshop, asker), language_of(request)
    rows = await participants.participants(
        connection, workshop, see_money=see_money, see_contact=not masks_contact(asker.who)
    )
    persons = len({row["client"] for row in rows})
    await record_access(request, connection, asker, Reading.ROSTER_EXPORT, workshop, persons, {"form": form})
    columns = (*COLUMNS, *MONEY_COLUMNS) if see_money else COLUMNS
    made = _lines(rows, language, see_money=see_money)
    return download(form, f"participants-{workshop}", headings(language, columns), made)


async def _lines(rows: Iterable[Row], language: Language, *, see_money: bool) -> AsyncIterator[Line]:
    for row in rows:
        about = _about(row, language)
        yield (*about, *_money(row, language)) if see_money else about


def _about(row: Row, language: Language) -> Line:
    proof = row["proof"]
    return (
        row["last_name"],
        row["first_name"],
        _yes(row["student"], language),
        _yes(row["retake"], language),
        _yes(row["state"] == "followed", language),
        row["finishes_phase"],
        row["telephone"],
        _yes(row["has_email"], language),
        None if proof is None else label(language, "proof", proof["state"]),
    )


def _money(row: Row, language: Language) -> Line:
    paid, regular = row["payments"], row["regular"]
    return (
        Cents(row["price"]["minor"]),
        None if regular is None else Cents(regular["minor"]),
        Cents(paid["paid"]["minor"]),
        Cents(paid["noted"]["minor"]),
        Cents(row["balance"]["minor"]),
        *(Cents(paid["by_method"][method]["minor"]) for method in METHOD_COLUMNS),
        row["price"]["currency"],
        _yes(row["red_flag"], language),
        "; ".join(_comment(comment, language) for comment in row["comments"]),
    )


def _comment(comment: Row, language: Language) -> str:
    method = label(language, "payment_method", comment["method"])
    return ", ".join(filter(None, (method, comment["number"], comment["drawer"], comment["comment"])))


def _yes(holds: bool, language: Language) -> str | None:
    return label(language, "word", "true") if holds else None


async def roster_of(
    connection: Reads, header: Row, workshop: UUID, asker: Asker, *, see_money: bool
) -> bytes:
    """What the asker sees of the roster, as the members of a JSON object."""
    see_contact = not masks_contact(asker.who)
    rows = await participants.participants_json(
        connection, workshop, see_money=see_money, see_contact=see_contact
    )
    helping = orjson.dumps(await participants.assistants(connection, workshop))
    return b'"workshop":%s,"assistants":%s,"items":%s,"next":null' % (orjson.dumps(header), helping, rows)
