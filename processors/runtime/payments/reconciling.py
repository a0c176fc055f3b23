"""Each night the provider's account is compared with the books; what differs is a to-do (FAC-3)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from psycopg_pool import ConnectionPool

from aggregates.kernel import Money
from aggregates.ledger.events import DifferenceKind
from commands.access import SYSTEM
from commands.dispatch import Dispatcher
from commands.ledger.report_difference import ReportDifference, difference_of
from commands.payments.capture_balance import payment_of
from processors.runtime.payments import intents
from processors.runtime.payments.answers import Booked, ProviderRefusedError, ProviderTroubleError
from processors.runtime.payments.paypal import PayPal
from processors.runtime.reads import ReadLoop
from projections import catalogue
from projections.card_money import CardMoney, card_money
from projections.query import Reads, freshness

log = logging.getLogger(__name__)
AT_HOUR = 3
"""Of the school's night: the provider lists what moved up to three hours late."""
FIRST_LOOK_BACK = timedelta(days=3)
"""Before any night was done; later ones begin where the last one that was done ended."""
SETTLED_AFTER = timedelta(days=1)
"""Younger ones may still be settled by inquiry."""
_EDGE = timedelta(hours=1)
"""The two sides' instants of one movement differ by less."""
_LEASE_SECONDS = 600
_LOOK_SECONDS = 20.0


@dataclass(frozen=True)
class Difference:
    """What one side says and the other doesn't."""

    kind: DifferenceKind
    reference: str
    provider: Money | None
    booked: Money | None
    invoice: UUID | None


class Reconciler:
    """Once per night of the school's clock, by whichever worker comes first."""

    def __init__(
        self, pool: ConnectionPool[Any], reads: ReadLoop, provider: PayPal, dispatcher: Dispatcher
    ) -> None:
        self._pool = pool
        self._reads = reads
        self._provider = provider
        self._dispatcher = dispatcher
        self._next_look = 0.0

    def tend(self) -> None:
        """Compare if it is time to; cheap to call often."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_SECONDS
            self.night()

    def night(self) -> int | None:
        """Compare the last days, once the hour has come; answers how many differences there are, or None.

        None also where the provider is away or a view is not up to date: it is tried again.
        """
        now = self._dispatcher.clock()
        zone = ZoneInfo(self._reads.run(catalogue.school).zone)
        local = now.astimezone(zone)
        if local.hour < AT_HOUR or not self._claim(local.date()):
            return None
        until = datetime.combine(local.date(), datetime.min.time(), zone)
        try:
            found = self._compared(self._since(until), until, now)
        except (ProviderTroubleError, ProviderRefusedError) as error:
            log.warning("payments were not compared: %s", error)
            return None
        if found is None:
            return None
        compared, differences = found
        for one in differences:
            self._report(one)
        self._done(local.date(), compared, len(differences), now)
        return len(differences)

    def _since(self, until: datetime) -> datetime:
        """What the last night that was done didn't report yet: it left out what was younger than a day."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select max(day) from payment_reconciliations where done_at is not null"
            ).fetchone()
        if row is None or row[0] is None:
            return until - FIRST_LOOK_BACK
        return datetime.combine(row[0], datetime.min.time(), until.tzinfo) - SETTLED_AFTER

    def _compared(
        self, since: datetime, until: datetime, now: datetime
    ) -> tuple[int, Sequence[Difference]] | None:
        account = list(self._provider.booked(since - _EDGE, now))
        books = self._reads.run(partial(_books, since=since - 2 * _EDGE, until=now + _EDGE))
        if books is None:
            return None
        self._wake(account, books)
        inside = [a for a in account if since <= a.at < until]
        return len(inside), list(differences(account, books, since, min(until, now - SETTLED_AFTER)))

    def _wake(self, account: Sequence[Booked], books: Mapping[UUID, CardMoney]) -> None:
        """What was taken for a wish of ours and isn't counted yet may still be: ask for it first."""
        for one in account:
            if one.amount is None or (one.amount.minor > 0 and payment_of(one.id) not in books):
                wish = _uuid(one.ours)
                if wish is not None:
                    with self._pool.connection() as connection:
                        intents.noticed(connection, wish, one.id)

    def _claim(self, day: date) -> bool:
        with self._pool.connection() as connection:
            done = connection.execute(
                "insert into payment_reconciliations as r (day, lease_until)"
                " values (%(day)s, now() + make_interval(secs => %(seconds)s)) on conflict (day) do update"
                " set lease_until = excluded.lease_until where r.done_at is null and r.lease_until < now()",
                {"day": day, "seconds": _LEASE_SECONDS},
            )
        return bool(done.rowcount == 1)

    def _done(self, day: date, compared: int, differing: int, now: datetime) -> None:
        with self._pool.connection() as connection:
            connection.execute(
                "update payment_reconciliations set compared = %s, differences = %s, done_at = %s"
                " where day = %s",
                (compared, differing, now, day),
            )

    def _report(self, one: Difference) -> None:
        wish = ReportDifference(
            difference=difference_of(one.kind, one.reference),
            kind=one.kind,
            reference=one.reference,
            provider=one.provider,
            booked=one.booked,
            invoice=one.invoice,
        )
        self._dispatcher.dispatch(wish, SYSTEM, uuid4())


def differences(
    account: Sequence[Booked], books: Mapping[UUID, CardMoney], since: datetime, until: datetime
) -> Iterator[Difference]:
    """Where the account and the books differ about what moved from `since` to before `until`."""
    there = [(_booked_as(one), one) for one in account]
    for id_, one in there:
        if not since <= one.at < until:
            continue
        booked = None if id_ is None else books.get(id_)
        refund = one.amount is not None and one.amount.minor < 0
        if booked is None:
            kind = DifferenceKind.REFUND_NOT_BOOKED if refund else DifferenceKind.NOT_BOOKED
            yield Difference(kind, one.id, one.amount, None, None)
        elif one.amount != _signed(booked):
            yield Difference(DifferenceKind.OTHER_AMOUNT, one.id, one.amount, _signed(booked), booked.invoice)
    known = {id_ for id_, _ in there}
    for id_, mine in books.items():
        if since <= mine.at < until and id_ not in known:
            kind = DifferenceKind.REFUND_NOT_MADE if mine.refund else DifferenceKind.NOT_TAKEN
            yield Difference(kind, id_.hex, None, _signed(mine), mine.invoice)


async def _books(connection: Reads, *, since: datetime, until: datetime) -> dict[UUID, CardMoney] | None:
    """The books' cards by id; None where the view doesn't show the whole log."""
    cursor = await connection.execute(
        "select coalesce((select since from processors where name = 'card_refund'), 0),"
        " coalesce((select max(position) from events where position < log_horizon()), 0)"
    )
    row = await cursor.fetchone()
    assert row is not None
    if (await freshness(connection, ("money",))).position < row[1]:
        return None
    return {one.id: one for one in await card_money(connection, since, until, row[0])}


def _booked_as(one: Booked) -> UUID | None:
    """The id that the movement has in the books: a refund is ours, a payment's is made from the capture's."""
    if one.amount is not None and one.amount.minor < 0:
        return _uuid(one.ours)
    return payment_of(one.id)


def _signed(one: CardMoney) -> Money:
    return Money.zero(one.amount.currency) - one.amount if one.refund else one.amount


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(hex=text or "")
    except ValueError:
        return None
