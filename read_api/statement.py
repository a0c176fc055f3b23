"""GET /api/statement/…, /api/cancellation-cases: what accounting follow up (FAC-4, FAC-8, FAC-10)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from aggregates.catalogue.settings import SchoolSettings
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import send_cheques_now
from commands.access import Scope
from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import cases, catalogue, statement
from projections.query import Row, wait_for
from read_api.access_trail import Since, Until
from read_api.lists import (
    After,
    Cursor,
    Limit,
    ReadsOf,
    answer,
    decode_cursor,
    following,
    page_of,
    position_of,
)
from read_api.queries import LIST_CASES, LIST_CHEQUES, READ_STATEMENT
from read_api.shapes import ID, PageOf
from read_api.shapes_money import Balances, CancellationCase, Cheques, ToDeposit, UnusedDeposit
from read_api.workshop_dates import now, this_minute
from schema.labels import label

router = APIRouter(prefix="/api", tags=["statement"])
MODELS = ("money", "cases", "dossier", "to_schedule", "catalogue", "workshop_dates")


@router.get("/statement/balances", response_model=Balances)
async def list_balances(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_STATEMENT))],
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Who owes what, by name and by days since the invoice; `totals` are those of all clients."""
    fresh = await wait_for(connection, ("money", "dossier", "catalogue"), position_of(after))
    today = await _today(request, connection)
    rows = await statement.balances(connection, today, after=decode_cursor(cursor), limit=limit)
    totals = await statement.totals(connection, today)
    body = {"items": rows, "next": following(rows, limit, "sort", "id"), "totals": totals}
    return answer(request, asker, body, fresh.at(today))


@router.get("/statement/unused-deposits", response_model=PageOf[UnusedDeposit])
async def list_unused_deposits(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_STATEMENT))],
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Money paid, or noted, for places À PLANIFIER and for cancelled ones not yet decided; longest first."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    rows = await statement.unused_deposits(
        connection, after=decode_cursor(cursor, by_instant=True), limit=limit
    )
    return page_of(request, asker, rows, limit, fresh, "since", "registration")


@router.get("/statement/payments-to-deposit", response_model=ToDeposit)
async def list_payments_to_deposit(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_STATEMENT))],
    method: Annotated[
        PaymentMethod | None, Query(description="Paid in this way only.", examples=["cheque"])
    ] = None,
    holder: Annotated[
        UUID | None, Query(description="Staff user who holds the cheque.", examples=[ID])
    ] = None,
    before: Annotated[
        AwareDatetime | None,
        Query(description="Noted before this instant.", examples=["2026-11-24T15:00:00Z"]),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """« Noté, à déposer », oldest first; `in_short` counts all of them per method, holder and currency."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    wanted = statement.Noted(None if method is None else method.value, holder, before)
    rows = await statement.to_deposit(
        connection, wanted, after=decode_cursor(cursor, by_instant=True), limit=limit
    )
    in_short = await statement.to_deposit_in_short(connection)
    body = {"items": rows, "next": following(rows, limit, "at", "id"), "in_short": in_short}
    return answer(request, asker, body, fresh)


@router.get("/statement/cheques", response_model=Cheques)
async def list_cheques(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_CHEQUES))],
    after: After = None,
) -> Response:
    """Cheques per holder; organisers and trainers get their own. `send_now`: no workshop of the holder is
    planned, or the next starts later than the school's setting, 4 months."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    holder = None if asker.scope is Scope.ANY else asker.who.user
    school = await catalogue.school(connection)
    today = await _today(request, connection)
    rows = await shown_cheques(connection, now(request), today, holder, school)
    return answer(request, asker, {"items": rows}, fresh.at(this_minute(request)))


async def shown_cheques(
    connection: ReadsOf, at: datetime, today: date, holder: UUID | None, school: SchoolSettings
) -> list[Row]:
    """Cheques per holder, each with whether they are to be sent now (FAC-10)."""
    rows = await statement.cheques(connection, at, holder=holder)
    for row in rows:
        next_day = row.pop("next_day")
        starts = None if next_day is None else date.fromisoformat(next_day)
        row["send_now"] = send_cheques_now(starts, today, school.cheque_months)
    return rows


@router.get("/cancellation-cases", response_model=PageOf[CancellationCase])
async def list_cases(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_CASES))],
    state: Annotated[
        Literal["open", "decided"], Query(description="Still to decide, or decided.", examples=["open"])
    ] = "open",
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Cases to decide, oldest first, or those decided from an instant on and before another, newest first."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    place = decode_cursor(cursor, by_instant=True)
    if state == "open":
        rows = await cases.open_cases(connection, after=place, limit=limit)
    else:
        rows = await cases.decided_cases(connection, since=since, until=until, after=place, limit=limit)
    language = language_of(request)
    for row in rows:
        row["label"] = label(language, "fee_basis", row["basis"])
    by = "opened_at" if state == "open" else "decided_at"
    return page_of(request, asker, rows, limit, fresh, by, "line")


async def _today(request: Request, connection: ReadsOf) -> date:
    """The day in the school's zone."""
    school = await catalogue.school(connection)
    return school.day_of(now(request))
