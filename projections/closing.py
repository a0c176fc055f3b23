"""How far a workshop is with its closing, and what is missing for it (ATE-6, ATE-7)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from projections.query import Reads, Row, instant, value
from projections.waiting_work import MISSING_FOR_CLOSING

_WAY = """case when c.independent then 'independent' when c.region in ('canada', 'online') then 'quebec'
    when c.region = 'europe' then 'europe' else 'abroad' end"""
_STAGE = "case when c.closed then 'closed' when c.handed_over then 'handed_over' else 'open' end"


async def closing(connection: Reads, workshop: UUID) -> Row | None:
    """The way it is closed, its stage, gaps, expenses told of, and a reopening that was proposed."""
    query = f"""
        select row_to_json(q)::text from (
            select {_WAY} as way, {_STAGE} as stage, c.region, c.independent, c.envelope, c.cancelled,
                {MISSING_FOR_CLOSING} as missing,
                (select coalesce(json_agg(x.expense order by x.expense), '[]')
                   from read.to_dos_expense x where x.workshop = c.workshop) as expenses,
                c.reopening_by, {instant("c.reopening_at")} as reopening_at, s.name as reopening_name
            from read.to_dos_closing c
            left join read.catalogue_staff s on s.staff = c.reopening_by
            where c.workshop = %s) q"""
    return cast("Row | None", await value(connection, query, (workshop,)))
