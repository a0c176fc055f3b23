"""GET /api/duplicates: dossiers that are perhaps one person's (DOS-5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from commands.authentication import Asker, allowed
from projections import duplicates
from projections.query import wait_for
from read_api.lists import After, Cursor, Limit, ReadsOf, decode_cursor, page_of, position_of
from read_api.queries import LIST_DUPLICATES
from read_api.shapes import Duplicates, PageOf

router = APIRouter(prefix="/api/duplicates", tags=["clients"])
MODELS = ("duplicates", "dossier")


@router.get("", response_model=PageOf[Duplicates])
async def list_duplicates(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_DUPLICATES))],
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Groups with the same telephone, or names that sound alike in one city; known namesakes apart."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    rows = await duplicates.likely(connection, after=decode_cursor(cursor), limit=limit)
    return page_of(request, asker, rows, limit, fresh, "why", "first")
