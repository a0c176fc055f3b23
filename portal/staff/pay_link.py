"""An invoice's payment link and its QR code, /factures/{id}/payer: for the client's own telephone (FAC-2)."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from aggregates.kernel import Role
from commands import payable
from commands.access import SYSTEM, anyone
from commands.http import consider
from portal.page import Page, page_for
from processors.runtime.payments import links
from read_api.dossier import note_opening
from read_api.invoices import invoice_of
from read_api.queries import READ_INVOICE

router = APIRouter(include_in_schema=False)
PayLinkPage = Annotated[Page, Depends(page_for(READ_INVOICE))]


@router.get("/factures/{invoice}/payer")
async def show(page: PayLinkPage, invoice: UUID) -> HTMLResponse:
    asker, state = page.asker, page.request.app.state
    async with page.reads.connection() as connection:
        found = await invoice_of(connection, invoice)
        await note_opening(page.request, connection, asker, UUID(found["client"]["id"]))
    look = partial(payable.payable_invoice, invoice=invoice)
    asked = await consider(page.request, look, SYSTEM, anyone(Role.SYSTEM))
    link, ends = links.pay_link(state.store.vault, state.public_url, invoice, state.clock())
    context = {
        "invoice": found,
        "open": state.provider is not None and asked.most.minor > 0,
        "most": asked.most.model_dump(mode="json"),
        "due_now": asked.least.model_dump(mode="json"),
        "link": link,
        "ends": ends.isoformat(),
        "qr": Markup(links.qr_code(link)),  # noqa: S704  (made of an address of ours)
    }
    return page.show("staff/pay_link.html", context)
