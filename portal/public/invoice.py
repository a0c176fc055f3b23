"""An invoice as PDF by the link of an e-mail, /facture/TOKEN: without log-in, until the link ends (FAC-7)."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from aggregates.kernel import Role
from commands.access import Principal, Scope
from commands.authentication import Asker
from portal.language import later
from portal.public.sheet import sheet
from processors.documents import invoice as invoices
from processors.runtime.links import Links
from projections import papers
from read_api.documents import printed
from read_api.lists import ReadsOf
from schema.access_trail import Reading

router = APIRouter(include_in_schema=False)


@router.get("/facture/{token}")
async def show(request: Request, connection: ReadsOf, token: str) -> Response:
    """As it stands now, in the client's language; noted in the access trail as read by the client."""
    state = request.app.state
    links = cast("Links", state.links)
    named = links.invoice_of(token)
    now = cast("datetime", await anyio.to_thread.run_sync(state.clock))
    found = None if named is None else await papers.paper(connection, named[0])
    if named is None or found is None or now.date() > named[1]:
        return sheet("public/link_over.html", {"title": later("Ce lien n’est plus valable")}, 404)
    client = UUID(found["client"])
    asker = Asker(Principal(client, frozenset({Role.CLIENT}), Role.CLIENT), Scope.OWN_FILE, None)
    paper = await invoices.invoice(connection, named[0], pay=links.printed_pay, portal=links.public_url)
    answer = await printed(request, connection, asker, paper, Reading.INVOICE_PDF, named[0])
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
