"""A phase sold in the place of what was registered by mistake, on /factures/{id}/corriger (INS-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from commands import quoting
from commands.http import consider
from commands.invoices.correct_invoice import AddedPhase, CorrectInvoice
from portal.page import Page, uuid_or_none
from portal.staff.phase_lines import phase_lines
from projections import catalogue, dossier
from projections.query import Reads, Row

KIND = "phase:"
"""Begins the value of a phase in the list of what may be sold instead."""
_MOST = 50
"""So many are taken off at once; an invoice has fewer lines."""


def phase_of(chosen: str) -> UUID | None:
    """The phase chosen in that list, if it is one."""
    return uuid_or_none(chosen.removeprefix(KIND)) if chosen.startswith(KIND) else None


async def priced(
    page: Page, invoice: Row, removed: Sequence[str], phase: UUID, discount: UUID | None
) -> quoting.Quoted:
    """The phase's places as they are sold once what is taken off is gone. Raises Refused."""
    gone = dict.fromkeys(id_ for each in removed if (id_ := uuid_or_none(each)))
    wish = CorrectInvoice(
        client=UUID(invoice["client"]["id"]),
        invoice=UUID(invoice["id"]),
        reason=".",
        remove=tuple(gone)[:_MOST],
        phase=AddedPhase(phase=phase, discount=discount),
        red_flag_confirmed=True,
    )
    look = partial(quoting.instead, wish)
    return await consider(page.request, look, page.session.principal, CorrectInvoice.ALLOWED)


async def shown(
    page: Page, connection: Reads, invoice: Row, removed: Sequence[str], phase: UUID, made: quoting.Quoted
) -> Mapping[str, Any]:
    """As on /dossiers/{id}/inscrire-phase; a seat that is taken off may pass over, its date is not full."""
    client = UUID(invoice["client"]["id"])
    name = next((row["name"] for row in await catalogue.phases(connection) if row["id"] == str(phase)), "")
    lines = await phase_lines(page, connection, client, made)
    rows = await dossier.registrations(connection, client)
    left = {row["workshop"]["id"] for row in rows if row["workshop"] and row["id"] in removed}
    for line in lines["lines"]:
        for date in line["workshops"]:
            if date["id"] in left:
                date["closed_because"] = None
    return {**lines, "id": str(phase), "name": name}
