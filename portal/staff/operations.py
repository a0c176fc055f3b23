"""How the portal itself fares, /exploitation: read models, reactions, erasures (DOS-11, T9, T10)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from portal.page import Page, page_for
from processors.runtime import erasing, operations
from projections.runtime import standing
from read_api.queries import READ_OPERATIONS
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
OperationsPage = Annotated[Page, Depends(page_for(READ_OPERATIONS))]


@router.get("/exploitation")
async def show(page: OperationsPage) -> HTMLResponse:
    async with page.reads.connection() as connection:
        context = {
            "models": await standing.models(connection),
            "reader": await standing.reader(connection),
            "processors": await operations.processors(connection),
            "failed": await operations.failed(connection),
            "erasures": await erasing.listed(connection),
            "now": now(page.request).isoformat(),
        }
    return page.show("staff/operations.html", context)
