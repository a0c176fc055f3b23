"""GET /api/clients, /api/clients/{id}: the search of dossiers, and one dossier (DOS-17)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from aggregates.kernel import Role
from commands.authentication import Asker, allowed
from projections import dossier, missed_mails, phases, profile, proofs, searching, waiting_list
from projections.query import Reads, wait_for
from read_api.access_trail import record_access
from read_api.lists import (
    After,
    Cursor,
    Limit,
    NotFoundError,
    ReadsOf,
    answer,
    decode_cursor,
    following,
    position_of,
)
from read_api.parameters import ClientId
from read_api.queries import LIST_DOSSIERS, READ_DOSSIER, masks_contact
from read_api.shapes import FoundClients
from read_api.shapes_dossier import Dossier
from read_api.workshop_dates import this_minute
from schema.access_trail import Reading

router = APIRouter(prefix="/api/clients", tags=["clients"])
MODELS = (
    "dossier",
    "money",
    "catalogue",
    "workshop_dates",
    "profile",
    "phases",
    "proofs",
    "waiting_list",
    "missed_mails",
)
"""What a dossier shows rows of."""


@router.get("", response_model=FoundClients)
async def list_clients(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_DOSSIERS))],
    q: Annotated[
        str, Query(max_length=200, description="What to look for; empty: all.", examples=["lévesque élo"])
    ] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Dossiers by name.

    `q`: beginnings of the words of a name in any order, of an e-mail, the last digits of a telephone, or an
    invoice's number. Where nothing is found, the first page has those whose names are `q` but for a typing
    error in each word, and says so.
    """
    fresh = await wait_for(connection, ("dossier",), position_of(after))
    rows = await searching.search(connection, q, after=decode_cursor(cursor), limit=limit)
    behind = following(rows, limit, "sort", "id")
    nearly = not rows and cursor is None
    if nearly:
        rows = await searching.nearly(connection, q, limit=limit)
    if masks_contact(asker.who):
        rows = [dossier.masked(row) for row in rows]
    body = {"items": rows, "next": behind, "nearly": nearly and bool(rows)}
    return answer(request, asker, body, fresh)


@router.get("/{client}", response_model=Dossier)
async def read_client(
    request: Request,
    client: ClientId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_DOSSIER))],
    after: After = None,
) -> Response:
    """The dossier with registrations, phases, invoices, notes, preferences and documents.

    Mails, notes and interests by date are its communications. An organiser's look is noted.
    """
    fresh = await wait_for(connection, MODELS, position_of(after))
    minute = this_minute(request)
    body = await dossier_of(connection, client, asker, minute)
    await note_opening(request, connection, asker, client)
    return answer(request, asker, body, fresh.at(minute))


async def dossier_of(connection: Reads, client: UUID, asker: Asker, now: datetime) -> dict[str, Any]:
    """What the asker sees of the dossier at that moment. Raises NotFoundError."""
    found = await dossier.identity(connection, client)
    if found is None:
        raise NotFoundError
    noted = await profile.profile(connection, client)
    documents = await proofs.documents(connection, client)
    if masks_contact(asker.who):
        found, noted = dossier.masked(found), profile.masked(noted)
        documents = [proofs.masked(document) for document in documents]
    return {
        "client": found,
        **noted,
        "registrations": await dossier.registrations(connection, client),
        "given_up": await dossier.given_up(connection, client),
        "followed_elsewhere": await phases.elsewhere(connection, client),
        "waiting_for": await waiting_list.waiting_for(connection, client, now),
        "phases": await phases.phases(connection, client),
        "invoices": await dossier.invoices(connection, client),
        "documents": documents,
        "missed_mails": await missed_mails.missed(connection, client),
    }


async def note_opening(request: Request, connection: Reads, asker: Asker, client: UUID) -> None:
    """Note it when an organiser opens a dossier: they may open any (AUD-4)."""
    if asker.who.role is Role.ORGANISER:
        await record_access(request, connection, asker, Reading.DOSSIER, client)
