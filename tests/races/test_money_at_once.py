"""Two want the same money, or pay for the same place, at the same moment, on connections of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.refusals import AlreadyToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.basket.refusals import AlreadyInBasket, BasketBeingPaid, CardAwaited, NoBasket
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.refusals import CreditTooLow, RefundNotProposed, RefundTooHigh
from aggregates.invoice.refusals import CaseAlreadyDecided
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.refusals import WorkshopFull
from aggregates.workshop.state import WORKSHOP, Planned
from commands.baskets.capture_payment import CapturePayment
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.crediting import RefundOf
from commands.message import Answer
from commands.payments.approve_refund import ApproveRefund
from commands.payments.decide_case import DecideCase
from commands.payments.move_credit import MoveCredit
from commands.payments.refund_credit import RefundCredit
from commands.payments.withdraw_refund import WithdrawRefund
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.register_client import RegisterClient
from tests.races.test_at_once import TIMES, at_once, winner
from tests.support.write_side import School, Sold, principal, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


@pytest.mark.rule("FAC-4")
class TestCredit:
    """A line of 375.00, paid twice: the second 375.00, or more, are the client's."""

    def credit(self, school: School, minor: int = 37_500) -> tuple[Sold, RefundOf]:
        sold = school.sold(school.client(), school.activity())
        first = school.paid(sold.client, 37_500, registration=sold.registration)
        second = school.paid(sold.client, minor, invoice=sold.invoice)
        school.deposited(sold.invoice, first, second)
        return sold, RefundOf(payment=second, amount=cad(minor), method=PaymentMethod.TRANSFER)

    def test_of_two_refunds_of_the_same_credit_one_is_made(self, school: School) -> None:
        for _ in range(TIMES):
            sold, all_of_it = self.credit(school)
            refund = RefundCredit(invoice=sold.invoice, refunds=(all_of_it,))
            _, (refused,) = winner(at_once(school, refund, refund))
            assert isinstance(refused, RefundTooHigh)
            assert school.issued(sold.invoice).balance == cad(0)

    def test_credit_is_given_back_or_pays_another_invoice_never_both(self, school: School) -> None:
        for _ in range(TIMES):
            sold, all_of_it = self.credit(school)
            other = school.sold(sold.client, school.activity())
            refund = RefundCredit(invoice=sold.invoice, refunds=(all_of_it,))
            move = MoveCredit(
                client=sold.client, invoice=sold.invoice, to=other.invoice, amount=all_of_it.amount
            )
            refunded, moved = at_once(school, refund, move)
            _, (refused,) = winner([refunded, moved])
            assert isinstance(refused, RefundTooHigh | CreditTooLow)
            assert school.issued(sold.invoice).balance == cad(0)
            owed = 0 if isinstance(moved, Answer) else 37_500
            assert school.issued(other.invoice).balance == cad(owed)

    def test_a_proposed_refund_is_approved_or_withdrawn_never_both(self, school: School) -> None:
        for _ in range(TIMES):
            sold, above_limit = self.credit(school, 60_000)
            propose = RefundCredit(invoice=sold.invoice, refunds=(above_limit,))
            proposed = school.send(propose, principal(Role.ACCOUNTING)).made["refund-1"]
            approved, withdrawn = at_once(
                school,
                ApproveRefund(invoice=sold.invoice, refund=proposed),
                WithdrawRefund(invoice=sold.invoice, refund=proposed),
            )
            _, (refused,) = winner([approved, withdrawn])
            assert isinstance(refused, RefundNotProposed)
            left = 0 if isinstance(approved, Answer) else -60_000
            assert school.issued(sold.invoice).balance == cad(left)

    def test_of_two_who_decide_a_cancellation_one_does_and_one_credit_note_is_written(
        self, school: School
    ) -> None:
        for n in range(TIMES):
            sold = school.sold(school.client(), school.activity())
            cancel = CancelRegistration(client=sold.client, registration=sold.registration, note="Non.")
            case = school.send(cancel).made["case-1"]
            fees = (0, 4_000)
            decide = [
                DecideCase(client=sold.client, invoice=sold.invoice, case=case, fee=cad(fee)) for fee in fees
            ]
            outcomes = at_once(school, *decide)
            _, (refused,) = winner(outcomes)
            assert isinstance(refused, CaseAlreadyDecided)
            invoice = school.issued(sold.invoice)
            assert invoice.total == cad(fees[isinstance(outcomes[1], Answer)])
            numbers = [credited.note.number for credited in invoice.credit_notes]
            assert numbers == [f"CA-N-{datetime.now(UTC).year}-{n + 1:04d}"]


class Buyer:
    """A client with one activity at 375.00 in the basket, of which 40.00 are due."""

    def __init__(self, school: School, activity: UUID, workshop: UUID | None = None, price: int = 37_500):
        self.school, self.id = school, school.client()
        self.put_in = PutInBasket(client=self.id, activity=activity, workshop=workshop)
        self.basket = school.send(self.put_in, principal(Role.CLIENT, user=self.id)).made["basket"]
        self.finalise = FinaliseBasket(client=self.id, total=cad(price), due_now=cad(min(price, 4_000)))

    def attempt(self) -> UUID:
        """The basket is finalised: what its payment names."""
        return self.school.send(self.finalise, principal(Role.CLIENT, user=self.id)).made["attempt"]

    def capture(self, attempt: UUID) -> CapturePayment:
        return CapturePayment(
            client=self.id, basket=self.basket, attempt=attempt, payment=uuid4(), amount=cad(4_000)
        )

    def registrations(self) -> list[Any]:
        dossier = self.school.state(CLIENT.at(self.id))
        assert isinstance(dossier, Dossier)
        return list(dossier.registrations.values())


