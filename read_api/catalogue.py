"""GET /api/catalogue: activities, phases, discounts, venues, staff (CAT-1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from commands.authentication import Asker, allowed
from projections import catalogue
from projections.query import wait_for
from read_api.lists import After, ReadsOf, answer, position_of
from read_api.queries import READ_CATALOGUE
from read_api.shapes import Catalogue

router = APIRouter(prefix="/api/catalogue", tags=["catalogue"])


@router.get("", response_model=Catalogue)
async def read_catalogue(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_CATALOGUE))],
    after: After = None,
) -> Response:
    """Everything that forms choose from."""
    fresh = await wait_for(connection, ("catalogue",), position_of(after))
    body = {
        "activities": await catalogue.activities(connection),
        "phases": await catalogue.phases(connection),
        "discounts": await catalogue.discounts(connection),
        "venues": await catalogue.venues(connection),
        "staff": await catalogue.staff(connection),
    }
    return answer(request, asker, body, fresh)
