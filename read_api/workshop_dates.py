"""GET /api/workshops: dated workshops with free seats, filtered by place (ATE-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from commands.authentication import Asker, allowed
from projections import workshop_dates
from projections.query import Row, wait_for
from read_api.lists import (
    After,
    Cursor,
    Limit,
    NotFoundError,
    ReadsOf,
    answer,
    decode_cursor,
    page_of,
    position_of,
)
from read_api.parameters import ActivityOf, FromDay, ToDay, WorkshopId
from read_api.queries import LIST_WORKSHOPS, READ_ROSTER
from read_api.shapes import OneWorkshop, PageOf, Workshop

router = APIRouter(prefix="/api/workshops", tags=["workshops"])
_MODELS = ("workshop_dates", "catalogue")


@router.get("", response_model=PageOf[Workshop])
async def list_workshops(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_WORKSHOPS))],
    place: Annotated[
        str,
        Query(
            pattern="^([A-Z]{2}|online|)$",
            description="Country code, `online`, or empty for TOUS LES LIEUX.",
            examples=["CA"],
        ),
    ] = "",
    activity: ActivityOf = None,
    past: Annotated[bool, Query(description="Those that ended, latest first.", examples=[False])] = False,
    cancelled: Annotated[
        bool, Query(description="Those that were cancelled too (ATE-4).", examples=[False])
    ] = False,
    since: FromDay = None,
    until: ToDay = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Dated workshops by start; without days those that have not ended."""
    fresh = await wait_for(connection, _MODELS, position_of(after))
    wanted = workshop_dates.Wanted(
        now(request),
        place=place,
        activity=activity,
        past=past,
        since=since,
        until=until,
        cancelled=cancelled,
    )
    rows = await workshop_dates.dates(
        connection,
        wanted,
        after=decode_cursor(cursor, by_instant=True),
        limit=limit,
    )
    return page_of(request, asker, rows, limit, fresh.at(this_minute(request)), "starts", "id")


@router.get("/{workshop}", response_model=OneWorkshop)
async def read_workshop(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_ROSTER))],
    after: After = None,
) -> Response:
    """One workshop; for organisers and trainers one of their own, for organisers of their regions too."""
    fresh = await wait_for(connection, _MODELS, position_of(after))
    return answer(request, asker, {"workshop": await own_workshop(connection, workshop, asker)}, fresh)


async def own_workshop(connection: ReadsOf, workshop: UUID, asker: Asker) -> Row:
    """The workshop if it is within the asker's reach. Raises NotFoundError."""
    found = await workshop_dates.one(connection, workshop, asker.own)
    if found is None:
        raise NotFoundError
    return found


def now(request: Request) -> datetime:
    """The school's clock."""
    instant: datetime = request.app.state.clock()
    return instant


def this_minute(request: Request) -> datetime:
    """As exact as an answer that time changes must be to be the same."""
    return now(request).replace(second=0, microsecond=0)
