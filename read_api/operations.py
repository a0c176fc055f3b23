"""GET /api/ops/models: where each read model stands, and what it stumbled over."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from commands.authentication import Asker, allowed
from projections.query import freshness, instant, value
from read_api.lists import ReadsOf, answer
from read_api.queries import READ_OPERATIONS

router = APIRouter(prefix="/api/ops", tags=["operations"])


@router.get("/models")
async def read_models(
    connection: ReadsOf, _: Annotated[Asker, Depends(allowed(READ_OPERATIONS))]
) -> Response:
    """Position and lag in events of each model; a parked one with the class of its error."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select m.name, m.version, m.build, m.position::text as position,
                (select count(*) from events e where e.position > m.position) as lag,
                m.parked_position::text as parked_position, m.parked_error,
                {instant("m.parked_since")} as parked_since
            from read_models m order by m.name) q"""
    items = await value(connection, query)
    return answer({"items": items}, await freshness(connection, [row["name"] for row in items]))
