"""The table of intents: a wish to pay or to give back, stored before the provider is called (FAC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid5

import psycopg

from aggregates.kernel import Currency, Money
from processors.runtime.effects import CardRefund

COLUMNS = (
    "id, kind, client, invoice, attempt, payment, amount, currency, state, outcome, order_id,"
    " approve_url, attempts, made_at, error, asked_at, told, registration"
)
"""In the order of an Intent's fields; two of them make its amount."""

_TELLING = (
    "invoice = %s and kind <> 'refund' order by state in ('asked', 'moved') or told desc,"
    " attempt is not null and state = 'done' desc, made_at desc, id"
)
_MOVING = (
    "client = %s and attempt is not null and kind <> 'refund'"
    " and (state not in ('done', 'ended') or told) and (state in ('asked', 'moved') or told)"
)


@dataclass(frozen=True)
class Intent:
    """One wish to pay, or to give back."""

    id: UUID
    kind: str
    client: UUID | None
    invoice: UUID
    attempt: UUID | None
    payment: UUID | None
    amount: Money
    state: str
    outcome: str | None
    order_id: str | None
    approve_url: str | None
    attempts: int
    made_at: datetime
    error: str | None = None
    asked_at: datetime | None = None
    """Money may have moved since."""
    told: bool = False
    """The provider told of it after it was over: it is asked about, not carried on."""
    registration: UUID | None = None
    """Whose lines of the invoice are filled first (INS-4)."""
    lease: UUID | None = None

    @property
    def is_settled(self) -> bool:
        """It is paid, or nothing was."""
        return self.state in ("done", "ended")

    @property
    def is_over(self) -> bool:
        """Settled, and the provider told of nothing since."""
        return self.is_settled and not self.told

    @property
    def may_be_moving(self) -> bool:
        """Money may be on its way: nothing is given up."""
        return self.state in ("asked", "moved") or self.told


def intent_of(row: Sequence[Any]) -> Intent:
    """A row of COLUMNS, with or without the lease behind them."""
    (id_, kind, client, invoice, attempt, payment, amount, currency, *rest) = row
    money = Money(minor=amount, currency=Currency(currency))
    return Intent(id_, kind, client, invoice, attempt, payment, money, *rest)


def wanted(
    id_: UUID,
    *,
    kind: str,
    client: UUID,
    invoice: UUID,
    attempt: UUID | None,
    amount: Money,
    now: datetime,
    registration: UUID | None = None,
) -> Intent:
    """A new wish to pay, not yet stored."""
    made = Intent(id_, kind, client, invoice, attempt, None, amount, "wanted", None, None, None, 0, now)
    return replace(made, registration=registration)


def release_of(id_: UUID) -> UUID:
    """The command id under which the seats held for an intent are freed."""
    return uuid5(id_, "release")


def keep(connection: psycopg.Connection[Any], intent: Intent) -> None:
    """Store it; one that is there stays. Older ones for the same invoice are given up, unless under way."""
    with connection.transaction():
        kept = connection.execute(
            "insert into payment_intents"
            " (id, kind, client, invoice, attempt, amount, currency, made_at, registration)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (id) do nothing",
            (
                intent.id,
                intent.kind,
                intent.client,
                intent.invoice,
                intent.attempt,
                intent.amount.minor,
                intent.amount.currency.value,
                intent.made_at,
                intent.registration,
            ),
        )
        if kept.rowcount == 0:
            return
        connection.execute(
            "update payment_intents set state = 'ended', outcome = 'superseded', settled_at = %s"
            " where invoice = %s and id <> %s and kind <> 'refund' and state in ('wanted', 'open')"
            " and made_at <= %s and (lease is null or lease_until < now())",
            (intent.made_at, intent.invoice, intent.id, intent.made_at),
        )


def keep_refunds(connection: psycopg.Connection[Any], refunds: Sequence[CardRefund], now: datetime) -> None:
    """Store what is to be given back; one that is there already is never asked for twice."""
    for one in refunds:
        connection.execute(
            "insert into payment_intents (id, kind, invoice, payment, amount, currency, made_at)"
            " values (%s, 'refund', %s, %s, %s, %s, %s) on conflict (id) do nothing",
            (one.refund, one.invoice, one.payment, one.amount.minor, one.amount.currency.value, now),
        )


def due(connection: psycopg.Connection[Any], limit: int) -> list[UUID]:
    """Intents to be looked at: their pause is over and nobody holds them."""
    rows = connection.execute(
        "select id from payment_intents where (state not in ('done', 'ended') or told) and next_try <= now()"
        " and (lease is null or lease_until < now()) order by next_try limit %s",
        (limit,),
    )
    return [row[0] for row in rows]


def find(connection: psycopg.Connection[Any], id_: UUID) -> Intent | None:
    """The intent, None where there is none."""
    return _first(connection, "id = %s", id_)


def telling_of(connection: psycopg.Connection[Any], invoice: UUID) -> Intent | None:
    """The wish that tells how that invoice's or basket's payment stands, None where nobody had one.

    One whose money may be moving; else one that paid the basket; else the newest.
    """
    return _first(connection, _TELLING, invoice)


def moving_of(connection: psycopg.Connection[Any], client: UUID) -> Intent | None:
    """A wish of this client to pay a basket whose money may be moving."""
    return _first(connection, _MOVING, client)


def _first(connection: psycopg.Connection[Any], which: str, key: UUID) -> Intent | None:
    query = f"select {COLUMNS} from payment_intents where {which} limit 1"  # sql: conditions of this file
    row = connection.execute(cast("Any", query), (key,)).fetchone()
    return None if row is None else intent_of(row)


def payments_of(connection: psycopg.Connection[Any], id_: UUID) -> list[UUID]:
    """The ids in the log of what was taken for it."""
    rows = connection.execute("select payment from payment_captures where intent = %s", (id_,)).fetchall()
    return [row[0] for row in rows]


def wake(connection: psycopg.Connection[Any], id_: UUID) -> None:
    """Have it looked at now."""
    connection.execute(
        "update payment_intents set next_try = now() where id = %s and state not in ('done', 'ended')", (id_,)
    )


def noticed(connection: psycopg.Connection[Any], id_: UUID, capture: str | None) -> None:
    """The provider told of it: have it looked at now.

    What is over stays over, and is only asked about; what is done only where the notice names a capture
    that isn't known yet.
    """
    under_way = connection.execute(
        "update payment_intents set next_try = now(), attempts = 0"
        " where id = %s and state not in ('done', 'ended')",
        (id_,),
    )
    if under_way.rowcount == 0:
        connection.execute(
            "update payment_intents set told = true, next_try = now(), attempts = 0"
            " where id = %(id)s and kind <> 'refund' and order_id is not null and (state = 'ended'"
            "   or %(capture)s::text is not null"
            "     and not exists (select 1 from payment_captures where capture = %(capture)s))",
            {"id": id_, "capture": capture},
        )


def give_up(connection: psycopg.Connection[Any], id_: UUID, now: datetime) -> bool:
    """The payer gives it up; False once money may be moving for it or an earlier wish of that invoice."""
    done = connection.execute(
        "update payment_intents i set state = 'ended', outcome = 'given_up', settled_at = %s"
        " where id = %s and kind <> 'refund' and state in ('wanted', 'open')"
        " and (lease is null or lease_until < now()) and not exists (select 1 from payment_intents o"
        " where o.invoice = i.invoice and o.id <> i.id and o.kind <> 'refund'"
        " and (o.state in ('asked', 'moved') or o.told))",
        (now, id_),
    )
    return done.rowcount == 1
