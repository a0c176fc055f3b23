"""quote(): line price, retake, discount, deposit, amount due now, each with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as generated, strategies as st

from aggregates.catalogue.settings import Category, SchoolSettings
from aggregates.catalogue.state import Activity, Discount
from aggregates.client.registrations.events import Discounted
from aggregates.client.registrations.policies import FollowedBefore
from aggregates.invoice.events import PriceReason
from aggregates.invoice.policies import currency_of, may_choose, spread, starts_soon
from aggregates.invoice.pricing import (
    Buyer,
    InPhase,
    Quote,
    Wanted,
    full_payment_given,
    quote,
    terms_for,
)
from aggregates.invoice.refusals import (
    DiscountNotAllowed,
    DiscountNotValid,
    FullPaymentNeeded,
    NoPriceInCurrency,
)
from aggregates.kernel import Currency, Money, Role
from tests.aggregates.given import NOW, activity, cad, eur, followed, terms, uid

SCHOOL = SchoolSettings()
HOURS_48 = timedelta(hours=48)
TODAY = NOW.date()
TEN_PERCENT = Discount(
    name="Chômage",
    percent=10,
    amounts=(),
    proof_needed=True,
    chosen_by=(Role.CLIENT, Role.OFFICE),
    valid_from=None,
    valid_until=None,
)


def quoted(taught: Activity | None = None, **changes: Any) -> Quote:
    values: dict[str, Any] = {
        "currency": Currency.CAD,
        "followed": None,
        "starts": NOW + timedelta(days=30),
        "now": NOW,
        "school": SCHOOL,
        "card": False,
        "phase": None,
        "trainee": False,
        "discount": None,
    }
    v = values | changes
    discount = None if v["discount"] is None else (uid("discount"), v["discount"])
    wanted = Wanted(taught or activity(), v["starts"], v["followed"], v["phase"], v["trainee"], discount)
    return quote(wanted, Buyer(v["currency"], v["card"]), now=v["now"], school=v["school"])


def less(**changes: Any) -> Discount:
    return Discount(**vars(TEN_PERCENT) | changes)


class TestPrice:
    @pytest.mark.rule("CAT-1")
    def test_an_activity_never_followed_costs_its_price(self) -> None:
        assert quoted().price == cad(375)
        assert quoted(currency=Currency.EUR).price == eur(375)
        assert not quoted().retake

    @pytest.mark.rule("INS-3")
    def test_a_retake_without_card_costs_half(self) -> None:
        again = quoted(followed=followed())
        assert (again.price, again.retake) == (cad(187.50), True)

    @pytest.mark.rule("INS-3")
    def test_the_share_of_a_retake_is_a_setting(self) -> None:
        assert quoted(followed=followed(), school=terms(retake_percent=30)).price == cad(112.50)

    @pytest.mark.rule("CAT-3")
    @pytest.mark.parametrize(("whole", "half"), [(0.01, 0.01), (0.03, 0.02), (0.02, 0.01), (99.99, 50.00)])
    def test_half_a_cent_is_rounded_up_once(self, whole: float, half: float) -> None:
        taught = activity(prices=(cad(whole),))
        assert quoted(taught, followed=followed()).price == cad(half)

    @pytest.mark.rule("CAT-2")
    def test_an_activity_without_price_in_the_currency_is_refused_by_name(self) -> None:
        with pytest.raises(NoPriceInCurrency) as caught:
            quoted(activity(prices=(eur(375),)))
        assert caught.value.fields == {"activity": "Écoute de soi", "currency": Currency.CAD}

    @pytest.mark.rule("INS-3")
    def test_a_trainee_pays_nothing_and_counts_as_a_retake(self) -> None:
        made = quoted(trainee=True)
        assert (made.price, made.deposit, made.due_now, made.retake) == (cad(0), cad(0), cad(0), True)


class TestPrivilegeCard:
    @pytest.mark.rule("INS-3", "DOS-20")
    def test_a_retake_a_la_carte_is_free(self) -> None:
        made = quoted(followed=followed(), card=True)
        assert (made.price, made.deposit, made.retake) == (cad(0), cad(0), True)

    @pytest.mark.rule("INS-3", "DOS-20")
    def test_it_changes_nothing_for_an_activity_never_followed(self) -> None:
        assert quoted(card=True) == quoted()

    @pytest.mark.rule("INS-3")
    def test_phase_3_as_observer_costs_150_in_each_currency(self) -> None:
        third = activity(prices=(cad(2_000), eur(1_800)), retake_price_with_card=(cad(150), eur(150)))
        assert quoted(third, followed=followed(), card=True).price == cad(150)
        assert quoted(third, followed=followed(), card=True, currency=Currency.EUR).price == eur(150)
        assert quoted(third, followed=followed()).price == cad(1_000)

    @pytest.mark.rule("INS-3", "CAT-2")
    def test_an_amount_set_in_the_other_currency_only_is_no_gift(self) -> None:
        third = activity(retake_price_with_card=(cad(150),))
        with pytest.raises(NoPriceInCurrency) as caught:
            quoted(third, followed=followed(), card=True, currency=Currency.EUR)
        assert caught.value.fields == {"activity": "Écoute de soi", "currency": Currency.EUR}

    @pytest.mark.rule("INS-3")
    @pytest.mark.parametrize("card", [True, False])
    def test_phase_3_as_full_participant_costs_half_with_or_without_it_also_within_two_years(
        self, card: bool
    ) -> None:
        third = activity(prices=(cad(2_000),), retake_price_with_card=(cad(150),))
        for days_ago in (30, 3_000):
            made = quoted(third, followed=followed(days_ago), card=card, phase=InPhase(3, ()))
            assert (made.price, made.retake, made.done) == (cad(1_000), True, None)


class TestPhase:
    PHASE_1 = InPhase(1, (cad(300), eur(280)))

    @pytest.mark.rule("INS-2")
    def test_a_place_never_followed_costs_its_price_in_the_phase(self) -> None:
        assert quoted(phase=self.PHASE_1).price == cad(300)
        assert quoted(phase=self.PHASE_1, currency=Currency.EUR).price == eur(280)

    @pytest.mark.rule("INS-2")
    def test_without_a_price_in_the_phase_the_activitys_own_holds(self) -> None:
        assert quoted(phase=InPhase(1, ())).price == cad(375)

    @pytest.mark.rule("INS-2")
    @pytest.mark.parametrize("number", [1, 2])
    def test_followed_within_two_years_it_is_done_for_nothing_and_takes_no_seat(self, number: int) -> None:
        before = followed(300)
        made = quoted(phase=InPhase(number, (cad(300),)), followed=before)
        assert (made.price, made.deposit, made.due_now, made.done) == (cad(0), cad(0), cad(0), before)
        assert not made.retake

    @pytest.mark.rule("INS-2")
    def test_followed_earlier_it_costs_half_and_is_a_retake(self) -> None:
        made = quoted(phase=self.PHASE_1, followed=followed(1_000))
        assert (made.price, made.retake, made.done) == (cad(150), True, None)

    @pytest.mark.rule("INS-2")
    @pytest.mark.parametrize(("day", "done"), [(date(2024, 11, 24), True), (date(2024, 11, 23), False)])
    def test_the_day_two_years_ago_is_included(self, day: date, done: bool) -> None:
        before = followed(0)
        made = quoted(phase=self.PHASE_1, followed=type(before)(before.registration, day))
        assert (made.done is not None) is done

    @pytest.mark.rule("INS-2")
    @pytest.mark.parametrize(("zone", "done"), [("America/Toronto", True), ("Europe/Paris", False)])
    def test_the_day_of_registering_is_that_of_the_followed_workshops_zone(
        self, zone: str, done: bool
    ) -> None:
        """At 20:00 in Montréal it is the next day in Paris."""
        evening = datetime(2026, 11, 24, 20, tzinfo=ZoneInfo("America/Toronto"))
        before = FollowedBefore(uid("followed"), date(2024, 11, 24), zone)
        made = quoted(phase=self.PHASE_1, followed=before, now=evening)
        assert (made.done is not None) is done

    @pytest.mark.rule("INS-3")
    def test_the_card_changes_nothing_in_a_phase(self) -> None:
        assert quoted(phase=self.PHASE_1, followed=followed(), card=True).price == cad(150)


class TestDiscount:
    @pytest.mark.rule("CAT-3", "INS-6")
    def test_ten_per_cent_of_375_leaves_337_50_and_asks_for_its_proof(self) -> None:
        made = quoted(discount=TEN_PERCENT)
        assert made.price == cad(337.50)
        assert made.discount == Discounted(discount=uid("discount"), regular=cad(375), proof_needed=True)

    @pytest.mark.rule("CAT-1")
    def test_an_amount_is_taken_off_in_its_currency_only(self) -> None:
        fifty = less(percent=None, amounts=(cad(50),))
        assert quoted(discount=fifty).price == cad(325)
        assert quoted(discount=fifty, currency=Currency.EUR).price == eur(375)

    @pytest.mark.rule("CAT-3", "INS-6")
    def test_one_that_takes_nothing_off_is_not_used_and_asks_for_no_proof(self) -> None:
        made = quoted(discount=less(percent=None, amounts=(cad(50),)), currency=Currency.EUR)
        assert (made.price, made.discount) == (eur(375), None)
        assert made.reasons[1].code is PriceReason.DISCOUNT_NOT_USED

    @pytest.mark.rule("CAT-3")
    def test_an_amount_is_taken_off_a_phase_once_in_proportion_to_the_cent(self) -> None:
        hundred = less(percent=None, amounts=(cad(100),))
        shares = [s.amounts[0] for s in spread(hundred, [cad(300), cad(0), cad(150), cad(150.01)])]
        assert shares == [cad(49.99), cad(0), cad(25), cad(25.01)]
        assert [s.amounts[0] for s in spread(hundred, [cad(0), cad(0)])] == [cad(0), cad(0)]
        assert [s.amounts[0] for s in spread(hundred, [cad(300)])] == [cad(100)]
        assert [s.amounts[0] for s in spread(hundred, [eur(300), eur(75)])] == [eur(0), eur(0)]

    @pytest.mark.rule("CAT-3")
    def test_no_line_falls_below_0(self) -> None:
        made = quoted(discount=less(percent=None, amounts=(cad(500),)))
        assert (made.price, made.deposit) == (cad(0), cad(0))

    @pytest.mark.rule("CAT-3")
    def test_on_a_retake_the_lower_of_the_two_prices_holds_and_no_proof_is_asked(self) -> None:
        made = quoted(followed=followed(), discount=TEN_PERCENT)
        assert (made.price, made.discount) == (cad(187.50), None)
        assert made.reasons[2].code is PriceReason.DISCOUNT_NOT_USED

    @pytest.mark.rule("CAT-3")
    def test_a_discount_lower_than_the_retake_is_used_instead_not_added(self) -> None:
        made = quoted(followed=followed(), discount=less(percent=60))
        assert (made.price, made.retake) == (cad(150), True)
        assert made.discount is not None
        assert made.discount.regular == cad(187.50)

    @pytest.mark.rule("CAT-3")
    def test_where_both_are_equal_the_retake_holds(self) -> None:
        assert quoted(followed=followed(), discount=less(percent=50)).discount is None

    @pytest.mark.rule("INS-2")
    def test_a_done_place_needs_none(self) -> None:
        made = quoted(phase=InPhase(1, ()), followed=followed(10), discount=TEN_PERCENT)
        assert (made.price, made.discount) == (cad(0), None)

    @pytest.mark.rule("CAT-1", "CAT-4")
    def test_only_those_it_is_meant_for_may_choose_it(self) -> None:
        may_choose(TEN_PERCENT, [Role.CLIENT], TODAY)
        with pytest.raises(DiscountNotAllowed) as caught:
            may_choose(TEN_PERCENT, [Role.ORGANISER, Role.TRAINER], TODAY)
        assert caught.value.fields == {"discount": "Chômage"}

    @pytest.mark.rule("CAT-1")
    @pytest.mark.parametrize(
        ("first", "last", "valid"),
        [(TODAY, TODAY, True), (None, TODAY - timedelta(1), False), (TODAY + timedelta(1), None, False)],
    )
    def test_it_is_valid_on_its_days_both_included(
        self, first: date | None, last: date | None, valid: bool
    ) -> None:
        dated = less(valid_from=first, valid_until=last)
        if valid:
            may_choose(dated, [Role.CLIENT], TODAY)
        else:
            with pytest.raises(DiscountNotValid) as caught:
                may_choose(dated, [Role.CLIENT], TODAY)
            assert caught.value.fields == {"discount": "Chômage"}


class TestCurrency:
    @pytest.mark.rule("CAT-2")
    @pytest.mark.parametrize(
        ("country", "currency"),
        [("CA", "CAD"), ("FR", "EUR"), ("BE", "EUR"), ("CH", "EUR"), ("US", "CAD"), ("JP", "CAD")],
    )
    def test_canada_pays_dollars_europe_euros_and_the_rest_the_default(
        self, country: str, currency: str
    ) -> None:
        assert currency_of(country, SCHOOL) == currency

    @pytest.mark.rule("CAT-2")
    def test_the_table_and_the_default_are_settings(self) -> None:
        school = SchoolSettings(currencies={"JP": Currency.EUR}, default_currency=Currency.EUR)
        assert currency_of("JP", school) is Currency.EUR
        assert currency_of("CA", school) is Currency.EUR


class TestDeposit:
    @pytest.mark.rule("INS-4")
    @pytest.mark.parametrize("category", [Category.REGULAR, Category.COMPLEMENTARY])
    def test_an_activity_asks_40_whatever_its_days(self, category: Category) -> None:
        for days in (1, 2, 5):
            assert quoted(activity(category=category, days=days)).deposit == cad(40)

    @pytest.mark.rule("INS-4")
    @pytest.mark.parametrize("days", [1, 2, 5])
    def test_etre_bien_asks_20_per_day(self, days: int) -> None:
        taught = activity(category=Category.ETRE_BIEN, days=days)
        assert quoted(taught, currency=Currency.EUR).deposit == eur(20 * days)

    @pytest.mark.rule("INS-4")
    @pytest.mark.parametrize(("price", "deposit"), [(0, 0), (15, 15), (40, 40), (40.01, 40)])
    def test_the_deposit_is_never_above_the_price(self, price: float, deposit: float) -> None:
        assert quoted(activity(prices=(cad(price),))).deposit == cad(deposit)

    @pytest.mark.rule("INS-4")
    def test_a_retake_pays_its_deposit_like_everyone_but_never_more_than_it_costs(self) -> None:
        assert quoted(followed=followed()).deposit == cad(40)
        cheap = activity(prices=(cad(60),))
        assert quoted(cheap, followed=followed()).deposit == cad(30)

    @pytest.mark.rule("INS-5")
    def test_deposits_are_settings_per_category_and_currency(self) -> None:
        school = terms(deposit=5_000)
        assert quoted(school=school).deposit == cad(50)
        assert quoted(activity(category=Category.ETRE_BIEN), school=school).deposit == cad(100)
        only_cad = {Category.REGULAR: {Currency.CAD: school.terms_of(Category.REGULAR, Currency.CAD)}}
        school = SchoolSettings(terms=only_cad)
        assert quoted(school=school).deposit == cad(50)
        assert quoted(school=school, currency=Currency.EUR).deposit == eur(40)


class TestDueNow:
    @pytest.mark.rule("INS-4")
    def test_in_time_the_deposit_is_due(self) -> None:
        assert quoted(starts=NOW + HOURS_48 + timedelta(microseconds=1)).due_now == cad(40)

    @pytest.mark.rule("INS-4")
    @pytest.mark.parametrize("before", [HOURS_48, timedelta(hours=1), timedelta(0), timedelta(hours=-3)])
    def test_in_48_hours_or_less_all_is_due_the_limit_included(self, before: timedelta) -> None:
        assert quoted(starts=NOW + before).due_now == cad(375)

    @pytest.mark.rule("INS-4")
    def test_without_date_the_deposit_is_due(self) -> None:
        assert quoted(starts=None).due_now == cad(40)

    @pytest.mark.rule("INS-5")
    def test_the_hours_are_a_setting(self) -> None:
        school = terms(full_payment_hours=72)
        assert quoted(starts=NOW + timedelta(hours=72), school=school).due_now == cad(375)

    @pytest.mark.rule("INS-4")
    @pytest.mark.parametrize("zone", ["America/Toronto", "Europe/Paris"])
    @pytest.mark.parametrize(
        ("change", "elapsed"),
        [("spring", timedelta(hours=47)), ("autumn", timedelta(hours=49))],
    )
    def test_the_hours_are_elapsed_ones_over_a_change_of_the_clocks(
        self, zone: str, change: str, elapsed: timedelta
    ) -> None:
        """From 9:00 to 9:00 two days later is an hour less in spring, an hour more in autumn."""
        days = {
            ("America/Toronto", "spring"): (2026, 3, 7),
            ("America/Toronto", "autumn"): (2026, 10, 31),
            ("Europe/Paris", "spring"): (2026, 3, 28),
            ("Europe/Paris", "autumn"): (2026, 10, 24),
        }
        local = datetime(*days[zone, change], 9, tzinfo=ZoneInfo(zone))
        now = local.astimezone(UTC)
        starts = (local + timedelta(days=2)).astimezone(UTC)
        assert starts - now == elapsed
        assert starts_soon(starts, now, 48) is (change == "spring")
        assert starts_soon(local + timedelta(days=2), local, 48) is (change == "spring")

    @pytest.mark.rule("INS-4")
    def test_what_starts_soon_is_paid_in_the_same_act_or_waived(self) -> None:
        soon, later = quoted(starts=NOW + timedelta(hours=47)), quoted()
        full_payment_given([later], paid=None, waived=False)
        full_payment_given([soon, later], paid=cad(375), waived=False)
        full_payment_given([soon], paid=None, waived=True)
        with pytest.raises(FullPaymentNeeded) as caught:
            full_payment_given([later, soon], paid=cad(374.99), waived=False)
        assert caught.value.fields == {"due": cad(375), "paid": cad(374.99)}
        with pytest.raises(FullPaymentNeeded):
            full_payment_given([soon], paid=None, waived=False)

    @pytest.mark.rule("INS-4")
    def test_a_free_place_that_starts_soon_asks_for_nothing(self) -> None:
        full_payment_given([quoted(starts=NOW, trainee=True)], paid=None, waived=False)


class TestReasons:
    @pytest.mark.rule("CAT-3")
    def test_each_rule_applied_is_named_in_order_with_the_amount_after_it(self) -> None:
        starts = NOW + timedelta(hours=1)
        reasons = quoted(followed=followed(), starts=starts, discount=less(percent=60)).reasons
        assert [(r.code, r.after, r.evidence) for r in reasons] == [
            (PriceReason.BASE_PRICE, cad(375), None),
            (PriceReason.RETAKE, cad(187.50), str(uid("followed"))),
            (PriceReason.DISCOUNT, cad(150), str(uid("discount"))),
            (PriceReason.DEPOSIT, cad(40), None),
            (PriceReason.STARTS_SOON, cad(150), starts.isoformat()),
        ]

    @pytest.mark.rule("CAT-3", "INS-2", "INS-3")
    @pytest.mark.parametrize(
        ("wish", "codes"),
        [
            ({"trainee": True}, [PriceReason.BASE_PRICE, PriceReason.TRAINEE]),
            ({"card": True}, [PriceReason.BASE_PRICE, PriceReason.CARD_RETAKE]),
            ({"phase": InPhase(1, ())}, [PriceReason.PHASE_PRICE, PriceReason.PHASE_RETAKE]),
            ({"phase": InPhase(3, ())}, [PriceReason.PHASE_PRICE, PriceReason.PHASE_RETAKE]),
        ],
    )
    def test_each_kind_of_retake_has_its_own_reason(
        self, wish: dict[str, Any], codes: list[PriceReason]
    ) -> None:
        before = str(uid("followed"))
        *told, deposit = quoted(followed=followed(), **wish).reasons
        assert [r.code for r in told] == codes
        assert told[-1].evidence == (None if wish.get("trainee") else before)
        assert deposit.code is PriceReason.DEPOSIT

    @pytest.mark.rule("CAT-3", "INS-2")
    def test_what_is_done_names_the_registration_that_was_followed(self) -> None:
        made = quoted(phase=InPhase(1, ()), followed=followed(10), starts=NOW)
        assert [(r.code, r.evidence) for r in made.reasons] == [
            (PriceReason.PHASE_PRICE, None),
            (PriceReason.DONE, str(uid("followed"))),
            (PriceReason.DEPOSIT, None),
        ]

    @pytest.mark.rule("CAT-3")
    def test_a_discount_that_is_not_used_is_named_and_changes_nothing(self) -> None:
        reason = quoted(followed=followed(), discount=TEN_PERCENT).reasons[2]
        assert (reason.after, reason.evidence) == (cad(187.50), str(uid("discount")))

    @pytest.mark.rule("CAT-3")
    def test_rules_that_do_not_apply_are_not_named(self) -> None:
        assert [r.code for r in quoted().reasons] == [PriceReason.BASE_PRICE, PriceReason.DEPOSIT]


class TestFrozenTerms:
    @pytest.mark.rule("INS-9", "INS-5")
    @pytest.mark.parametrize(
        ("category", "days", "everywhere"),
        [
            (Category.REGULAR, 1, False),
            (Category.REGULAR, 2, True),
            (Category.REGULAR, 3, False),
            (Category.ETRE_BIEN, 1, True),
        ],
    )
    def test_etre_bien_and_two_day_workshops_lose_the_deposit_everywhere(
        self, category: Category, days: int, everywhere: bool
    ) -> None:
        made = terms_for(activity(days=days), SCHOOL.terms_of(category, Currency.CAD))
        assert made.deposit_lost_everywhere is everywhere
        assert (made.late_months, made.absence_percent) == (1, 10)


@pytest.mark.rule("INS-4")
@generated(
    minor=st.integers(0, 10_000_000),
    days=st.integers(1, 60),
    category=st.sampled_from(Category),
    currency=st.sampled_from(Currency),
    days_ago=st.none() | st.integers(0, 3_000),
    hours=st.none() | st.integers(-1_000, 1_000),
    percent=st.integers(0, 100),
    off=st.none() | st.integers(1, 100),
    phase=st.none() | st.integers(1, 3),
    card=st.booleans(),
)
def test_no_line_falls_below_0_and_deposit_and_due_stay_within_the_price(
    minor: int,
    days: int,
    category: Category,
    currency: Currency,
    days_ago: int | None,
    hours: int | None,
    percent: int,
    off: int | None,
    phase: int | None,
    card: bool,
) -> None:
    price = Money(minor=minor, currency=currency)
    made = quoted(
        activity(prices=(price,), days=days, category=category),
        currency=currency,
        followed=None if days_ago is None else followed(days_ago),
        starts=None if hours is None else NOW + timedelta(hours=hours),
        school=terms(retake_percent=percent),
        discount=None if off is None else less(percent=off),
        phase=None if phase is None else InPhase(phase, ()),
        card=card,
    )
    assert {m.currency for m in (made.price, made.deposit, made.due_now)} == {currency}
    assert 0 <= made.deposit.minor <= made.due_now.minor <= made.price.minor <= minor
    assert made.reasons[0].after == price
