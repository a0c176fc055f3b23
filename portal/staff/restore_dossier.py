"""RESTAURER CE CLIENT, /dossiers/{id}/restaurer: a deactivated dossier gets a new address (DOS-9)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused
from commands.access import both
from commands.clients.restore_dossier import RestoreDossier
from portal import form
from portal.page import Page, page_for, see_other
from portal.staff.create_dossier import COUNTRIES
from projections import dossier
from projections.query import wait_for
from read_api.dossier import MODELS
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER

router = APIRouter(include_in_schema=False)
RestorePage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, RestoreDossier.ALLOWED)))]
FIELDS = ("form_of_address", "email", "telephone", "street", "city", "country")
_PATH = "/dossiers/{client}/restaurer"


@router.get(_PATH)
async def show(page: RestorePage, client: UUID) -> HTMLResponse:
    return await _show(page, client, dict.fromkeys(FIELDS, "") | {"country": "CA"})


@router.post(_PATH)
async def restore(page: RestorePage, client: UUID) -> Response:
    filled = await form.typed(page)
    typed = {name: form.text(filled, name) for name in FIELDS}
    outcome = await form.send(page, filled, RestoreDossier, {"client": client} | typed)
    if outcome.answer is not None:
        return see_other(f"/dossiers/{client}", outcome.answer.position, "restored")
    values = {name: value or "" for name, value in typed.items()}
    return await _show(page, client, values, errors=outcome.errors, refused=outcome.refused)


async def _show(
    page: Page, client: UUID, values: dict[str, Any], *, errors: Any = None, refused: Refused | None = None
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        person = await dossier.identity(connection, client)
    if person is None or person["state"] != "deactivated":
        raise NotFoundError
    context = {"dossier": person, "values": values, "errors": errors or {}, "countries": list(COUNTRIES)}
    return page.show("staff/dossier_restore.html", context, refused=refused)
