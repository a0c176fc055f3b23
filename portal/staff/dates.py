"""The dates a registration may get: place filter, free seats, what is due at once (ATE-3, INS-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aggregates.invoice.policies import starts_soon
from projections import waiting_list, workshop_dates
from projections.query import Reads, Row
from projections.waiting_list import Kept

_MOST, _ENDED = 200, 5


async def open_dates(
    connection: Reads,
    *,
    now: datetime,
    place: str,
    activity: UUID,
    retake: bool,
    balance: dict[str, Any],
    full_payment_hours: int,
    client: UUID,
    not_closed: bool = False,
) -> list[Row]:
    """Workshops of the activity that have not ended, each with why it can't be chosen, or what is due.

    `not_closed`: after them those that ended and wait to be closed, for staff (INS-15).
    A seat held or offered is free to this `client` alone whom it is kept for (ATE-2).
    """
    wanted = workshop_dates.Wanted(now, place=place, activity=activity, open=True)
    rows = await workshop_dates.dates(connection, wanted, limit=_MOST)
    if not_closed:
        ended = await workshop_dates.dates(connection, replace(wanted, past=True), limit=_ENDED)
        rows += ended
    ids = [UUID(row["id"]) for row in rows]
    kept = await waiting_list.kept(connection, ids, now, apart_from=client)
    for row in rows:
        row["closed_because"] = _closed(row, kept.get(UUID(row["id"]), Kept()), retake=retake)
        soon = starts_soon(datetime.fromisoformat(row["starts"]), now, full_payment_hours)
        row["due_now"] = balance if soon else None
        row["begun"] = datetime.fromisoformat(row["starts"]) <= now
    return rows


def _closed(row: Row, kept: Kept, *, retake: bool) -> str | None:
    if row["taken"] + kept.seats >= row["capacity"]:
        return "complet" if row["taken"] >= row["capacity"] else "places retenues"
    limit = row["capacity"] if row["retake_limit"] is None else row["retake_limit"]
    return "plus de reprise" if retake and row["retakes"] + kept.retakes >= limit else None
