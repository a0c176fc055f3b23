"""quote(): base price, retake, deposit, amount due now, each with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from aggregates.catalogue.events import Category
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import Activity
from aggregates.invoice.events import PriceReason
from aggregates.invoice.policies import currency_of, starts_soon
from aggregates.invoice.pricing import Quote, quote
from aggregates.invoice.refusals import NoPriceInCurrency
from aggregates.kernel import Currency, Money
from tests.aggregates.given import NOW, activity, cad, eur, uid

SCHOOL = SchoolSettings()
HOURS_48 = timedelta(hours=48)


def quoted(taught: Activity | None = None, **changes: Any) -> Quote:
    values: dict[str, Any] = {
        "currency": Currency.CAD,
        "retake_of": None,
        "starts": NOW + timedelta(days=30),
        "now": NOW,
        "school": SCHOOL,
    }
    return quote(taught or activity(), **values | changes)


class TestPrice:
    @pytest.mark.rule("CAT-1")
    def test_an_activity_never_followed_costs_its_price(self) -> None:
        assert quoted().price == cad(375)
        assert quoted(currency=Currency.EUR).price == eur(375)

    @pytest.mark.rule("INS-3")
    def test_a_retake_without_card_costs_half(self) -> None:
        assert quoted(retake_of=uid("followed")).price == cad(187.50)

    @pytest.mark.rule("INS-3")
    def test_the_share_of_a_retake_is_a_setting(self) -> None:
        third = SchoolSettings(retake_percent=30)
        assert quoted(retake_of=uid("followed"), school=third).price == cad(112.50)

    @pytest.mark.rule("CAT-3")
    @pytest.mark.parametrize(("whole", "half"), [(0.01, 0.01), (0.03, 0.02), (0.02, 0.01), (99.99, 50.00)])
    def test_half_a_cent_is_rounded_up_once(self, whole: float, half: float) -> None:
        taught = activity(prices=(cad(whole),))
        assert quoted(taught, retake_of=uid("followed")).price == cad(half)

    @pytest.mark.rule("CAT-2")
    def test_an_activity_without_price_in_the_currency_is_refused_by_name(self) -> None:
        with pytest.raises(NoPriceInCurrency) as caught:
            quoted(activity(prices=(eur(375),)))
        assert caught.value.fields == {"activity": "Écoute de soi", "currency": Currency.CAD}


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
        assert quoted(retake_of=uid("followed")).deposit == cad(40)
        cheap = activity(prices=(cad(60),))
        assert quoted(cheap, retake_of=uid("followed")).deposit == cad(30)

    @pytest.mark.rule("INS-5")
    def test_deposits_are_settings(self) -> None:
        school = SchoolSettings(deposit_per_activity=5_000, etre_bien_deposit_per_day=1_000)
        assert quoted(school=school).deposit == cad(50)
        assert quoted(activity(category=Category.ETRE_BIEN), school=school).deposit == cad(20)


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
        assert not starts_soon(None, NOW, SCHOOL)

    @pytest.mark.rule("INS-5")
    def test_the_hours_are_a_setting(self) -> None:
        school = SchoolSettings(full_payment_hours=72)
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
        assert starts_soon(starts, now, SCHOOL) is (change == "spring")
        assert starts_soon(local + timedelta(days=2), local, SCHOOL) is (change == "spring")


class TestReasons:
    @pytest.mark.rule("CAT-3")
    def test_each_rule_applied_is_named_in_order_with_the_amount_after_it(self) -> None:
        starts = NOW + timedelta(hours=1)
        reasons = quoted(retake_of=uid("followed"), starts=starts).reasons
        assert [(r.code, r.after, r.evidence) for r in reasons] == [
            (PriceReason.BASE_PRICE, cad(375), None),
            (PriceReason.RETAKE, cad(187.50), str(uid("followed"))),
            (PriceReason.DEPOSIT, cad(40), None),
            (PriceReason.STARTS_SOON, cad(187.50), starts.isoformat()),
        ]

    @pytest.mark.rule("CAT-3")
    def test_rules_that_do_not_apply_are_not_named(self) -> None:
        assert [r.code for r in quoted().reasons] == [PriceReason.BASE_PRICE, PriceReason.DEPOSIT]


@pytest.mark.rule("INS-4")
@generated(
    minor=st.integers(0, 10_000_000),
    days=st.integers(1, 60),
    category=st.sampled_from(Category),
    currency=st.sampled_from(Currency),
    retake=st.booleans(),
    hours=st.none() | st.integers(-1_000, 1_000),
    percent=st.integers(0, 100),
)
def test_no_line_falls_below_0_and_deposit_and_due_stay_within_the_price(
    minor: int,
    days: int,
    category: Category,
    currency: Currency,
    retake: bool,
    hours: int | None,
    percent: int,
) -> None:
    price = Money(minor=minor, currency=currency)
    made = quoted(
        activity(prices=(price,), days=days, category=category),
        currency=currency,
        retake_of=uid("followed") if retake else None,
        starts=None if hours is None else NOW + timedelta(hours=hours),
        school=SchoolSettings(retake_percent=percent),
    )
    assert {m.currency for m in (made.price, made.deposit, made.due_now)} == {currency}
    assert 0 <= made.deposit.minor <= made.due_now.minor <= made.price.minor <= minor
