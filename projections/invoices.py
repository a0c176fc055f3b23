"""One invoice: its lines with what is owed on each, and its payments (FAC-1, FAC-2)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from projections.money import BALANCE_OF_INVOICE, DUE_ON_LINE, IS_VOID, NOTED_ON_LINE, TOTAL_OF_INVOICE
from projections.query import Reads, Row, money, value

_CREDITED = "coalesce((select sum(c.amount) from read.money_credit_note c where c.line = l.line), 0)"
_LINES = f"""(
    select coalesce(json_agg(row_to_json(q)), '[]') from (
        select l.line as id, l.registration, a.name as activity, {money("l.price", "i.currency")} as price,
            {money(_CREDITED, "i.currency")} as credited,
            {money(f"({DUE_ON_LINE} - {NOTED_ON_LINE})", "i.currency")} as balance
        from read.money_line l
        left join read.dossier_registration r on r.registration = l.registration
        left join read.catalogue_activity a on a.activity = r.activity
        where l.invoice = i.invoice order by a.name collate "C", l.line) q)"""
_AMOUNT = """coalesce((
    select sum(m.amount) from read.money_moved m
    where m.payment = p.payment and m.kind not in ('refunded', 'other_invoice')), 0)"""
_PAYMENTS = f"""(
    select coalesce(json_agg(row_to_json(q)), '[]') from (
        select p.payment as id, p.status, {money(_AMOUNT, "i.currency")} as held
        from read.money_payment p where p.invoice = i.invoice order by p.payment) q)"""


async def one(connection: Reads, invoice: UUID) -> Row | None:
    """The invoice; `balance` counts deposited money only, a line's counts noted money too."""
    query = f"""
        select row_to_json(q)::text from (
            select i.invoice as id, i.number, i.client, i.issued_on, {_LINES} as lines,
                {_PAYMENTS} as payments, {money(TOTAL_OF_INVOICE, "i.currency")} as total,
                {money(BALANCE_OF_INVOICE, "i.currency")} as balance, {IS_VOID} as void
            from read.dossier_invoice i where i.invoice = %s) q"""
    return cast("Row | None", await value(connection, query, (invoice,)))
