"""« Ajouter un atelier suivi » abroad, /dossiers/{id}/atelier-suivi (ATE-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from babel.core import Locale
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Refused, fold
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from portal import form
from portal.page import Page, page_for, see_other
from projections import catalogue, dossier
from projections.query import wait_for
from read_api.lists import NotFoundError

router = APIRouter(include_in_schema=False)
FollowedPage = Annotated[Page, Depends(page_for(AddFollowedWorkshop.ALLOWED))]
FIELDS = ("activity", "first_day", "last_day", "country")
_PATH = "/dossiers/{client}/atelier-suivi"
_COUNTRIES = sorted(
    ((code, str(name)) for code, name in Locale("fr", "CA").territories.items() if len(code) == 2),
    key=lambda known: fold(known[1]),
)


@router.get(_PATH)
async def show(page: FollowedPage, client: UUID) -> HTMLResponse:
    return await _show(page, client, {})


async def _show(
    page: Page,
    client: UUID,
    values: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier", "catalogue"), page.after)
        person = await dossier.identity(connection, client)
        if person is None or person["state"] != "active":
            raise NotFoundError
        activities = await catalogue.activities(connection)
    context = {
        "client": person,
        "activities": activities,
        "countries": [{"id": code, "name": name} for code, name in _COUNTRIES],
        "values": dict(values),
        "errors": dict(errors or {}),
    }
    return page.show("staff/followed.html", context, refused=refused)


@router.post(_PATH)
async def add(page: FollowedPage, client: UUID) -> Response:
    filled = await form.typed(page)
    values = {name: form.text(filled, name) or "" for name in FIELDS}
    fields = {"client": client, **{name: value or None for name, value in values.items()}}
    fields["last_day"] = fields["last_day"] or fields["first_day"]
    outcome = await form.send(page, filled, AddFollowedWorkshop, fields)
    if outcome.answer is None:
        return await _show(page, client, values, errors=outcome.errors, refused=outcome.refused)
    return see_other(f"/dossiers/{client}", outcome.answer.position, "followed_added")
