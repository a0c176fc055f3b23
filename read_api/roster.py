"""GET /api/workshops/{id}/roster: the list of participants (LIS-1)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request, Response

from commands.authentication import Asker, allowed
from projections import participants
from projections.query import Reads, Row, wait_for
from read_api.lists import After, ReadsOf, answer_bytes, position_of
from read_api.parameters import WorkshopId
from read_api.queries import READ_ROSTER, SEES_MONEY, masks_contact
from read_api.shapes_roster import Roster
from read_api.workshop_dates import own_workshop

router = APIRouter(prefix="/api/workshops", tags=["workshops"])
MODELS = ("roster", "money", "workshop_dates", "catalogue", "dossier", "profile", "phases", "proofs")
"""What the list shows rows of."""


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
    return answer_bytes(request, asker, await roster_of(connection, header, workshop, asker), fresh)


async def roster_of(connection: Reads, header: Row, workshop: UUID, asker: Asker) -> bytes:
    """What the asker sees of the roster, as the members of a JSON object."""
    rows = await participants.participants_json(
        connection,
        workshop,
        see_money=asker.who.role in SEES_MONEY,
        see_contact=not masks_contact(asker.who),
    )
    return b'"workshop":%s,"items":%s,"next":null' % (orjson.dumps(header), rows)
