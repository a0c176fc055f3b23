"""Where the payment provider and the books differ, /comptabilite/ecarts: looked into, settled (FAC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import Money, Refused
from aggregates.ledger.events import DifferenceOutcome, DifferenceSettled, PaymentDiffered
from aggregates.ledger.state import LEDGER_ID
from commands.access import both
from commands.ledger.settle_difference import SettleDifference
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from projections import catalogue, invoices
from projections.query import wait_for
from read_api.queries import READ_STATEMENT
from read_api.workshop_dates import now
from schema.envelope import Recorded
from schema.labels import label
from schema.store import Store

router = APIRouter(include_in_schema=False)
DifferencesPage = Annotated[Page, Depends(page_for(READ_STATEMENT))]
SettlePage = Annotated[Page, Depends(page_for(both(READ_STATEMENT, SettleDifference.ALLOWED)))]
_PATH = "/comptabilite/ecarts"
_SETTLED = 50
"""So many that are settled are shown."""


@router.get(_PATH)
async def show(page: DifferencesPage) -> HTMLResponse:
    return await _show(page)


@router.post(_PATH)
async def settle(page: SettlePage) -> Response:
    filled = await form.typed(page)
    fields = {"difference": form.text(filled, "difference"), "outcome": form.text(filled, "outcome")}
    outcome = await form.send(page, filled, SettleDifference, fields)
    if outcome.answer is None:
        errors = {fields["difference"] or "": "Dites ce qui a été fait."} if outcome.errors else {}
        return await _show(page, errors=errors, refused=outcome.refused)
    return see_other(_PATH, outcome.answer.position, "difference_settled")


async def _show(
    page: Page, *, errors: dict[str, str] | None = None, refused: Refused | None = None
) -> HTMLResponse:
    """What was found stands in the log of the books alone; it is short."""
    store = cast("Store", page.request.app.state.store)
    events = await anyio.to_thread.run_sync(store.recorded, LEDGER_ID)
    found = [(e, e.fact) for e in events if isinstance(e.fact, PaymentDiffered)]
    ends = {e.fact.difference: (e, e.fact) for e in events if isinstance(e.fact, DifferenceSettled)}
    people = {e.envelope.user for e, _ in ends.values() if e.envelope.user is not None}
    bills = {fact.invoice for _, fact in found if fact.invoice is not None}
    async with page.reads.connection() as connection:
        await wait_for(connection, ("catalogue", "dossier"), page.after)
        names = await catalogue.names(connection, list(people))
        numbers = await invoices.numbers(connection, list(bills))
    rows = [_row(e, fact, numbers) | {"settled": _end(ends.get(fact.difference), names)} for e, fact in found]
    settled = sorted((row for row in rows if row["settled"]), key=lambda row: str(row["settled"]["at"]))
    context = {
        "open": [row for row in rows if not row["settled"]],
        "settled": settled[: -_SETTLED - 1 : -1],
        "outcomes": [
            {"id": o.value, "name": label("fr", "difference_outcome", o.value)} for o in DifferenceOutcome
        ],
        "now": now(page.request).isoformat(),
        "errors": errors or {},
    }
    shown = page.show("staff/differences.html", context, notice=notice_of(page), refused=refused)
    if errors:
        shown.status_code = 422
    return shown


def _row(event: Recorded, fact: PaymentDiffered, numbers: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(fact.difference),
        "at": event.envelope.at.isoformat(),
        "kind": label("fr", "difference_kind", fact.kind.value),
        "reference": fact.reference,
        "provider": _money(fact.provider),
        "booked": _money(fact.booked),
        "invoice": fact.invoice and {"id": str(fact.invoice), "number": numbers.get(fact.invoice, "")},
    }


def _end(
    found: tuple[Recorded, DifferenceSettled] | None, names: Mapping[UUID, str]
) -> dict[str, str] | None:
    """By whom, when and how it was settled."""
    if found is None:
        return None
    event, fact = found
    return {
        "at": event.envelope.at.isoformat(),
        "by": names.get(event.envelope.user, "") if event.envelope.user else "",
        "outcome": label("fr", "difference_outcome", fact.outcome.value),
    }


def _money(amount: Money | None) -> dict[str, Any] | None:
    return None if amount is None else amount.model_dump(mode="json")
