"""GET /api/to-schedule: inscrits sans date (INS-1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from commands.authentication import Asker, allowed
from projections import to_schedule
from projections.query import wait_for
from read_api.lists import After, Cursor, Limit, ReadsOf, decode_cursor, page_of, position_of
from read_api.parameters import ActivityOf
from read_api.queries import LIST_TO_SCHEDULE
from read_api.shapes import PageOf, Waiting

router = APIRouter(prefix="/api/to-schedule", tags=["registrations"])


@router.get("", response_model=PageOf[Waiting])
async def list_to_schedule(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_TO_SCHEDULE))],
    activity: ActivityOf = None,
    country: Annotated[
        str, Query(pattern="^([A-Z]{2}|)$", description="ISO 3166 code; empty: all.", examples=["CA"])
    ] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Who waits for a date, longest first."""
    fresh = await wait_for(connection, ("to_schedule", "catalogue", "workshop_dates"), position_of(after))
    rows = await to_schedule.waiting(
        connection,
        activity=activity,
        country=country,
        after=decode_cursor(cursor, by_instant=True),
        limit=limit,
    )
    return page_of(request, asker, rows, limit, fresh, "since", "registration")