@pytest.mark.rule("INS-12", "FAC-1")
class TestBaskets:
    def test_two_devices_that_put_the_same_in_have_one_basket_with_one_item(self, school: School) -> None:
        for _ in range(TIMES):
            wish = PutInBasket(client=school.client(), activity=school.activity(), workshop=None)
            done, (refused,) = winner(at_once(school, wish, wish))
            assert isinstance(refused, AlreadyInBasket)
            basket = school.state(INVOICE.at(done.made["basket"]))
            assert isinstance(basket, Draft)
            assert list(basket.items) == [done.made["item"]]

    def test_two_devices_that_put_different_things_in_have_one_basket_with_both(self, school: School) -> None:
        for _ in range(TIMES):
            client = school.client()
            wishes = [PutInBasket(client=client, activity=school.activity(), workshop=None) for _ in range(2)]
            both = at_once(school, *wishes)
            made = [outcome.made for outcome in both if isinstance(outcome, Answer)]
            (basket,) = [ids["basket"] for ids in made if "basket" in ids]
            found = school.state(INVOICE.at(basket))
            assert isinstance(found, Draft)
            assert set(found.items) == {ids["item"] for ids in made}
            assert len(found.items) == 2

    def test_a_basket_finalised_on_two_devices_is_paid_once(self, school: School) -> None:
        activity = school.activity()
        for _ in range(TIMES):
            buyer = Buyer(school, activity)
            done, (refused,) = winner(at_once(school, buyer.finalise, buyer.finalise))
            assert isinstance(refused, BasketBeingPaid)
            basket = school.state(INVOICE.at(buyer.basket))
            assert isinstance(basket, BeingPaid)
            assert basket.quote.attempt == done.made["attempt"]

    def test_a_free_basket_finalised_on_two_devices_is_one_invoice_and_one_registration(
        self, school: School
    ) -> None:
        activity = school.activity(prices=(cad(0),))
        for n in range(TIMES):
            buyer = Buyer(school, activity, price=0)
            _, (refused,) = winner(at_once(school, buyer.finalise, buyer.finalise))
            assert isinstance(refused, NoBasket)
            assert school.issued(buyer.basket).number == f"CA-{datetime.now(UTC).year}-{n + 1:04d}"
            assert len(buyer.registrations()) == 1

    @pytest.mark.rule("ATE-2")
    def test_of_two_clients_who_finalise_for_the_last_seat_one_holds_it(self, school: School) -> None:
        activity = school.activity()
        for _ in range(TIMES):
            workshop = school.workshop(activity, capacity=1)
            buyers = [Buyer(school, activity, workshop) for _ in range(2)]
            _, (refused,) = winner(at_once(school, *(buyer.finalise for buyer in buyers)))
            assert isinstance(refused, WorkshopFull)
            states = {type(school.state(INVOICE.at(buyer.basket))) for buyer in buyers}
            assert states == {BeingPaid, Draft}

    @pytest.mark.rule("INS-4")
    def test_of_two_of_the_staff_who_sell_to_one_client_by_card_one_asks_for_it(self, school: School) -> None:
        activity = school.activity()
        for _ in range(TIMES):
            workshop, client = school.workshop(activity, capacity=2), school.client()
            wish = RegisterClient(client=client, activity=activity, workshop=workshop, by_card=True)
            _, (refused,) = winner(at_once(school, wish, wish))
            assert isinstance(refused, CardAwaited)
            date = school.state(WORKSHOP.at(workshop))
            assert isinstance(date, Planned)
            assert len(date.waiting.holds) == 1

    @pytest.mark.rule("FAC-3")
    def test_of_two_payments_for_one_basket_one_buys_and_one_is_the_clients_credit(
        self, school: School
    ) -> None:
        activity = school.activity()
        for _ in range(TIMES):
            buyer = Buyer(school, activity)
            attempt = buyer.attempt()
            both = at_once(school, buyer.capture(attempt), buyer.capture(attempt))
            made = [outcome.made for outcome in both if isinstance(outcome, Answer)]
            assert len(made) == 2, "money is never refused"
            (credit,) = [ids["credit"] for ids in made if "credit" in ids]
            assert school.issued(buyer.basket).balance == cad(37_500 - 4_000)
            assert school.issued(credit).balance == cad(-4_000)
            assert len(buyer.registrations()) == 1

    @pytest.mark.rule("FAC-3")
    def test_one_payment_told_twice_at_once_counts_once(self, school: School) -> None:
        activity = school.activity()
        for _ in range(TIMES):
            buyer = Buyer(school, activity)
            capture = buyer.capture(buyer.attempt())
            both = at_once(school, capture, capture)
            assert all(isinstance(outcome, Answer) for outcome in both)
            assert school.issued(buyer.basket).balance == cad(37_500 - 4_000)
            assert len(buyer.registrations()) == 1

    def test_bought_and_registered_by_staff_at_once_it_is_one_registration(self, school: School) -> None:
        activity = school.activity()
        for _ in range(TIMES):
            buyer = Buyer(school, activity)
            capture = buyer.capture(buyer.attempt())
            by_staff = RegisterClient(client=buyer.id, activity=activity, workshop=None)
            paid, registered = at_once(school, capture, by_staff)
            assert isinstance(paid, Answer)
            assert len(buyer.registrations()) == 1
            if isinstance(registered, Answer):
                assert school.issued(paid.made["credit"]).balance == cad(-4_000)
            else:
                assert isinstance(registered, AlreadyToSchedule)
                assert isinstance(school.state(INVOICE.at(buyer.basket)), Issued)
