"""The table of intents: stored before the provider is called, held under a lease while it is (FAC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

import psycopg
from psycopg_pool import ConnectionPool

from aggregates.kernel import Currency, Money
from processors.runtime.effects import CardRefund
from processors.runtime.payments.answers import Movement

LEASE_SECONDS = 60.0
"""Longer than all calls of one look together: whoever still looks still holds it."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 120.0
_COLUMNS = (
    "id, kind, client, invoice, attempt, payment, amount, currency, state, outcome, order_id,"
    " approve_url, attempts, made_at, error, asked_at, told, registration"
)

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


@dataclass(frozen=True)
class Capture:
    """What the provider took for an intent, under the id it has in the log."""

    capture: str
    payment: UUID
    amount: Money
    counted: bool


class LeaseLostError(Exception):
    """Another looks at this intent now; both ask the same under the same id."""


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
    query = f"select {_COLUMNS} from payment_intents where {which} limit 1"  # sql: conditions of this file
    row = connection.execute(cast("Any", query), (key,)).fetchone()
    return None if row is None else _intent(row)


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


class Intents:
    """One look's hold on the table; each step is committed before the next call to the provider."""

    def __init__(self, pool: ConnectionPool[Any], lease_seconds: float = LEASE_SECONDS) -> None:
        self._pool = pool
        self._lease_seconds = lease_seconds

    def claim(self, id_: UUID) -> Intent | None:
        """Take it under a lease; None where another holds it or nothing is left to do."""
        lease = uuid4()
        with self._pool.connection() as connection:
            row = connection.execute(
                "update payment_intents set lease = %s, attempts = attempts + 1,"
                " lease_until = now() + make_interval(secs => %s) where id = %s"
                " and (state not in ('done', 'ended') or told) and (lease is null or lease_until < now())"
                f" returning {_COLUMNS}, lease",  # sql: columns of ours
                (lease, self._lease_seconds, id_),
            ).fetchone()
        return None if row is None else _intent(row)

    def opened(self, intent: Intent, order: str, approve_url: str | None) -> None:
        """The provider knows of it: the payer may go there."""
        self._save(
            intent,
            "update payment_intents set state = 'open', order_id = %s, approve_url = %s, attempts = 0",
            (order, approve_url),
        )

    def is_superseded(self, intent: Intent) -> bool:
        """Whether the payer began another payment of the invoice after it, also while it was looked at."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select 1 from payment_intents where invoice = %s and kind <> 'refund' and id <> %s"
                " and made_at > %s limit 1",
                (intent.invoice, intent.id, intent.made_at),
            ).fetchone()
        return row is not None

    def asked(self, intent: Intent, now: datetime) -> bool:
        """From now on money may move; False while another payment of the same invoice is under way."""
        try:
            self._save(
                intent, "update payment_intents set state = 'asked', asked_at = %s, attempts = 0", (now,)
            )
        except psycopg.errors.UniqueViolation:
            return False
        return True

    def open_again(self, intent: Intent, error: str) -> None:
        """The card was declined: the payer may try another one."""
        self._save(
            intent,
            "update payment_intents set state = 'open', asked_at = null, attempts = 0, error = %s",
            (error,),
        )

    def moved(self, intent: Intent, taken: Sequence[tuple[Movement, UUID]]) -> None:
        """Money came in: kept before anything else is done about it.

        Also without the lease: what the provider took is a fact, whoever learns of it. What is over keeps
        its state until the money is counted.
        """
        with self._pool.connection() as connection, connection.transaction():
            for movement, payment in taken:
                assert movement.amount is not None
                connection.execute(
                    "insert into payment_captures (capture, intent, payment, amount, currency)"
                    " values (%s, %s, %s, %s, %s) on conflict (capture) do nothing",
                    (
                        movement.id,
                        intent.id,
                        payment,
                        movement.amount.minor,
                        movement.amount.currency.value,
                    ),
                )
            connection.execute(
                "update payment_intents set state = 'moved', attempts = 0 where id = %s and state = 'asked'",
                (intent.id,),
            )
            connection.execute(
                "update payment_intents set told = true, next_try = now() where id = %s and state = 'ended'",
                (intent.id,),
            )

    def captures(self, intent: Intent) -> list[Capture]:
        """What was taken for it."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "select capture, payment, amount, currency, counted_at is not null from payment_captures"
                " where intent = %s order by capture",
                (intent.id,),
            ).fetchall()
        return [Capture(c, p, Money(minor=a, currency=Currency(u)), done) for c, p, a, u, done in rows]

    def capture_of(self, payment: UUID) -> tuple[str, str] | None:
        """The provider's ids of the capture and its order behind a payment in the log."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select c.capture, i.order_id from payment_captures c"
                " join payment_intents i on i.id = c.intent where c.payment = %s",
                (payment,),
            ).fetchone()
        return None if row is None else (row[0], row[1])

    def counted(self, capture: str, now: datetime) -> None:
        """It stands in the log."""
        with self._pool.connection() as connection:
            connection.execute(
                "update payment_captures set counted_at = %s where capture = %s", (now, capture)
            )

    def done(self, intent: Intent, now: datetime) -> None:
        """All that followed from it is done."""
        self._save(
            intent,
            "update payment_intents set state = 'done', settled_at = %s, error = null, outcome = null,"
            " told = false, lease = null, lease_until = null",
            (now,),
        )

    def ended(self, intent: Intent, outcome: str, now: datetime) -> None:
        """Nothing was paid and nothing will be."""
        self._save(
            intent,
            "update payment_intents set state = 'ended', outcome = %s, settled_at = %s,"
            " lease = null, lease_until = null",
            (outcome, now),
        )

    def rests(self, intent: Intent) -> None:
        """It was over and stays so."""
        self._save(intent, "update payment_intents set told = false, lease = null, lease_until = null", ())

    def later(self, intent: Intent, seconds: float, error: str | None = None) -> None:
        """Look again after that pause."""
        self._save(
            intent,
            "update payment_intents set error = %s, lease = null, lease_until = null,"
            " next_try = now() + make_interval(secs => %s)",
            (error, seconds),
        )

    def _save(self, intent: Intent, update: str, values: Sequence[object]) -> None:
        """Raises LeaseLostError."""
        with self._pool.connection() as connection:
            done = connection.execute(
                f"{update} where id = %s and lease = %s",  # sql: written above
                (*values, intent.id, intent.lease),
            )
        if done.rowcount == 0:
            raise LeaseLostError


def _intent(row: Sequence[Any]) -> Intent:
    (id_, kind, client, invoice, attempt, payment, amount, currency, *rest) = row
    money = Money(minor=amount, currency=Currency(currency))
    return Intent(id_, kind, client, invoice, attempt, payment, money, *rest)


def pause_after(attempts: int) -> float:
    """Seconds to the next look: 2, then twice as long each time, 2 minutes at the most (T17: 15 min)."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 10))
