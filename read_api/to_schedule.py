"""GET /api/to-schedule: inscrits sans date (INS-1)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from commands.authentication import Asker, allowed
from projections import to_schedule
from projections.query import wait_for
from read_api.lists import After, Cursor, Limit, PageOf, ReadsOf, decode_cursor, page_of, position_of
from read_api.queries import LIST_TO_SCHEDULE

router = APIRouter(prefix="/api/to-schedule", tags=["registrations"])


@router.get("", response_model=PageOf)
async def list_to_schedule(
    connection: ReadsOf,
    _: Annotated[Asker, Depends(allowed(LIST_TO_SCHEDULE))],
    activity: UUID | None = None,
    country: Annotated[str, Query(pattern="^([A-Z]{2}|)$")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Who waits for a date, longest first."""
    fresh = await wait_for(connection, ("to_schedule", "catalogue", "workshop_dates"), position_of(after))
    key = decode_cursor(cursor)
    rows = await to_schedule.waiting(
        connection,
        activity=activity,
        country=country,
        after=None if key is None else (key[0], key[1]),
        limit=limit,
    )
    return page_of(rows, limit, fresh, "since", "registration")
