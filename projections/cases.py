"""Cancellation cases: those accounting have to decide, and what was decided (FAC-4, INS-8, INS-9)."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from aggregates.client.merging.events import DossierMerged
from aggregates.invoice.events import CaseDecided, FeeBasis, LineCancelled, LineReopened
from projections.balances import PAID_ON_LINE
from projections.model import Model, Rows, Table
from projections.query import Reads, Row, client_in_short, instant, money, value
from schema.envelope import Recorded

MODEL = Model(
    "cases",
    1,
    (
        Table(
            "cancellation",
            {
                "line": "uuid",
                "case_id": "uuid",
                "invoice": "uuid",
                "client": "uuid",
                "opened_at": "timestamptz",
                "basis": "text",
                "workshop": "uuid",
                "percent": "integer",
                "proposed": "bigint",
                "kept": "bigint",
                "credit_note": "text",
                "decided_at": "timestamptz",
            },
            indexes=(
                "(opened_at, line) where decided_at is null",
                "(decided_at, line) where decided_at is not null",
            ),
        ),
    ),
)


@MODEL.on(LineCancelled)
def opened(e: Recorded, fact: LineCancelled, rows: Rows) -> None:
    rows.put(
        "cancellation",
        line=fact.line,
        case_id=fact.case or fact.line,
        invoice=e.originator_id,
        client=fact.person,
        opened_at=fact.cancelled_at,
        basis=(FeeBasis.NONE if fact.fee is None else fact.fee.basis).value,
        workshop=None if fact.fee is None else fact.fee.workshop,
        percent=None if fact.fee is None else fact.fee.percent,
        proposed=0 if fact.proposed is None else fact.proposed.minor,
        kept=None,
        credit_note=None,
        decided_at=None,
    )


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    rows.hand_over("cancellation", e.originator_id, fact.into)


@MODEL.on(LineReopened)
def reopened(_e: Recorded, fact: LineReopened, rows: Rows) -> None:
    """The line stands again: there is no case any more (INS-14)."""
    rows.delete("cancellation", (fact.line,))


@MODEL.on(CaseDecided)
def decided(e: Recorded, fact: CaseDecided, rows: Rows) -> None:
    note = fact.credit_note
    rows.patch(
        "cancellation",
        (fact.line,),
        kept=fact.kept.minor,
        credit_note=None if note is None else note.number,
        decided_at=e.envelope.at,
    )


_SHOWN = f"""
    k.case_id as id, k.line, k.invoice, i.number, {client_in_short("k.client")} as client, l.registration,
    l.activity_name as activity, {instant("k.opened_at")} as opened_at, k.basis, k.percent, k.workshop,
    {instant("w.starts")} as workshop_starts, w.zone as workshop_zone,
    {money("l.price", "i.currency")} as price, {money(PAID_ON_LINE, "i.currency")} as paid,
    {money("k.proposed", "i.currency")} as proposed,
    case when k.kept is null then null else {money("k.kept", "i.currency")} end as kept,
    k.credit_note, {instant("k.decided_at")} as decided_at"""
_JOINED = """
    left join read.money_line l on l.line = k.line
    left join read.money_invoice i on i.invoice = k.invoice
    left join read.workshop_dates_workshop w on w.workshop = k.workshop
    left join read.dossier_person p on p.client = k.client"""


async def open_cases(
    connection: Reads, *, after: tuple[str, UUID] | None = None, limit: int = 50
) -> list[Row]:
    """Cases to decide, oldest first, with the fee proposed and why (INS-9)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select {_SHOWN} from read.cases_cancellation k {_JOINED}
            where k.decided_at is null
              and (%(at)s::timestamptz is null or (k.opened_at, k.line) > (%(at)s, %(id)s))
            order by k.opened_at, k.line limit %(limit)s) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, page))


async def decided_cases(
    connection: Reads,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> list[Row]:
    """Cases decided from one instant on and before another, newest first (FAC-4)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select {_SHOWN} from read.cases_cancellation k {_JOINED}
            where k.decided_at is not null
              and (%(since)s::timestamptz is null or k.decided_at >= %(since)s)
              and (%(until)s::timestamptz is null or k.decided_at < %(until)s)
              and (%(at)s::timestamptz is null or (k.decided_at, k.line) < (%(at)s, %(id)s))
            order by k.decided_at desc, k.line desc limit %(limit)s) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, page | {"since": since, "until": until}))
