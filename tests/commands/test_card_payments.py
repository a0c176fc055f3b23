"""What the payment provider took, at command height: booked once, kept as credit, or looked into (FAC-3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money
from aggregates.ledger.events import DifferenceKind, DifferenceOutcome
from aggregates.ledger.refusals import NoSuchDifference
from aggregates.ledger.state import LEDGER, LEDGER_ID
from commands.access import SYSTEM, ForbiddenError
from commands.ledger.report_difference import ReportDifference
from commands.ledger.settle_difference import SettleDifference
from commands.payments.capture_balance import CaptureBalance
from commands.registrations.cancel_registration import CancelRegistration
from tests.support.write_side import ACCOUNTING, School, Sold, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def capture(sold: Sold, minor: int, **changes: Any) -> CaptureBalance:
    values: dict[str, Any] = {"client": sold.client, "invoice": sold.invoice, "payment": uuid4()}
    return CaptureBalance(amount=cad(minor), **values | changes)


@pytest.mark.rule("FAC-2", "FAC-3")
class TestBalance:
    def sold(self, school: School) -> Sold:
        return school.sold(school.client(), school.activity())

    def credit(self, school: School, made: dict[str, UUID]) -> Money:
        balance: Money = school.side.store.load([INVOICE.at(made["credit"])])[0].state.balance
        return balance

    def test_it_falls_at_once(self, school: School) -> None:
        sold = self.sold(school)
        school.send(capture(sold, 10_000), SYSTEM)
        invoice = school.issued(sold.invoice)
        assert (invoice.balance, invoice.paid(sold.line)) == (cad(27_500), cad(10_000))
        (payment,) = invoice.payments
        assert (payment.method, payment.deposited) == (PaymentMethod.CARD, True)

    def test_the_same_capture_under_another_command_is_one(self, school: School) -> None:
        sold = self.sold(school)
        once = capture(sold, 10_000)
        for _ in range(3):
            school.send(once, SYSTEM)
        assert school.issued(sold.invoice).balance == cad(27_500)

    def test_what_exceeds_the_balance_is_credit_of_the_invoice(self, school: School) -> None:
        sold = self.sold(school)
        school.send(capture(sold, 40_000), SYSTEM)
        assert school.issued(sold.invoice).balance == cad(-2_500)

    def test_once_nothing_is_asked_it_is_credit_with_a_to_do(self, school: School) -> None:
        sold = self.sold(school)
        school.send(capture(sold, 37_500), SYSTEM)
        made = school.send(capture(sold, 37_500), SYSTEM).made
        assert school.issued(sold.invoice).balance == cad(0)
        assert self.credit(school, made) == cad(-37_500)

    def test_after_the_cancellation_it_waits_in_no_case(self, school: School) -> None:
        sold = self.sold(school)
        wish = CancelRegistration(client=sold.client, registration=sold.registration, note="Ne vient plus.")
        school.send(wish)
        assert self.credit(school, school.send(capture(sold, 4_000), SYSTEM).made) == cad(-4_000)

    def test_for_an_invoice_of_somebody_else_or_none_the_money_is_kept(self, school: School) -> None:
        sold = self.sold(school)
        for changes in ({"client": school.client()}, {"invoice": uuid4()}):
            made = school.send(capture(sold, 4_000, **changes), SYSTEM).made
            assert self.credit(school, made) == cad(-4_000)
        assert school.issued(sold.invoice).balance == cad(37_500)

    def test_in_another_currency_it_settles_nothing(self, school: School) -> None:
        sold = self.sold(school)
        euros = Money(minor=4_000, currency=Currency.EUR)
        made = school.send(
            CaptureBalance(client=sold.client, invoice=sold.invoice, payment=uuid4(), amount=euros), SYSTEM
        ).made
        assert self.credit(school, made) == Money(minor=-4_000, currency=Currency.EUR)

    def test_nobody_types_a_capture(self, school: School) -> None:
        with pytest.raises(ForbiddenError):
            school.send(capture(self.sold(school), 4_000), ACCOUNTING)


@pytest.mark.rule("FAC-3")
class TestDifferences:
    def test_found_twice_it_is_one_until_accounting_settle_it(self, school: School) -> None:
        one = uuid4()
        found = ReportDifference(
            difference=one,
            kind=DifferenceKind.NOT_BOOKED,
            reference="3C679366HH908993F",
            provider=cad(4_000),
            booked=None,
            invoice=None,
        )
        for _ in range(2):
            school.send(found, SYSTEM)
        settle = SettleDifference(difference=one, outcome=DifferenceOutcome.BOOKED)
        with pytest.raises(ForbiddenError):
            school.send(settle)
        school.send(settle, ACCOUNTING)
        books = school.side.store.load([LEDGER.at(LEDGER_ID)])[0]
        assert (books.version, books.state.differences) == (2, {one: DifferenceOutcome.BOOKED})

    def test_one_that_was_never_found_is_not_known(self, school: School) -> None:
        with pytest.raises(NoSuchDifference):
            school.send(SettleDifference(difference=uuid4(), outcome=DifferenceOutcome.BOOKED), ACCOUNTING)
