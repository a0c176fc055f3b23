"""GET /api/clients: search, one dossier, and the histories (DOS-17, AUD-1)."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import dossier
from projections.query import wait_for
from read_api import history
from read_api.lists import (
    After,
    Cursor,
    Limit,
    NotFoundError,
    PageOf,
    ReadsOf,
    answer,
    decode_cursor,
    page_of,
    position_of,
)
from read_api.queries import LIST_DOSSIERS, READ_DOSSIER, READ_HISTORY
from schema.store import Store

router = APIRouter(prefix="/api", tags=["clients"])
_MODELS = ("dossier", "catalogue", "workshop_dates")


@router.get("/clients", response_model=PageOf)
async def list_clients(
    connection: ReadsOf,
    _: Annotated[Asker, Depends(allowed(LIST_DOSSIERS))],
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Dossiers by name; `q` is the beginning of a name, an e-mail, or digits of a telephone number."""
    fresh = await wait_for(connection, ("dossier",), position_of(after))
    key = decode_cursor(cursor)
    rows = await dossier.search(connection, q, after=None if key is None else (key[0], key[1]), limit=limit)
    return page_of(rows, limit, fresh, "sort", "id")


@router.get("/clients/{client}")
async def read_client(
    client: UUID,
    connection: ReadsOf,
    _: Annotated[Asker, Depends(allowed(READ_DOSSIER))],
    after: After = None,
) -> Response:
    """The dossier with registrations, traces of changed dates, and invoices."""
    fresh = await wait_for(connection, _MODELS, position_of(after))
    found = await dossier.identity(connection, client)
    if found is None:
        raise NotFoundError
    body = {
        "client": found,
        "registrations": await dossier.registrations(connection, client),
        "given_up": await dossier.given_up(connection, client),
        "invoices": await dossier.invoices(connection, client),
    }
    return answer(body, fresh)


@router.get("/{kind}/{subject}/history", response_model=PageOf)
async def read_history(
    request: Request,
    kind: str,
    subject: UUID,
    connection: ReadsOf,
    _: Annotated[Asker, Depends(allowed(READ_HISTORY))],
    before: Annotated[str | None, Query(max_length=20)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Every event of a dossier, workshop or invoice, newest first, in sentences."""
    if kind not in ("clients", "workshops", "invoices"):
        raise NotFoundError
    fresh = await wait_for(connection, ("history", *_MODELS), position_of(after))
    store = cast("Store", request.app.state.store)
    found = await history.entries(
        connection, store, subject, language_of(request), before=position_of(before), limit=limit
    )
    body = {
        "items": [entry.row() for entry in found],
        "next": str(found[-1].position) if len(found) == limit else None,
    }
    return answer(orjson.loads(orjson.dumps(body)), fresh)
