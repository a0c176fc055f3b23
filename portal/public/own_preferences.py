"""Who has no log-in chooses the preferences by a personal link: /preferences/TOKEN (DOS-6, DOS-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from aggregates.kernel import Role
from commands import http
from commands.access import Principal
from commands.clients.choose_preferences import ChoosePreferences
from portal.language import later, say, worded
from portal.public.first_steps import CHANNELS, WORDING
from portal.public.sheet import sheet
from processors.runtime.links import Links
from projections import catalogue, dossier
from projections.merged import survivor
from projections.query import wait_for

router = APIRouter(include_in_schema=False)


@router.get("/preferences/{token}")
async def show(request: Request, token: str) -> HTMLResponse:
    """The three choices and the privacy policy; no name and no answer of before: a link may be passed on."""
    client = await _client(request, token)
    return _over() if client is None else await _page(request, {})


@router.post("/preferences/{token}")
async def choose(request: Request, token: str) -> HTMLResponse:
    """Takes effect at once, for that person alone."""
    client = await _client(request, token)
    if client is None:
        return _over()
    form = await request.form(max_files=0, max_fields=50)
    typed = {channel: str(form.get(channel, "")) for channel in CHANNELS}
    if any(answer not in ("yes", "no") for answer in typed.values()):
        return await _page(request, typed, say("Répondez oui ou non pour chacun."))
    answers = {channel: answer == "yes" for channel, answer in typed.items()}
    who = Principal(client, frozenset({Role.CLIENT}), Role.CLIENT)
    await http.run(
        request, ChoosePreferences(client=client, wording=worded(WORDING), **answers), who, uuid4()
    )
    return await _page(request, typed, done=True)


async def _client(request: Request, token: str) -> UUID | None:
    """Whose preferences; None where it is no link of ours, or the dossier is gone."""
    named = cast("Links", request.app.state.links).preferences_of(token)
    if named is None:
        return None
    async with request.app.state.reads.connection() as connection:
        await wait_for(connection, ("dossier",), None)
        client = await survivor(connection, named)
        person = await dossier.identity(connection, client)
    return client if person is not None and person["state"] == "active" else None


async def _page(
    request: Request, values: Mapping[str, str], error: str | None = None, *, done: bool = False
) -> HTMLResponse:
    async with request.app.state.reads.connection() as connection:
        school = await catalogue.school(connection)
    context = {
        "values": values,
        "error": error,
        "done": done,
        "seen_version": None,
        "next": None,
        "policy": school.privacy_policy.link,
        "school": school.name,
    }
    return sheet("public/preferences.html", context, 200 if error is None else 422)


def _over() -> HTMLResponse:
    return sheet("public/link_over.html", {"title": later("Ce lien n’est pas valable")}, 404)
