"""The activities of a phase about to be sold: each with its explained price and its dates (INS-2, INS-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from commands.quoting import Quoted
from portal.page import Page
from portal.staff.dates import open_dates
from projections.query import Reads, Row
from read_api.quote import sentence
from read_api.workshop_dates import now


async def phase_lines(
    page: Page, connection: Reads, client: UUID, made: Quoted, kept: Mapping[UUID, UUID] | None = None
) -> dict[str, Any]:
    """The lines and their totals; `kept` are dates whose seats pass, by activity."""
    lines = []
    for line in made.lines:
        quote, date = line.quote, (kept or {}).get(line.activity)
        price = quote.price.model_dump(mode="json")
        dates: list[Row] = []
        if quote.done is None:
            dates = await open_dates(
                connection,
                now=now(page.request),
                place="",
                activity=line.activity,
                retake=quote.retake,
                balance=price,
                full_payment_hours=line.full_payment_hours,
                client=client,
            )
        lines.append(
            {
                "id": str(line.activity),
                "name": line.name,
                "done_on": None if quote.done is None else quote.done.last_day.isoformat(),
                "price": price,
                "deposit": quote.deposit.model_dump(mode="json"),
                "reasons": [sentence("fr", reason) for reason in quote.reasons],
                "kept": next((row for row in dates if row["id"] == str(date)), None),
                "workshops": [row for row in dates if row["id"] != str(date)],
            }
        )
    total = {
        "price": made.price.model_dump(mode="json"),
        "deposit": made.total([line.quote.deposit for line in made.lines]).model_dump(mode="json"),
    }
    return {"lines": lines, "total": total}


def typed_dates(typed: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    """The dates chosen in the form, `date-ACTIVITY` each."""
    return tuple(
        {"activity": name.removeprefix("date-"), "workshop": value}
        for name, value in typed.items()
        if name.startswith("date-") and value
    )
