"""GET /api/ops/…: where read models and processors stand, what failed, what was erased."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from commands.authentication import Asker, allowed
from processors.runtime import erasing, operations
from projections.query import freshness
from projections.runtime import standing
from read_api.lists import ReadsOf, answer
from read_api.queries import READ_OPERATIONS
from read_api.shapes import ID, Erasures, Operations, Reactions

router = APIRouter(prefix="/api/ops", tags=["operations"])


@router.get("/models", response_model=Operations)
async def read_models(
    request: Request, connection: ReadsOf, asker: Annotated[Asker, Depends(allowed(READ_OPERATIONS))]
) -> Response:
    """Position and lag of each model; a parked one with the class of its error."""
    items = await standing.models(connection)
    body = {"items": items, "reader": await standing.reader(connection)}
    fresh = await freshness(connection, [row["name"] for row in items])
    return answer(request, asker, body, fresh.at(body))


@router.get("/reactions", response_model=Reactions)
async def reactions(
    request: Request, connection: ReadsOf, asker: Annotated[Asker, Depends(allowed(READ_OPERATIONS))]
) -> Response:
    """Position of each processor; commands and timers of theirs that came to nothing."""
    body = {"items": await operations.processors(connection), "failed": await operations.failed(connection)}
    return answer(request, asker, body, (await freshness(connection, ["history"])).at(body))


@router.get("/erasures", response_model=Erasures)
async def erasures(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_OPERATIONS))],
    person: Annotated[UUID | None, Query(description="Of this person only.", examples=[ID])] = None,
) -> Response:
    """What was erased, and which stores have answered; the newest 200, or those of one person."""
    body = {"items": await erasing.listed(connection, person=person)}
    return answer(request, asker, body, (await freshness(connection, ["history"])).at(body))
