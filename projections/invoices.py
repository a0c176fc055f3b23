"""The list of invoices, and one invoice with all that came after it (FAC-1, FAC-2, FAC-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal, cast
from uuid import UUID

from projections.balances import (
    AMOUNT_OF_PAYMENT,
    BALANCE_OF_LINE,
    DUE_ON_LINE,
    HELD_OF_PAYMENT,
    IS_VOID,
    PAID_ON_LINE,
    TOTAL_OF_INVOICE,
)
from projections.query import Reads, Row, client_in_short, instant, money, value

State = Literal["open", "settled", "credit"]
_STATES: dict[State, str] = {"open": "b.balance > 0", "settled": "b.balance = 0", "credit": "b.balance < 0"}


@dataclass(frozen=True)
class Wanted:
    """Which invoices: of a client, in a state, of a series, issued on days from `since` to `until`."""

    client: UUID | None = None
    state: State | None = None
    series: str | None = None
    since: date | None = None
    until: date | None = None

    def condition(self) -> str:
        """SQL of what is asked for only, so that each question meets its index."""
        asked = [
            (self.client, "b.client = %(client)s"),
            (self.state, "" if self.state is None else _STATES[self.state]),
            (self.series, "i.series = %(series)s"),
            (self.since, "b.day >= %(since)s"),
            (self.until, "b.day <= %(until)s"),
        ]
        return " and ".join(["true", *(sql for given, sql in asked if given is not None)])


_SHOWN = f"""
    i.invoice as id, i.number, i.series, i.day as issued_on, {instant("i.at")} as at,
    {client_in_short("i.client")} as client, i.supplement_of,
    {money(TOTAL_OF_INVOICE, "i.currency")} as total,
    {money("b.balance", "i.currency")} as balance,
    {money("b.noted", "i.currency")} as balance_noted,
    case when b.balance > 0 then 'open' when b.balance < 0 then 'credit' else 'settled' end as state,
    (select count(*) from read.money_line l where l.invoice = i.invoice and l.undecided) as open_cases,
    i.number <> '' and {IS_VOID} as void"""
_JOINED = """
    read.money_balance b
    join read.money_invoice i on i.invoice = b.invoice
    left join read.dossier_person p on p.client = i.client"""


async def invoices(
    connection: Reads, wanted: Wanted, *, after: tuple[str, UUID] | None = None, limit: int = 50
) -> list[Row]:
    """Invoices, newest first; credit that came without one has no number (FAC-1).

    `after` is the instant and id of the last row of the page before.
    """
    beyond = "" if after is None else "and (b.at, b.invoice) < (%(at)s::timestamptz, %(id)s)"
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select {_SHOWN} from {_JOINED} where {wanted.condition()} {beyond}
            -- # sql: the conditions are constants of this file
            order by b.at desc, b.invoice desc limit %(limit)s) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, asdict(wanted) | page))


async def numbers(connection: Reads, ids: list[UUID]) -> dict[UUID, str]:
    """What these invoices are called."""
    cursor = await connection.execute(
        "select invoice, number from read.dossier_invoice where invoice = any(%s)", (ids,)
    )
    return dict(await cursor.fetchall())


async def numbered(connection: Reads, numbers: Sequence[str], *, limit: int) -> list[Row]:
    """The invoices of these numbers, or those of the credit notes of these numbers, newest first."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select {_SHOWN} from {_JOINED} where i.invoice in (
                select d.invoice from read.dossier_invoice d where d.number = any(%(numbers)b)
                union select l.invoice from read.money_credit_note c join read.money_line l on l.line = c.line
                where c.number = any(%(numbers)b))
            order by i.at desc, i.invoice limit %(limit)s) q"""
    asked = {"numbers": list(numbers), "limit": limit}
    return cast("list[Row]", await value(connection, query, asked))


_CREDIT_NOTES = f"""(
    select coalesce(json_agg(json_build_object('number', c.number, 'issued_on', c.issued_on,
        'amount', {money("c.amount", "i.currency")}) order by c.at, c.number), '[]')
    from read.money_credit_note c where c.line = l.line)"""
_CASE = f"""(
    select json_build_object('id', k.case_id, 'opened_at', {instant("k.opened_at")}, 'basis', k.basis,
        'workshop', k.workshop, 'proposed', {money("k.proposed", "i.currency")},
        'kept', case when k.kept is null then null else {money("k.kept", "i.currency")} end,
        'decided_at', {instant("k.decided_at")})
    from read.cases_cancellation k where k.line = l.line)"""
_LINES = f"""(
    select coalesce(json_agg(json_build_object('id', l.line, 'registration', l.registration,
        'activity', l.activity_name, 'activity_id', l.activity, 'starts', {instant("l.starts")},
        'done_on', l.done_on, 'price', {money("l.price", "i.currency")},
        'deposit', {money("l.deposit", "i.currency")}, 'reasons', l.reasons,
        'due', {money(DUE_ON_LINE, "i.currency")}, 'paid', {money(PAID_ON_LINE, "i.currency")},
        'balance', {money(BALANCE_OF_LINE, "i.currency")},
        'credit_notes', {_CREDIT_NOTES}, 'case', {_CASE}) order by l.n), '[]')
    from read.money_line l where l.invoice = i.invoice)"""
_PAYMENTS = f"""(
    select coalesce(json_agg(json_build_object('id', p.payment, 'method', p.method, 'status', p.status,
        'amount', {money(AMOUNT_OF_PAYMENT, "i.currency")}, 'held', {money(HELD_OF_PAYMENT, "i.currency")},
        'at', {instant("p.at")},
        'registration', p.registration, 'cheque', p.cheque, 'holder', p.holder,
        'credit_from', p.credit_from) order by p.at, p.payment), '[]')
    from read.money_payment p where p.invoice = i.invoice)"""
_REFUNDS = f"""(
    select coalesce(json_agg(json_build_object('id', f.refund, 'payment', f.payment, 'method', f.method,
        'status', f.status, 'amount', {money("f.amount", "i.currency")}, 'at', {instant("f.at")},
        'by', f.by_user) order by f.at, f.refund), '[]')
    from read.money_refund f where f.invoice = i.invoice)"""
_TOGETHER = f"""(
    select json_build_object('balance', {money("coalesce(sum(o.balance), 0)", "i.currency")},
        'invoices', json_agg(json_build_object('id', o.invoice, 'number', n.number,
            'supplement_of', n.supplement_of, 'balance', {money("o.balance", "i.currency")})
            order by n.at, n.invoice))
    from read.money_invoice n join read.money_balance o on o.invoice = n.invoice
    where n.invoice = coalesce(i.supplement_of, i.invoice)
       or n.supplement_of = coalesce(i.supplement_of, i.invoice))"""


async def invoice(connection: Reads, invoice: UUID) -> Row | None:
    """One invoice: lines with reasons, credit notes and cases, payments, refunds, and the balance of it
    and its supplements together (FAC-9)."""
    query = f"""
        select row_to_json(q)::text from (
            select {_SHOWN}, coalesce(i.billing_name, '[effacé]') as billing_name, {_LINES} as lines,
                {_PAYMENTS} as payments, {_REFUNDS} as refunds, {_TOGETHER} as together
            from {_JOINED} where i.invoice = %s) q"""
    return cast("Row | None", await value(connection, query, (invoice,)))
