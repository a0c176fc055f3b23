"""Questions to the ledger: the trial balance of a period, and the journal (FAC-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.catalogue.settings import SchoolSettings
from projections.query import Reads, Row, instant, money, value

MODELS = ("ledger",)
ALL = 2**63 - 1
"""A position behind every event."""
Key = tuple[datetime, int, int]
"""What the journal is ordered by: instant, position and number of an entry."""


@dataclass(frozen=True)
class Period:
    """From the first day to the last one, in the school's zone."""

    first: date
    last: date
    zone: str

    @property
    def begins(self) -> datetime:
        return self._midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return self._midnight(self.last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


async def zone(connection: Reads) -> str:
    """The zone that the school keeps its days in."""
    cursor = await connection.execute("select zone from read.ledger_school")
    row = await cursor.fetchone()
    return SchoolSettings().zone if row is None else cast("str", row[0])


_SUMS = """
    select account, currency, sum(debit - credit) as opening, 0 as debit, 0 as credit
    from read.ledger_total where month < %(first_month)s group by account, currency
    union all
    select account, currency, sum(debit - credit), -sum(debit), -sum(credit)
    from read.ledger_entry where at >= %(first_month_begins)s and at < %(begins)s group by account, currency
    union all
    select account, currency, 0, sum(debit), sum(credit)
    from read.ledger_total where month >= %(first_month)s and month < %(last_month)s
    group by account, currency
    union all
    select account, currency, 0, sum(debit), sum(credit)
    from read.ledger_entry where at >= %(last_month_begins)s and at < %(ends)s group by account, currency
    union all
    select account, currency,
        -coalesce(sum(debit - credit) filter (where at < %(begins)s), 0),
        -coalesce(sum(debit) filter (where at >= %(begins)s), 0),
        -coalesce(sum(credit) filter (where at >= %(begins)s), 0)
    from read.ledger_entry where position > %(upto)s and at < %(ends)s group by account, currency"""
"""Whole months from the totals, the begun ones from the entries; less what came after `upto`."""


async def trial_balance(connection: Reads, period: Period, upto: int = ALL) -> list[Row]:
    """Opening, debits, credits and closing per currency and account, of the events up to a position.

    Debit is above 0. Accounts that nothing was ever posted to are left out.
    """
    query = f"""
        select coalesce(json_agg(json_build_object('account', account, 'currency', currency,
            'opening', {money("opening", "currency")}, 'debit', {money("debit", "currency")},
            'credit', {money("credit", "currency")},
            'closing', {money("opening + debit - credit", "currency")})
            order by currency, account), '[]')::text
        from (select account, currency, sum(opening)::bigint as opening, sum(debit)::bigint as debit,
                sum(credit)::bigint as credit
            from ({_SUMS}) parts group by account, currency) s
        where opening <> 0 or debit <> 0 or credit <> 0"""
    first, last = _month(period.begins), _month(period.ends)
    params = {
        "first_month": first.date(),
        "first_month_begins": first,
        "begins": period.begins,
        "last_month": last.date(),
        "last_month_begins": last,
        "ends": period.ends,
        "upto": upto,
    }
    return cast("list[Row]", await value(connection, query, params))


async def without_amount(connection: Reads, period: Period, upto: int = ALL) -> int:
    """Events up to the end of the period that were stored before they said how much they are about."""
    query = (
        "select count(*)::text from read.ledger_without_amount where at < %(ends)s and position <= %(upto)s"
    )
    return cast("int", await value(connection, query, {"ends": period.ends, "upto": upto}))


async def closings(connection: Reads, period: Period, upto: int = ALL) -> list[Row]:
    """Closed periods that share a day with this one: first day (None: from ever), last one, when, by whom."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select first, through as last, {instant("at")} as at, by_user as by_id
            from (select *, lag(through) over (order by position) + 1 as first from read.ledger_closing
                  where position <= %(upto)s) c
            where through >= %(first)s and coalesce(first <= %(last)s, true)
            order by position) q"""
    params = {"first": period.first, "last": period.last, "upto": upto}
    return cast("list[Row]", await value(connection, query, params))


_CARRIED = """
    select account, client, sum(debit - credit)::bigint as minor from (
        select e.account, case when e.account = any(%(per_client)s) then i.client end as client,
            e.debit, e.credit
        from read.ledger_entry e left join read.ledger_invoice i on i.invoice = e.invoice
        where e.at < %(begins)s and e.position <= %(upto)s and e.currency = %(currency)s) e
    group by account, client having sum(debit - credit) <> 0"""


async def carried(
    connection: Reads, period: Period, currency: str, per_client: Sequence[str], upto: int = ALL
) -> list[tuple[str, UUID | None, int]]:
    """What stands before the period: account, client for the accounts `per_client`, debit less credit."""
    query = f"{_CARRIED} order by account, client"
    params = {"begins": period.begins, "upto": upto, "currency": currency, "per_client": list(per_client)}
    cursor = await connection.execute(cast("Any", query), params)
    return list(await cursor.fetchall())


async def persons(
    connection: Reads,
    period: Period,
    *,
    currency: str | None = None,
    carried_for: Sequence[str] = (),
    upto: int = ALL,
) -> int:
    """How many clients the period's entries are about, and those for whom these accounts carry something."""
    of_currency = "and e.currency = %(currency)s" if currency is not None else ""
    query = f"""
        select count(client)::text from (
            select i.client from read.ledger_entry e join read.ledger_invoice i on i.invoice = e.invoice
            where e.at >= %(begins)s and e.at < %(ends)s and e.position <= %(upto)s {of_currency}
            union select client from ({_CARRIED}) c where client is not null) p"""
    params = {
        "begins": period.begins,
        "ends": period.ends,
        "upto": upto,
        "currency": currency,
        "per_client": list(carried_for),
    }
    return cast("int", await value(connection, query, params))


async def journal(
    connection: Reads,
    period: Period,
    *,
    account: str | None = None,
    invoice: UUID | None = None,
    currency: str | None = None,
    upto: int = ALL,
    after: Key | None = None,
    limit: int = 50,
) -> list[Row]:
    """Entries in the order of their instants of posting; each names its event by position."""
    of_account = "and e.account = %(account)s" if account is not None else ""
    of_invoice = "and e.invoice = %(invoice)s" if invoice is not None else ""
    of_currency = "and e.currency = %(currency)s" if currency is not None else ""
    beyond = "and (e.at, e.position, e.n) > (%(at)s, %(position)s, %(n)s)" if after is not None else ""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select e.position::text, e.n, {instant("e.at")} as at,
                to_char(e.at at time zone %(zone)s, 'YYYY-MM-DD') as day,
                to_char(e.occurred_at at time zone %(zone)s, 'YYYY-MM-DD') as happened, e.kind, e.account,
                {money("e.debit", "e.currency")} as debit, {money("e.credit", "e.currency")} as credit,
                e.invoice, i.number, i.client, e.line, e.payment
            from (select * from read.ledger_entry e
                  where e.at >= %(begins)s and e.at < %(ends)s and e.position <= %(upto)s
                    {of_account} {of_invoice} {of_currency} {beyond}
                  order by e.at, e.position, e.n limit %(limit)s) e
            left join read.ledger_invoice i on i.invoice = e.invoice
            order by e.at, e.position, e.n) q"""
    at, position, n = after or (None, None, None)
    params = {
        "begins": period.begins,
        "ends": period.ends,
        "upto": upto,
        "zone": period.zone,
        "account": account,
        "invoice": invoice,
        "currency": currency,
        "at": at,
        "position": position,
        "n": n,
        "limit": limit,
    }
    return cast("list[Row]", await value(connection, query, params))


def _month(at: datetime) -> datetime:
    """Its first instant, as totals count months: in UTC."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
