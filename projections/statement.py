"""Who owes what, deposits not used, payments to deposit, cheques held (FAC-8, FAC-10)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from projections.balances import AMOUNT_OF_PAYMENT, PAID_OF_REGISTRATION, PAID_ON_LINE
from projections.query import Reads, Row, client_in_short, instant, money, value

_AGES = {
    "0_30": "age <= 30",
    "31_60": "age between 31 and 60",
    "61_90": "age between 61 and 90",
    "over_90": "age > 90",
}
_PARTS = ", ".join(f"coalesce(sum(balance) filter (where {sql}), 0) as days_{n}" for n, sql in _AGES.items())
_OPEN = """(
    select client, currency, %(today)s::date - day as age, balance
    from read.money_balance where balance > 0) b"""
_COLUMNS = ("total", *(f"days_{n}" for n in _AGES))
_AMOUNTS = ", ".join(f"'{name}', o.{name}" for name in _COLUMNS)
_OWED = f"json_agg(json_build_object('currency', o.currency, {_AMOUNTS}) order by o.currency)"


async def balances(
    connection: Reads, today: date, *, after: tuple[str, UUID] | None = None, limit: int = 50
) -> list[Row]:
    """Who owes what, by name: per currency in all and by age; credit elsewhere isn't taken off (FAC-8)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select o.client as id, coalesce(p.last_name, '[effacé]') as last_name,
                coalesce(p.first_name, '') as first_name, coalesce(p.sort, '') as sort, {_OWED} as owed
            from (
                select client, currency, sum(balance)::bigint as total, {_PARTS} from {_OPEN}
                group by client, currency) o
            left join read.dossier_person p on p.client = o.client
            where (%(at)s::text is null
                   or (coalesce(p.sort, '') collate "C", o.client) > (%(at)s, %(id)s))
            group by o.client, p.last_name, p.first_name, p.sort
            order by coalesce(p.sort, '') collate "C", o.client limit %(limit)s) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, page | {"today": today}))


async def totals(connection: Reads, today: date) -> list[Row]:
    """What all owe together, per currency."""
    query = f"""
        select coalesce({_OWED}, '[]')::text from (
            select currency, sum(balance)::bigint as total, {_PARTS} from {_OPEN} group by currency) o"""
    return cast("list[Row]", await value(connection, query, {"today": today}))


