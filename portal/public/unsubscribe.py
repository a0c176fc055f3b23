"""No more e-mails: /desabonnement/TOKEN, its POST being the one click of RFC 8058 too (DOS-18)."""

from __future__ import annotations

from contextlib import suppress
from typing import cast
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from aggregates.client.merging.refusals import DossierIsMerged
from aggregates.client.refusals import DossierNotActive, NoSuchDossier
from aggregates.kernel import Role
from commands import http
from commands.access import Principal
from commands.clients.stop_emails import StopEmails
from portal.language import later, worded
from portal.public.sheet import sheet
from processors.runtime.links import Links

router = APIRouter(include_in_schema=False)
WORDING = "unsubscribe-1"
"""Version of the text beside the button in French, kept with the answer."""


@router.get("/desabonnement/{token}")
async def show(request: Request, token: str) -> HTMLResponse:
    """Changes nothing: mail servers and readers open links by themselves."""
    return _over() if _client(request, token) is None else sheet("public/unsubscribe.html", {"done": False})


@router.post("/desabonnement/{token}")
async def stop(request: Request, token: str) -> HTMLResponse:
    """Takes effect at once, without log-in and cookies; whoever holds the link was written to."""
    client = _client(request, token)
    if client is None:
        return _over()
    with suppress(NoSuchDossier, DossierNotActive):  # nothing is sent to them any more
        try:
            await _stop(request, client)
        except DossierIsMerged as merged:
            await _stop(request, merged.fields["into"])
    return sheet("public/unsubscribe.html", {"done": True})


async def _stop(request: Request, client: UUID) -> None:
    who = Principal(client, frozenset({Role.CLIENT}), Role.CLIENT)
    await http.run(request, StopEmails(client=client, wording=worded(WORDING)), who, uuid4())


def _client(request: Request, token: str) -> UUID | None:
    return cast("Links", request.app.state.links).client_of(token)


def _over() -> HTMLResponse:
    return sheet("public/link_over.html", {"title": later("Ce lien n’est pas valable")}, 404)
