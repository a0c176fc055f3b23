"""An intent while it is looked at: held under a lease, each step stored before the next call (FAC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import ConnectionPool

from aggregates.kernel import Currency, Money
from processors.runtime.payments.answers import Movement
from processors.runtime.payments.intents import COLUMNS, Intent, intent_of

LEASE_SECONDS = 60.0
"""Longer than all calls of one look together: whoever still looks still holds it."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 120.0


@dataclass(frozen=True)
class Capture:
    """What the provider took for an intent, under the id it has in the log."""

    capture: str
    payment: UUID
    amount: Money
    counted: bool


class LeaseLostError(Exception):
    """Another looks at this intent now; both ask the same under the same id."""


class HeldIntents:
    """What whoever looks does with the table; each step is committed before it returns."""

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
                f" returning {COLUMNS}, lease",  # sql: columns of ours
                (lease, self._lease_seconds, id_),
            ).fetchone()
        return None if row is None else intent_of(row)

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


def pause_after(attempts: int) -> float:
    """Seconds to the next look: 2, then twice as long each time, 2 minutes at the most (T17: 15 min)."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts - 1, 10))