async def unused_deposits(
    connection: Reads, *, after: tuple[str, UUID] | None = None, limit: int = 50
) -> list[Row]:
    """Money paid for places without date, or cancelled and undecided; longest first (FAC-8)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select u.registration, u.why, {instant("u.since")} as since,
                {client_in_short("u.client")} as client, d.activity as activity_id, a.name as activity,
                d.invoice, i.number,
                {money("u.paid", "d.currency")} as paid
            from ((
                select r.registration, r.client, r.since, 'to_schedule' as why, f.paid
                from read.to_schedule_registration r
                cross join lateral (select {PAID_OF_REGISTRATION} as paid) f
                where r.waiting and f.paid > 0
                  and (%(at)s::timestamptz is null or (r.since, r.registration) > (%(at)s, %(id)s))
                order by r.since, r.registration limit %(limit)s)
                union all (
                select l.registration, k.client, k.opened_at, 'open_case', f.paid
                from read.cases_cancellation k join read.money_line l on l.line = k.line
                cross join lateral (select {PAID_ON_LINE} as paid) f
                where k.decided_at is null and l.registration is not null and f.paid > 0
                  and (%(at)s::timestamptz is null or (k.opened_at, l.registration) > (%(at)s, %(id)s))
                order by k.opened_at, l.registration limit %(limit)s)) u
            left join read.dossier_registration d on d.registration = u.registration
            left join read.dossier_person p on p.client = u.client
            left join read.catalogue_activity a on a.activity = d.activity
            left join read.money_invoice i on i.invoice = d.invoice
            order by u.since, u.registration limit %(limit)s) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, page))


@dataclass(frozen=True)
class Noted:
    """Which payments to deposit: of a method, held by a staff user, noted before an instant."""

    method: str | None = None
    holder: UUID | None = None
    before: datetime | None = None


_NOTED = """p.status = 'noted'
    and (%(method)s::text is null or p.method = %(method)s)
    and (%(holder)s::uuid is null or p.holder = %(holder)s)
    and (%(before)s::timestamptz is null or p.at < %(before)s)"""


async def to_deposit(
    connection: Reads, wanted: Noted, *, after: tuple[str, UUID] | None = None, limit: int = 50
) -> list[Row]:
    """Payments noted and not deposited, oldest first (FAC-2, FAC-8)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select n.payment as id, n.method, n.cheque, n.registration, n.invoice, i.number,
                {client_in_short("i.client")} as client, {money("n.amount", "i.currency")} as amount,
                {instant("n.at")} as at, n.commented, n.holder as holder_id, s.name as holder
            from (select p.*, {AMOUNT_OF_PAYMENT} as amount from read.money_payment p where {_NOTED}
                  and (%(at)s::timestamptz is null or (p.at, p.payment) > (%(at)s, %(id)s))
                  order by p.at, p.payment limit %(limit)s) n
            left join read.money_invoice i on i.invoice = n.invoice
            left join read.dossier_person p on p.client = i.client
            left join read.catalogue_staff s on s.staff = n.holder
            order by n.at, n.payment) q"""
    page = {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit}
    return cast("list[Row]", await value(connection, query, asdict(wanted) | page))


async def to_deposit_in_short(connection: Reads) -> list[Row]:
    """Payments to deposit per method, holder and currency: how many, how much, since when."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select n.method, n.holder as holder_id, s.name as holder, count(*) as count,
                {money("sum(n.amount)", "i.currency")} as amount, {instant("min(n.at)")} as oldest
            from (select p.*, {AMOUNT_OF_PAYMENT} as amount
                  from read.money_payment p where p.status = 'noted') n
            join read.money_invoice i on i.invoice = n.invoice
            left join read.catalogue_staff s on s.staff = n.holder
            group by n.method, n.holder, s.name, i.currency
            order by n.method, s.name nulls first, n.holder, i.currency) q"""
    return cast("list[Row]", await value(connection, query))


async def cheques(connection: Reads, now: datetime, *, holder: UUID | None = None) -> list[Row]:
    """Cheques per holder with the holder's last and next workshop, oldest cheque first (FAC-10)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select h.holder as holder_id, s.name as holder, h.oldest, h.cheques,
                {instant("last.ends")} as last_ended, {instant("next.starts")} as next_starts,
                next.first_day as next_day
            from (
                select n.holder, {instant("min(n.at)")} as oldest, json_agg(json_build_object(
                    'id', n.payment, 'cheque', n.cheque, 'invoice', n.invoice, 'number', i.number,
                    'client', {client_in_short("i.client")}, 'amount', {money("n.amount", "i.currency")},
                    'at', {instant("n.at")}) order by n.at, n.payment) as cheques
                from (select p.*, {AMOUNT_OF_PAYMENT} as amount from read.money_payment p
                      where p.status = 'noted' and p.method = 'cheque' and p.holder is not null
                        and (%(holder)s::uuid is null or p.holder = %(holder)s)) n
                left join read.money_invoice i on i.invoice = n.invoice
                left join read.dossier_person p on p.client = i.client
                group by n.holder) h
            left join read.catalogue_staff s on s.staff = h.holder
            left join lateral (
                select w.ends from read.workshop_dates_workshop w
                where w.organiser = h.holder and w.starts <= %(now)s and not w.cancelled
                order by w.starts desc limit 1) last on true
            left join lateral (
                select w.starts, (w.starts at time zone w.zone)::date as first_day
                from read.workshop_dates_workshop w
                where w.organiser = h.holder and w.starts > %(now)s and not w.cancelled
                order by w.starts limit 1) next on true
            order by h.oldest, h.holder) q"""
    return cast("list[Row]", await value(connection, query, {"now": now, "holder": holder}))
