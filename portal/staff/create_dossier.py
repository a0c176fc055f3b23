"""Create a dossier, /dossiers/nouveau (DOS-2, DOS-4)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.client.refusals import AlreadyClient
from commands.clients.create_dossier import CreateDossier
from portal import form
from portal.page import Page, page_for, see_other
from projections import dossier

router = APIRouter(include_in_schema=False)
CreatePage = Annotated[Page, Depends(page_for(CreateDossier.ALLOWED))]
FIELDS = (
    "last_name",
    "first_name",
    "form_of_address",
    "email",
    "telephone",
    "street",
    "city",
    "postal_code",
    "country",
    "language",
    "namesake_reason",
)
COUNTRIES = ("CA", "FR", "BE", "CH", "LU", "US")


def _show(page: Page, values: dict[str, Any], **more: Any) -> HTMLResponse:
    refused = more.pop("refused", None)
    context = {"values": values, "errors": {}, "countries": list(COUNTRIES), "match": None} | more
    return page.show("staff/dossier_new.html", context, refused=refused)


@router.get("/dossiers/nouveau")
async def show(page: CreatePage) -> HTMLResponse:
    return _show(page, dict.fromkeys(FIELDS, "") | {"country": "CA", "language": "fr"})


@router.post("/dossiers/nouveau")
async def create(page: CreatePage) -> Response:
    filled = await form.typed(page)
    outcome = await form.send(page, filled, CreateDossier, {n: form.text(filled, n) for n in FIELDS})
    if outcome.answer is not None:
        client = outcome.answer.made["client"]
        return see_other(f"/dossiers/{client}", outcome.answer.position, "dossier_created")
    values = {name: form.text(filled, name) or "" for name in FIELDS}
    if outcome.errors is not None:
        return _show(page, values, errors=outcome.errors)
    match = await _match(page, filled, outcome.refused)
    return _show(page, values, match=match, refused=outcome.refused)


async def _match(page: Page, _filled: FormData, refused: Exception | None) -> dict[str, Any] | None:
    """The dossier of the same name and postal code, shown to staff so that they may open it (DOS-4)."""
    if not isinstance(refused, AlreadyClient):
        return None
    found: UUID = refused.fields["dossier"]
    async with page.reads.connection() as connection:
        return await dossier.identity(connection, found)
