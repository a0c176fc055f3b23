"""Each night the provider's account and the books are compared, to the cent (FAC-3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from aggregates.invoice.payments.events import PaymentMethod
from commands.access import SYSTEM
from commands.crediting import RefundOf
from commands.payments.capture_balance import CaptureBalance
from commands.payments.refund_credit import RefundCredit
from processors.runtime.payments.reconciling import AT_HOUR, Reconciler
from processors.runtime.reads import ReadLoop
from projections import catalogue, money
from projections.runtime.builds import add_missing
from projections.runtime.connection import connect
from projections.runtime.reader import Reader
from tests.support.paying import Till, cad
from tests.support.write_side import ACCOUNTING

ZONE = ZoneInfo("America/Toronto")


@contextmanager
def nights(till: Till, days: int = 2, hour: int = 12) -> Iterator[Reconciler]:
    """As a worker compares that many days later, at that hour of the school; the views are up to date."""
    now = datetime.now(UTC)
    then = (now.astimezone(ZONE) + timedelta(days=days)).replace(hour=hour)
    late = till.later(seconds=(then - now).total_seconds())
    with connect(till.url) as line, ReadLoop(till.url, 2) as reads:
        models = (catalogue.MODEL, money.MODEL)
        add_missing(line, models)
        reader = Reader(till.url, till.school.side.store, models, wait=lambda _: None)
        while reader.step(line):
            pass
        yield Reconciler(late.school.side.pool, reads, late.provider, late.school.side.dispatcher)


def compared(till: Till, **when: int) -> int | None:
    with nights(till, **when) as reconciler:
        return reconciler.night()


def found(till: Till) -> list[tuple[Any, ...]]:
    """Kind and amounts of the to-dos."""
    with till.connection as connection:
        rows = connection.execute(
            "select convert_from(state, 'utf8')::jsonb from events where topic = 'ledger.payment_differed'"
            " order by position"
        ).fetchall()
    return [(r[0]["kind"], *(r[0][n] and r[0][n]["minor"] for n in ("provider", "booked"))) for r in rows]


def paid(till: Till, minor: int = 37_500) -> None:
    """Somebody pays so much of an invoice of 375.00."""
    client, invoice = till.invoice()
    wish = till.wants(client, invoice, minor)
    till.turn()
    till.approve(wish)
    till.settle(2)


def done_before(till: Till, days: int) -> None:
    """The last night that was done was so many days ago."""
    with till.connection as connection:
        connection.execute(
            "insert into payment_reconciliations (day, done_at, compared, differences)"
            " values (%s, now(), 0, 0)",
            (datetime.now(UTC).astimezone(ZONE).date() - timedelta(days=days),),
        )


@pytest.mark.rule("FAC-3")
class TestNights:
    def test_what_agrees_to_the_cent_makes_no_to_do(self, till: Till) -> None:
        till.react()
        paid(till, 20_000)
        paid(till)
        assert compared(till) == 0
        assert till.count("select compared from payment_reconciliations") == 2

    def test_money_that_the_books_lack_is_found(self, till: Till) -> None:
        till.react()
        paid(till)
        order = till.provider.create_order(uuid4(), cad(5_000), "http://localhost", "x")
        till.book.approve(order.id)
        till.provider.capture(uuid4(), order.id)
        assert compared(till) == 1
        assert found(till) == [("not_booked", 5_000, None)]

    def test_what_can_still_be_counted_is_counted(self, till: Till) -> None:
        """Captured, but every answer and every notice was lost, and the intent is thought to be over."""
        till.react()
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.faults(silent=True)
        till.approve(wish)
        order = till.intent(wish).order_id
        assert order is not None
        till.provider.capture(wish, order)
        with till.connection as connection:
            connection.execute("update payment_intents set state = 'ended'")
        # What moved before the hour of the night is more than a day old when the next one looks.
        reported = int(datetime.now(ZONE).hour <= AT_HOUR)
        assert compared(till, days=1, hour=AT_HOUR) == reported
        till.settle(2)
        assert till.booked(invoice) == 37_500

    def test_money_that_the_provider_never_took_is_found(self, till: Till) -> None:
        till.react()
        client, invoice = till.invoice()
        wish = CaptureBalance(client=client, invoice=invoice, payment=uuid4(), amount=cad(4_000))
        till.school.send(wish, SYSTEM)
        assert compared(till) == 1
        assert found(till) == [("not_taken", None, 4_000)]

    def test_what_was_booked_before_we_listened_is_left_alone(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = CaptureBalance(client=client, invoice=invoice, payment=uuid4(), amount=cad(4_000))
        till.school.send(wish, SYSTEM)
        till.react()
        assert compared(till) == 0

    def test_payouts_to_the_bank_are_left_alone(self, till: Till) -> None:
        till.react()
        paid(till)
        till.book.pay_out({"currency_code": "CAD", "value": "375.00"})
        assert compared(till) == 0
        assert till.count("select compared from payment_reconciliations") == 1

    def test_weeks_without_a_night_are_made_up_for(self, till: Till) -> None:
        """The control of where a night begins: what was missed lies 40 days back."""
        till.react()
        done_before(till, days=1)
        order = till.provider.create_order(uuid4(), cad(5_000), "http://localhost", "x")
        till.book.approve(order.id)
        till.provider.capture(uuid4(), order.id)
        assert compared(till, days=40) == 1
        assert compared(till, days=42) == 0

    def test_what_the_last_night_was_too_young_for_is_found_by_the_next(self, till: Till) -> None:
        till.react()
        done_before(till, days=0)
        client, invoice = till.invoice()
        wish = CaptureBalance(client=client, invoice=invoice, payment=uuid4(), amount=cad(4_000))
        till.school.send(wish, SYSTEM)
        assert compared(till, days=2) == 1

    def test_another_amount_is_found(self, till: Till) -> None:
        till.react()
        paid(till)
        (capture,) = till.book.captures.values()
        capture["amount"] = {**capture["amount"], "value": "374.99"}
        assert compared(till) == 1
        assert found(till) == [("other_amount", 37_499, 37_500)]

    def test_refunds_are_compared_too(self, till: Till) -> None:
        till.react()
        client, invoice = till.invoice()
        wish = till.wants(client, invoice, 37_500)
        till.turn()
        till.approve(wish)
        till.faults(amount_off=5_000)
        till.settle(2)
        till.faults()
        (payment,) = till.school.issued(invoice).payments
        back = RefundOf(payment=payment.id, amount=cad(3_000), method=PaymentMethod.CARD)
        till.school.send(RefundCredit(invoice=invoice, refunds=(back,)), ACCOUNTING)
        till.react()
        till.settle(2)
        before = len(found(till))
        assert compared(till) == 0
        (capture,) = till.book.captures
        till.provider.refund(uuid4(), capture, cad(1_000))
        till.book.refunds.pop(next(iter(till.book.refunds)))
        with till.connection as connection:
            connection.execute("delete from payment_reconciliations")
        assert compared(till, days=3) == 2
        assert found(till)[before:] == [
            ("refund_not_booked", -1_000, None),
            ("refund_not_made", None, -3_000),
        ]

    def test_a_night_is_compared_once_and_not_before_its_hour(self, till: Till) -> None:
        till.react()
        assert compared(till, hour=2) is None
        assert compared(till, hour=3) == 0
        assert compared(till, hour=4) is None
        assert compared(till, days=3) == 0

    def test_found_night_after_night_it_stays_one_to_do(self, till: Till) -> None:
        till.react()
        client, invoice = till.invoice()
        wish = CaptureBalance(client=client, invoice=invoice, payment=uuid4(), amount=cad(4_000))
        till.school.send(wish, SYSTEM)
        assert compared(till, days=2) == 1
        with till.connection as connection:
            connection.execute("delete from payment_reconciliations")
        assert compared(till, days=3) == 1
        assert len(found(till)) == 1

    def test_while_the_provider_is_away_it_is_tried_again(self, till: Till) -> None:
        till.react()
        till.faults(fail={"transactions": 1})
        assert compared(till) is None
        with till.connection as connection:
            connection.execute("update payment_reconciliations set lease_until = now() - interval '1 s'")
        assert compared(till) == 0
