"""A client sends the proof of a discount by the link of an e-mail: /pieces/TOKEN (INS-6, COM-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from uuid import UUID, uuid5

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from aggregates.kernel import Refused, Role
from commands.access import Principal
from commands.documents import Incoming, take_in
from commands.problems import TooLargeError
from portal.language import language, later, say
from portal.page import refusal, uuid_or_none
from portal.public.sheet import sheet
from portal.upload import brought
from processors.runtime.links import Links
from projections import dossier, proofs
from projections.merged import survivor
from projections.query import Row, wait_for
from read_api.workshop_dates import now
from schema.labels import refusal_sentence

router = APIRouter(include_in_schema=False)
_MODELS = ("proofs", "dossier", "catalogue")


@router.get("/pieces/{token}")
async def show(request: Request, token: str) -> HTMLResponse:
    """Says which discount of which activity, and no name: whoever holds the link was written to."""
    found = await _asked(request, token)
    return _over() if found is None else _page(found, {})


@router.post("/pieces/{token}")
async def send(request: Request, token: str) -> HTMLResponse:
    """The file, without log-in; it goes into the dossier and waits there to be looked at."""
    found = await _asked(request, token)
    if found is None:
        return _over()
    client, registration = UUID(found["client"]), UUID(found["registration"])
    try:
        came = await brought(request)
    except TooLargeError:
        return _page(found, {"file": refusal_sentence(language(), "too_large", {})}, status=413)
    key = uuid_or_none(str(came.fields.get("command_id", "")))
    if not came.content or key is None:
        return _page(found, {"file": say("Choisissez d’abord un fichier.")}, status=422)
    who = Principal(client, frozenset({Role.CLIENT}), Role.CLIENT)
    file = Incoming(client, came.name, came.content, registration=registration)
    try:
        await take_in(request, who, file, uuid5(client, str(key)))
    except Refused as refused:
        return _page(found, {"file": refusal(refused)["sentence"]}, status=409)
    return _page(found | {"state": "sent"}, {})


async def _asked(request: Request, token: str) -> Row | None:
    """What the link asks for; None where it is over, or the place or the dossier is gone."""
    named = cast("Links", request.app.state.links).proof_of(token)
    at = await anyio.to_thread.run_sync(now, request)
    if named is None or at.date() > named[2]:
        return None
    client, registration, _ = named
    async with request.app.state.reads.connection() as connection:
        await wait_for(connection, _MODELS, None)
        client = await survivor(connection, client)
        person = await dossier.identity(connection, client)
        found = await proofs.of_registration(connection, registration)
        if person is None or person["state"] != "active" or found is None:
            return None
        sold = {r["id"]: r for r in await dossier.registrations(connection, client)}
    place = sold.get(str(registration))
    if place is None or place["state"] == "cancelled":
        return None
    names = {"client": str(client), "registration": str(registration), "activity": place["activity"]}
    return found | names | {"price": place["price"] | {"minor": found["regular"]}}


def _page(found: Row, errors: Mapping[str, str], status: int = 200) -> HTMLResponse:
    return sheet("public/proof.html", {"proof": found, "errors": errors, "values": {}}, status)


def _over() -> HTMLResponse:
    return sheet("public/link_over.html", {"title": later("Ce lien n’est plus valable")}, 404)
