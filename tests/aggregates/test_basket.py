"""A client's basket: what lies in it, the quote that FINALISER freezes, what becomes of the hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregates.invoice.basket.decisions import (
    clear,
    finalise,
    open_credit,
    put_in,
    quote_of_attempt,
    release,
    sell_by_card,
    take_out,
)
from aggregates.invoice.basket.events import (
    BasketFinalised,
    BasketReleased,
    CardSaleBegun,
    CreditOpened,
    Item,
    ItemAdded,
    ItemRemoved,
    WantedPlace,
)
from aggregates.invoice.basket.policies import card_sale, is_payable
from aggregates.invoice.basket.refusals import (
    AlreadyInBasket,
    BasketBeingPaid,
    NoBasket,
    NotBeingPaid,
    QuoteChanged,
)
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money
from tests.aggregates.given import (
    ACTIVITY,
    CLIENT_ID,
    NOW,
    OTHER_ACTIVITY,
    cad,
    eur,
    given,
    issued,
    line,
    registered,
    uid,
)

HOLD = timedelta(minutes=20)


def item(name: str = "item", *activities: Any, **changes: Any) -> Item:
    values: dict[str, Any] = {
        "id": uid(name),
        "phase": None,
        "places": tuple(WantedPlace(activity=a, workshop=None) for a in activities or (ACTIVITY,)),
        "discount": None,
    }
    return Item(**values | changes)


ADDED = ItemAdded(client=CLIENT_ID, item=item())
SALE = CardSaleBegun(person=CLIENT_ID, outside_phase=False, verifies=False)
FINALISED = BasketFinalised(
    attempt=uid("attempt"),
    currency=Currency.CAD,
    lines=(line(),),
    registrations=(registered(),),
    students=(),
    due_now=cad(40),
    until=NOW + HOLD,
)
FINALISING: dict[str, Any] = {
    "attempt": uid("attempt"),
    "currency": Currency.CAD,
    "lines": [line()],
    "registrations": [registered()],
    "students": [],
    "shown_total": cad(375),
    "shown_due": cad(40),
    "now": NOW,
    "hold": HOLD,
}


class TestFilling:
    @pytest.mark.rule("FAC-1")
    def test_the_first_thing_begins_it(self) -> None:
        after = given(INVOICE).when(put_in, CLIENT_ID, item()).then(ADDED)
        assert after == Draft(client=CLIENT_ID, items={uid("item"): item()})

    @pytest.mark.rule("INS-12")
    def test_never_two_equal_items_from_two_devices(self) -> None:
        past = given(INVOICE, ADDED)
        past.when(put_in, CLIENT_ID, item("again")).then_refused(AlreadyInBasket)
        phase = item("phase", OTHER_ACTIVITY, ACTIVITY, phase=uid("phase 1"))
        past.when(put_in, CLIENT_ID, phase).then_refused(AlreadyInBasket)
        past.when(put_in, CLIENT_ID, item()).then_nothing()

    @pytest.mark.rule("FAC-1")
    def test_several_activities_lie_side_by_side(self) -> None:
        other = ItemAdded(client=CLIENT_ID, item=item("other", OTHER_ACTIVITY))
        after = given(INVOICE, ADDED).when(put_in, CLIENT_ID, other.item).then(other)
        assert isinstance(after, Draft)
        assert after.activities == {ACTIVITY, OTHER_ACTIVITY}

    @pytest.mark.rule("FAC-1")
    def test_what_is_taken_out_is_gone_and_may_come_back(self) -> None:
        removed = ItemRemoved(item=uid("item"))
        after = given(INVOICE, ADDED).when(take_out, uid("item")).then(removed)
        assert after == Draft(client=CLIENT_ID, items={})
        given(INVOICE, ADDED, removed).when(take_out, uid("item")).then_nothing()
        given(INVOICE, ADDED, removed).when(put_in, CLIENT_ID, item()).then(ADDED)

    @pytest.mark.rule("DOS-8")
    def test_everything_is_taken_out_when_the_dossier_ends(self) -> None:
        other = ItemAdded(client=CLIENT_ID, item=item("other", OTHER_ACTIVITY))
        after = given(INVOICE, ADDED, other).when(clear)
        assert after.then(ItemRemoved(item=uid("item")), ItemRemoved(item=uid("other"))) == Draft(
            client=CLIENT_ID, items={}
        )
        given(INVOICE).when(clear).then_nothing()
        given(INVOICE, ADDED, FINALISED).when(clear).then_refused(BasketBeingPaid, until=NOW + HOLD)

    def test_without_a_basket_there_is_nothing_to_take_out(self) -> None:
        given(INVOICE).when(take_out, uid("item")).then_refused(NoBasket)


class TestFinalising:
    @pytest.mark.rule("FAC-1")
    def test_the_quote_is_frozen_for_as_long_as_the_seats_are_held(self) -> None:
        after = given(INVOICE, ADDED).when(finalise, **FINALISING).then(FINALISED)
        assert isinstance(after, BeingPaid)
        assert after.quote.until == NOW + HOLD

    @pytest.mark.rule("INS-4", "CAT-2")
    @pytest.mark.parametrize("shown", [{"shown_total": cad(350)}, {"shown_due": cad(375)}])
    def test_a_basket_shown_earlier_is_quoted_anew_and_the_change_confirmed(
        self, shown: dict[str, Money]
    ) -> None:
        given(INVOICE, ADDED).when(finalise, **FINALISING | shown).then_refused(
            QuoteChanged, total=cad(375), due_now=cad(40)
        )

    @pytest.mark.rule("FAC-1")
    def test_an_empty_one_is_not_finalised(self) -> None:
        past = given(INVOICE, ADDED, ItemRemoved(item=uid("item")))
        past.when(finalise, **FINALISING).then_refused(NoBasket)
        given(INVOICE).when(finalise, **FINALISING).then_refused(NoBasket)

    @pytest.mark.rule("FAC-1")
    def test_while_it_is_paid_nothing_changes(self) -> None:
        past = given(INVOICE, ADDED, FINALISED)
        for decision, values in (
            (put_in, (CLIENT_ID, item("other", OTHER_ACTIVITY))),
            (take_out, (uid("item"),)),
        ):
            past.when(decision, *values).then_refused(BasketBeingPaid, until=NOW + HOLD)
        past.when(finalise, **FINALISING).then_refused(BasketBeingPaid, until=NOW + HOLD)

    @pytest.mark.rule("FAC-1")
    def test_given_up_or_failed_it_is_an_open_basket_again(self) -> None:
        after = given(INVOICE, ADDED, FINALISED).when(release).then(BasketReleased())
        assert after == Draft(client=CLIENT_ID, items={uid("item"): item()}, lapsed=FINALISED)
        given(INVOICE, ADDED, FINALISED, BasketReleased()).when(release).then_nothing()
        given(INVOICE, ADDED, FINALISED, issued()).when(release).then_refused(NotBeingPaid)

    @pytest.mark.rule("INS-4")
    def test_what_staff_sell_by_card_is_a_finalised_basket_of_its_own(self) -> None:
        values = {k: v for k, v in FINALISING.items() if not k.startswith("shown")}
        after = given(INVOICE).when(sell_by_card, SALE, **values).then(SALE, FINALISED)
        assert card_sale(after) == SALE
        assert card_sale(given(INVOICE, ADDED, FINALISED).state) is None
        lapsed = given(INVOICE, SALE, FINALISED).when(release).then(BasketReleased())
        assert quote_of_attempt(lapsed, uid("attempt"), cad(40)) == FINALISED
        given(INVOICE, SALE, FINALISED).when(sell_by_card, SALE, **values).then_nothing()

    @pytest.mark.rule("FAC-2")
    @pytest.mark.parametrize(
        ("amount", "fits"),
        [(cad(39.99), False), (cad(40), True), (cad(375), True), (cad(375.01), False), (eur(40), False)],
    )
    def test_any_amount_from_the_sum_due_to_the_whole_is_paid(self, amount: Money, fits: bool) -> None:
        assert is_payable(amount, [line()], Currency.CAD) is fits
        paying = given(INVOICE, ADDED, FINALISED).state
        assert quote_of_attempt(paying, uid("attempt"), amount) == (FINALISED if fits else None)

    @pytest.mark.rule("FAC-1")
    def test_a_late_capture_finds_its_quote_unless_the_basket_changed(self) -> None:
        lapsed = (ADDED, FINALISED, BasketReleased())
        changed = (*lapsed, ItemAdded(client=CLIENT_ID, item=item("other", OTHER_ACTIVITY)))
        for past, found in ((lapsed, FINALISED), (changed, None), ((ADDED,), None)):
            state = given(INVOICE, *past).state
            assert quote_of_attempt(state, uid("attempt"), cad(40)) == found
        assert quote_of_attempt(given(INVOICE, *lapsed).state, uid("another"), cad(40)) is None

    @pytest.mark.rule("FAC-1")
    def test_money_for_which_nothing_can_be_given_is_the_clients_credit(self) -> None:
        opened = CreditOpened(client=CLIENT_ID, currency=Currency.CAD, attempt=uid("attempt"))
        values = (CLIENT_ID, Currency.CAD, uid("attempt"))
        after = given(INVOICE).when(open_credit, *values).then(opened)
        assert isinstance(after, Issued)
        assert after.lines == ()
        given(INVOICE, opened).when(open_credit, *values).then_nothing()
