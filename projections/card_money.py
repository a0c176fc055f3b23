"""What the books say of cards in a span of time: payments received and refunds made (FAC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.kernel import Currency, Money
from projections.query import Reads, value

_CARDS = """
    select coalesce(json_agg(row_to_json(q)), '[]')::text from (
        select p.payment as id, p.invoice, i.currency, p.at, false as refund,
            (select sum(m.amount) from read.money_moved m where m.payment = p.payment) as minor
        from read.money_payment p join read.money_invoice i on i.invoice = p.invoice
        where p.method = 'card' and p.at >= %(since)s and p.at < %(until)s
          and exists (select 1 from read.money_moved m where m.payment = p.payment and m.position > %(after)s)
        union all
        select f.refund, f.invoice, i.currency, f.at, true, f.amount
        from read.money_refund f join read.money_invoice i on i.invoice = f.invoice
        where f.method = 'card' and f.status = 'made' and f.at >= %(since)s and f.at < %(until)s
          and exists (select 1 from payment_intents w where w.id = f.refund)) q"""


@dataclass(frozen=True)
class CardMoney:
    """A payment or, where `refund`, money given back."""

    id: UUID
    invoice: UUID
    amount: Money
    at: datetime
    refund: bool


async def card_money(connection: Reads, since: datetime, until: datetime, after: int) -> list[CardMoney]:
    """All that moved from `since` to before `until`, payments of after that position in the log only."""
    found = await value(connection, _CARDS, {"since": since, "until": until, "after": after})
    return [
        CardMoney(
            UUID(row["id"]),
            UUID(row["invoice"]),
            Money(minor=row["minor"], currency=Currency(row["currency"])),
            datetime.fromisoformat(row["at"]),
            row["refund"],
        )
        for row in found
    ]
