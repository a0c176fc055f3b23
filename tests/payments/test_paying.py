"""From the wish to pay to the log: what was asked of the provider counts once, whatever goes wrong."""

from __future__ import annotations

from uuid import UUID

import pytest

from aggregates.invoice.basket.state import Draft
from aggregates.invoice.state import INVOICE, Issued
from commands.baskets.put_in_basket import PutInBasket
from commands.baskets.release_basket import ReleaseBasket
from commands.payable import Payable
from tests.support.paying import Till, cad, oneself


def outcome(till: Till, id_: UUID) -> tuple[str, str | None]:
    intent = till.intent(id_)
    return intent.state, intent.outcome


def taken_unheard(till: Till, basket: Payable) -> UUID:
    """The provider took the money in time, but its answer and its notices were lost."""
    wish = till.wants_basket(basket)
    till.turn()
    till.faults(silent=True, lose={"capture": 1})
    till.approve(wish)
    till.turn()
    assert (till.intent(wish).state, len(till.book.captures)) == ("asked", 1)
    till.faults()
    return wish


@pytest.mark.rule("FAC-2", "FAC-3")
class TestInvoices:
    def test_approved_by_the_payer_the_balance_is_paid_once(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice, 10_000)
        till.turn()
        assert till.intent(wish).approve_url
        till.approve(wish)
        till.settle(3)
        assert outcome(till, wish) == ("done", None)
        assert till.school.issued(invoice).balance == cad(27_500)
        assert till.booked(invoice) == 10_000

    def test_nothing_is_taken_before_the_payer_agrees(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.settle(4)
        assert outcome(till, wish) == ("open", None)
        assert not till.book.captures

    def test_two_tabs_that_pay_the_same_balance_take_it_once(self, till: Till) -> None:
        client, invoice = till.invoice()
        first = till.wants(client, invoice)
        till.turn()
        second = till.wants(client, invoice)
        till.turn()
        till.approve(second)
        till.approve(first)
        till.settle(4)
        assert len(till.book.captures) == 1
        assert till.school.issued(invoice).balance == cad(0)

    def test_paid_by_cheque_meanwhile_the_card_is_not_charged(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.deposited_cheque(client, invoice, 37_500)
        till.approve(wish)
        till.settle(3)
        assert outcome(till, wish) == ("ended", "not_asked_any_more")
        assert not till.book.captures

    def test_not_approved_for_hours_it_ends(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.later(hours=4).turn()
        assert outcome(till, wish) == ("ended", "not_approved")

    def test_a_declined_card_leaves_the_order_open_for_another(self, till: Till) -> None:
        client, invoice = till.invoice()
        wish = till.wants(client, invoice)
        till.turn()
        till.faults(decline=1)
        till.approve(wish)
        till.turn()
        assert outcome(till, wish) == ("open", None)
        till.settle(3)
        assert till.booked(invoice) == 37_500


@pytest.mark.rule("FAC-1", "FAC-3")
class TestBaskets:
    def test_the_capture_makes_the_invoice(self, till: Till) -> None:
        activity = till.school.activity()
        basket = till.finalised(till.school.workshop(activity), activity)
        wish = till.wants_basket(basket)
        till.turn()
        till.approve(wish)
        till.settle(3)
        assert outcome(till, wish) == ("done", None)
        assert till.school.issued(basket.invoice).balance == cad(33_500)

    def test_when_the_hold_is_over_others_may_have_the_seat(self, till: Till) -> None:
        activity = till.school.activity()
        workshop = till.school.workshop(activity, capacity=1)
        basket = till.finalised(workshop, activity)
        till.wants_basket(basket)
        till.turn()
        till.later(minutes=25).react()
        till.school.registration(till.school.client(), activity, workshop)
        assert isinstance(till.school.side.store.load([INVOICE.at(basket.invoice)])[0].state, Draft)

    def test_late_but_while_the_seat_is_free_it_completes(self, till: Till) -> None:
        activity = till.school.activity()
        basket = till.finalised(till.school.workshop(activity, capacity=1), activity)
        wish = taken_unheard(till, basket)
        late = till.later(minutes=25)
        late.react()
        late.settle(3)
        assert outcome(till, wish) == ("done", None)
        assert isinstance(till.school.side.store.load([INVOICE.at(basket.invoice)])[0].state, Issued)

    def test_late_and_the_seat_gone_the_money_is_credit_and_a_to_do(self, till: Till) -> None:
        activity = till.school.activity()
        workshop = till.school.workshop(activity, capacity=1)
        basket = till.finalised(workshop, activity)
        wish = taken_unheard(till, basket)
        late = till.later(minutes=25)
        late.react()
        till.school.registration(till.school.client(), activity, workshop)
        late.settle(3)
        assert outcome(till, wish) == ("done", None)
        assert till.count("select count(*) from events where topic = 'invoice.credit_opened'") == 1

    def lapsed(self, till: Till) -> tuple[UUID, UUID, UUID, Till]:
        """The last seat's basket whose hold is over, its payer still at the provider's."""
        activity = till.school.activity()
        workshop = till.school.workshop(activity, capacity=1)
        basket = till.finalised(workshop, activity)
        wish = till.wants_basket(basket)
        till.turn()
        late = till.later(minutes=25)
        return wish, activity, workshop, late

    @pytest.mark.parametrize("released", [True, False], ids=["released", "about to be"])
    def test_agreed_to_after_the_hold_it_is_taken_while_the_seat_is_free(
        self, till: Till, released: bool
    ) -> None:
        wish, _, _, late = self.lapsed(till)
        if released:
            late.react()
        till.approve(wish)
        late.settle(3)
        assert outcome(till, wish) == ("done", None)
        assert till.school.issued(till.intent(wish).invoice).balance == cad(33_500)

    @pytest.mark.parametrize("released", [True, False], ids=["released", "about to be"])
    def test_agreed_to_after_the_hold_nothing_is_taken_once_the_seat_is_gone(
        self, till: Till, released: bool
    ) -> None:
        wish, activity, workshop, late = self.lapsed(till)
        if released:
            late.react()
        late.school.registration(till.school.client(), activity, workshop)
        till.approve(wish)
        late.settle(3)
        assert outcome(till, wish) == ("ended", "not_asked_any_more")
        assert not till.book.captures

    def test_agreed_to_after_the_hold_nothing_is_taken_of_who_registered_otherwise(self, till: Till) -> None:
        wish, activity, _, late = self.lapsed(till)
        late.react()
        client = till.intent(wish).client
        assert client is not None
        late.school.registration(client, activity)
        till.approve(wish)
        late.settle(3)
        assert outcome(till, wish) == ("ended", "not_asked_any_more")
        assert not till.book.captures

    def test_changed_meanwhile_the_card_is_not_charged(self, till: Till) -> None:
        activity = till.school.activity()
        basket = till.finalised(None, activity)
        wish = till.wants_basket(basket)
        till.turn()
        me = oneself(basket.client)
        till.school.send(ReleaseBasket(client=basket.client), me)
        other = till.school.activity("Autre")
        till.school.send(PutInBasket(client=basket.client, activity=other, workshop=None), me)
        till.approve(wish)
        till.settle(3)
        assert outcome(till, wish) == ("ended", "not_asked_any_more")
        assert not till.book.captures
