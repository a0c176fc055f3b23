"""How far a workshop is with its closing, and what is missing for it (ATE-6, ATE-7)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.catalogue.settings import Category
from projections.balances import BALANCE_OF_REGISTRATION
from projections.query import Reads, Row, instant, value

_ON_ROSTER = "from read.roster_registration r where r.workshop = c.workshop"
_NO_COMMENT = f"""(
    select count(*) {_ON_ROSTER} and exists (
        select 1 from read.money_payment p where p.registration = r.registration
        and p.method = 'cheque' and p.status in ('noted', 'deposited') and not p.commented))"""
_UNPAID = f"(select count(*) {_ON_ROSTER} and {BALANCE_OF_REGISTRATION} > 0)"
EUROPE = "c.region = 'europe' and not c.independent"
MISSING_FOR_CLOSING = f"""json_strip_nulls(json_build_object(
    'attendance', nullif((select count(*) {_ON_ROSTER} and r.state = 'scheduled'), 0),
    'balance', case when c.region in ('canada', 'online') and not c.independent then nullif({_UNPAID}, 0) end,
    'payments', case when c.region = 'europe' or c.independent then nullif({_UNPAID}, 0) end,
    'cheque_comment', case when {EUROPE} then nullif({_NO_COMMENT}, 0) end,
    'expense', case when {EUROPE} then nullif(
        5 - (select count(*) from read.to_dos_expense x where x.workshop = c.workshop), 0) end,
    'envelope', case when {EUROPE} and not c.envelope then 1 end))"""
_WAY = """case when c.independent then 'independent' when c.region in ('canada', 'online') then 'quebec'
    when c.region = 'europe' then 'europe' else 'abroad' end"""
_STAGE = "case when c.closed then 'closed' when c.handed_over then 'handed_over' else 'open' end"


async def closing(connection: Reads, workshop: UUID) -> Row | None:
    """The way it is closed, its stage, gaps, expenses told of with their papers, a reopening proposed."""
    query = f"""
        select row_to_json(q)::text from (
            select {_WAY} as way, {_STAGE} as stage, c.region, c.independent, c.envelope, c.cancelled,
                {MISSING_FOR_CLOSING} as missing,
                (select coalesce(json_agg(x.expense order by x.expense), '[]')
                   from read.to_dos_expense x where x.workshop = c.workshop) as expenses,
                (select coalesce(json_agg(json_build_object('document', x.document, 'expense', x.expense)
                        order by x.at, x.document), '[]')
                   from read.to_dos_paper x where x.workshop = c.workshop) as papers,
                c.reopening_by, {instant("c.reopening_at")} as reopening_at, s.name as reopening_name
            from read.to_dos_closing c
            left join read.catalogue_staff s on s.staff = c.reopening_by
            where c.workshop = %s) q"""
    return cast("Row | None", await value(connection, query, (workshop,)))


async def is_independent(connection: Reads, workshop: UUID) -> bool:
    """Whether it is an ÊTRE BIEN that is not the school's own: its trainer notes payments (Roles, FAC-5)."""
    query = """
        select (c.independent and a.category = %s)::text from read.to_dos_closing c
        join read.workshop_dates_workshop w on w.workshop = c.workshop
        join read.catalogue_activity a on a.activity = w.activity where c.workshop = %s"""
    return bool(await value(connection, query, (Category.ETRE_BIEN.value, workshop)))
