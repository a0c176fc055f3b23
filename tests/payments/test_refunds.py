"""Refunds by card: what accounting approve goes back once, and never more than was taken (FAC-4)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from aggregates.invoice.payments.events import PaymentMethod
from commands.access import SYSTEM
from commands.baskets.capture_payment import CapturePayment
from commands.crediting import RefundOf
from commands.message import Answer
from commands.payments.credit_line import CreditLine
from commands.payments.refund_credit import RefundCredit
from tests.races.test_at_once import at_once
from tests.support.lanes import figures
from tests.support.paying import Till, cad
from tests.support.write_side import ACCOUNTING


def overpaid(till: Till) -> tuple[UUID, UUID]:
    """An invoice of 375.00 paid by card, then credited in full: 375.00 are the client's."""
    client = till.school.client()
    sold = till.school.sold(client, till.school.activity())
    wish = till.wants(client, sold.invoice)
    till.turn()
    till.approve(wish)
    till.settle(3)
    (payment,) = till.school.issued(sold.invoice).payments
    credit = CreditLine(
        client=client, invoice=sold.invoice, line=sold.line, amount=cad(37_500), reason="Geste."
    )
    till.school.send(credit, ACCOUNTING)
    return sold.invoice, payment.id


def refund(invoice: UUID, payment: UUID, minor: int) -> RefundCredit:
    one = RefundOf(payment=payment, amount=cad(minor), method=PaymentMethod.CARD)
    return RefundCredit(invoice=invoice, refunds=(one,))


def given(till: Till) -> int:
    """Minor units that went back."""
    return sum(int(Decimal(r["amount"]["value"]) * 100) for r in till.book.refunds.values())


def differences(till: Till) -> int:
    return till.count("select count(*) from events where topic = 'ledger.payment_differed'")


@pytest.mark.rule("FAC-4", "FAC-3")
class TestRefunds:
    def test_it_goes_back_to_the_card_once(self, till: Till) -> None:
        till.react()
        invoice, payment = overpaid(till)
        till.school.send(refund(invoice, payment, 10_000), ACCOUNTING)
        till.react()
        till.settle(3)
        till.react()
        till.settle(2)
        assert given(till) == 10_000
        assert differences(till) == 0

    def test_what_was_refunded_before_we_listened_is_not_sent(self, till: Till) -> None:
        invoice, payment = overpaid(till)
        till.school.send(refund(invoice, payment, 10_000), ACCOUNTING)
        till.react()
        till.settle(2)
        assert given(till) == 0

    def test_a_lost_answer_is_settled_by_inquiry(self, till: Till) -> None:
        till.react()
        invoice, payment = overpaid(till)
        refunded = till.school.send(refund(invoice, payment, 10_000), ACCOUNTING).made["refund-1"]
        till.react()
        till.faults(lose={"refund": 2, "order": 1}, ignore_ids=True)
        till.settle(6)
        assert (given(till), till.intent(refunded).state) == (10_000, "done")

    def test_refused_by_the_provider_it_becomes_a_to_do(self, till: Till) -> None:
        till.react()
        invoice, payment = overpaid(till)
        (capture,) = till.book.captures.values()
        capture["amount"]["value"] = "50.00"
        till.school.send(refund(invoice, payment, 10_000), ACCOUNTING)
        till.react()
        till.settle(4)
        assert (given(till), differences(till)) == (0, 1)

    def test_refused_to_tell_for_an_hour_it_is_a_to_do_once_and_goes_on(self, till: Till) -> None:
        till.react()
        invoice, payment = overpaid(till)
        refunded = till.school.send(refund(invoice, payment, 10_000), ACCOUNTING).made["refund-1"]
        till.react()
        till.faults(lose={"refund": 1})
        till.turn()
        till.faults(refuse={"order": "PERMISSION_DENIED"})
        till.turn(2)
        assert (till.intent(refunded).state, differences(till)) == ("asked", 0)
        till.later(minutes=65).turn(2)
        assert (till.intent(refunded).state, differences(till)) == ("asked", 1)
        till.faults()
        till.turn()
        assert (given(till), till.intent(refunded).state) == (10_000, "done")

    def test_of_an_order_that_the_provider_lost_it_becomes_a_to_do(self, till: Till) -> None:
        till.react()
        invoice, payment = overpaid(till)
        till.school.send(refund(invoice, payment, 10_000), ACCOUNTING)
        till.react()
        till.book.orders.clear()
        till.settle(2)
        assert (given(till), differences(till)) == (0, 1)

    def test_of_a_payment_that_the_provider_never_took_it_becomes_a_to_do(self, till: Till) -> None:
        till.react()
        activity = till.school.activity()
        basket = till.finalised(None, activity)
        capture = CapturePayment(
            client=basket.client,
            basket=basket.invoice,
            attempt=basket.attempt or basket.invoice,
            payment=basket.client,
            amount=cad(4_000),
        )
        till.school.send(capture, SYSTEM)
        credit = till.school.issued(basket.invoice)
        line = credit.lines[0].id
        wish = CreditLine(
            client=basket.client, invoice=basket.invoice, line=line, amount=cad(37_500), reason="Geste."
        )
        till.school.send(wish, ACCOUNTING)
        till.school.send(refund(basket.invoice, basket.client, 4_000), ACCOUNTING)
        till.react()
        till.settle(2)
        assert (given(till), differences(till)) == (0, 1)


@pytest.mark.rule("T17", "FAC-4")
@figures("times", short=1, long=20)
def test_of_32_refunds_at_once_no_more_goes_back_than_was_taken(till: Till, times: int) -> None:
    till.react()
    for _ in range(times):
        till.faults()
        before = given(till)
        invoice, payment = overpaid(till)
        outcomes = at_once(till.school, *(refund(invoice, payment, 10_000) for _ in range(32)))
        assert sum(isinstance(o, Answer) for o in outcomes) == 3
        till.react()
        till.faults(lose={"refund": 4})
        till.settle(8)
        assert given(till) - before == 30_000


@pytest.mark.rule("T17")
def test_the_provider_would_give_a_part_back_twice_under_two_ids(till: Till) -> None:
    """The control: Σ of partial refunds is ours to keep, and the id is what makes one of two."""
    overpaid(till)
    (capture,) = till.book.captures
    first, second = UUID(int=1), UUID(int=2)
    for request in (first, first, second):
        till.provider.refund(request, capture, cad(10_000))
    assert given(till) == 20_000
