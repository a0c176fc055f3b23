"""The catalogue is edited: described anew, taken off sale, and nothing sold before changes with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from aggregates.catalogue.decisions import (
    add_discount,
    change_activity,
    change_discount,
    change_phase,
    change_venue,
    resume_activity,
    retire_activity,
    retire_discount,
)
from aggregates.catalogue.events import (
    ActivityAdded,
    ActivityChanged,
    ActivityResumed,
    ActivityRetired,
    DiscountAdded,
    DiscountChanged,
    DiscountRetired,
    PhaseAdded,
    PhaseChanged,
    PhasePrice,
    VenueAdded,
    VenueChanged,
)
from aggregates.catalogue.policies import on_sale
from aggregates.catalogue.refusals import (
    ActivityNoLongerSold,
    ActivityTwice,
    CardPriceMissing,
    NoSuchActivity,
    NoSuchDiscount,
    NoSuchPhase,
    NoSuchVenue,
    PriceOutsidePhase,
    PriceTwice,
    UnknownZone,
    ValidityUnordered,
)
from aggregates.catalogue.settings import Category, Region
from aggregates.catalogue.state import ACTIVITY, DISCOUNT, PHASE, VENUE, Activity, Discount
from aggregates.client.decisions import ask_price_adjustment, refuse_price_adjustment
from aggregates.client.events import DossierDeactivated, PriceAdjustmentAsked, PriceAdjustmentRefused
from aggregates.client.refusals import DossierNotActive, NoAdjustmentAsked, NoSuchDossier
from aggregates.client.state import CLIENT
from aggregates.invoice.policies import may_choose
from aggregates.invoice.refusals import DiscountNotValid
from aggregates.kernel import Aggregate, Currency, Fact, Role
from tests.aggregates.given import CLIENT_ID, cad, dossier, eur, given, uid

A, B, C = uid("a"), uid("b"), uid("c")
ACTIVITY_VALUES: dict[str, Any] = {
    "name": "Écoute de soi",
    "category": Category.REGULAR,
    "days": 2,
    "prices": (cad(375), eur(375)),
    "note": None,
}
PHASE_VALUES: dict[str, Any] = {"number": 1, "name": "Phase 1", "activities": (A, B)}
VENUE_VALUES: dict[str, Any] = {
    "name": "Hôtel du Parc",
    "city": "Laval",
    "country": "CA",
    "region": Region.CANADA,
    "zone": "America/Toronto",
    "address": None,
    "note": None,
}
DISCOUNT_VALUES: dict[str, Any] = {
    "name": "Chômage",
    "percent": 10,
    "amounts": (),
    "proof_needed": True,
    "chosen_by": (Role.CLIENT, Role.OFFICE),
    "valid_from": None,
    "valid_until": None,
}
PRICES = (PhasePrice(activity=A, price=cad(340)), PhasePrice(activity=A, price=eur(330)))
EACH = tuple(PhasePrice(activity=a, price=cad(340)) for a in (A, B, C))

Kind = tuple[Aggregate[Any], type[Fact], type[Fact], Callable[..., Sequence[Fact]], dict[str, Any]]
KINDS: dict[str, Kind] = {
    "activity": (ACTIVITY, ActivityAdded, ActivityChanged, change_activity, ACTIVITY_VALUES),
    "phase": (PHASE, PhaseAdded, PhaseChanged, change_phase, PHASE_VALUES),
    "venue": (VENUE, VenueAdded, VenueChanged, change_venue, VENUE_VALUES),
    "discount": (DISCOUNT, DiscountAdded, DiscountChanged, change_discount, DISCOUNT_VALUES),
}
EDITS = [
    ("activity", {"name": "Écoute"}),
    ("activity", {"category": Category.COMPLEMENTARY, "days": 1}),
    ("activity", {"prices": (cad(400),)}),
    ("activity", {"prices": ()}),
    ("activity", {"note": "Apporter un coussin."}),
    ("activity", {"retake_price_with_card": (cad(150), eur(150))}),
    ("activity", {"prices": (cad(400),), "retake_price_with_card": (cad(150), eur(150))}),
    ("activity", {"roster_cap_per_day": (eur(105),)}),
    ("phase", {"name": "Phase I", "number": 3}),
    ("phase", {"activities": (B, A)}),
    ("phase", {"activities": (A, B, C)}),
    ("phase", {"prices": PRICES}),
    ("phase", {"prices": EACH, "activities": (A, B, C)}),
    ("venue", {"name": "Auberge", "city": "Lyon", "country": "FR", "region": Region.EUROPE}),
    ("venue", {"zone": "Europe/Paris", "address": "2, rue du Parc", "note": "Sonner au 3."}),
    ("discount", {"name": "Étudiant", "percent": 15}),
    ("discount", {"percent": None, "amounts": (cad(40), eur(35))}),
    ("discount", {"proof_needed": False, "chosen_by": (Role.ACCOUNTING,)}),
    ("discount", {"valid_from": date(2026, 12, 1), "valid_until": date(2026, 12, 1)}),
]


@pytest.mark.rule("CAT-1")
class TestDescribedAnew:
    @pytest.mark.parametrize(("name", "changes"), EDITS)
    def test_every_part_can_be_changed_once(self, name: str, changes: dict[str, Any]) -> None:
        kind, added, changed, decide, values = KINDS[name]
        wanted = changed(**values | changes)
        after = given(kind, added(**values)).when(decide, wanted).then(wanted)
        assert all(getattr(after, part) == value for part, value in changes.items())
        given(kind, added(**values), wanted).when(decide, wanted).then_nothing()

    @pytest.mark.parametrize("name", KINDS)
    def test_what_stands_already_is_no_change(self, name: str) -> None:
        kind, added, changed, decide, values = KINDS[name]
        given(kind, added(**values)).when(decide, changed(**values)).then_nothing()

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("activity", NoSuchActivity),
            ("phase", NoSuchPhase),
            ("venue", NoSuchVenue),
            ("discount", NoSuchDiscount),
        ],
    )
    def test_what_never_was_is_missing(self, name: str, refusal: Any) -> None:
        kind, _, changed, decide, values = KINDS[name]
        given(kind).when(decide, changed(**values)).then_refused(refusal)

    @pytest.mark.parametrize(
        ("name", "changes", "refusal", "fields"),
        [
            ("activity", {"prices": (cad(1), cad(2))}, PriceTwice, {}),
            ("activity", {"retake_price_with_card": (cad(-1),)}, PriceTwice, {}),
            (
                "activity",
                {"retake_price_with_card": (cad(150),)},
                CardPriceMissing,
                {"missing": (Currency.EUR,)},
            ),
            ("phase", {"activities": (A, B, A)}, ActivityTwice, {}),
            ("activity", {"roster_cap_per_day": (eur(105), eur(105))}, PriceTwice, {}),
            ("phase", {"prices": (PRICES[0], PRICES[0])}, PriceTwice, {}),
            ("phase", {"prices": (PhasePrice(activity=C, price=cad(1)),)}, PriceOutsidePhase, {}),
            ("venue", {"zone": "America/Laval"}, UnknownZone, {"zone": "America/Laval"}),
            ("discount", {"percent": None, "amounts": (cad(-40),)}, PriceTwice, {}),
            (
                "discount",
                {"valid_from": date(2026, 12, 2), "valid_until": date(2026, 12, 1)},
                ValidityUnordered,
                {},
            ),
        ],
    )
    def test_what_could_not_be_added_is_not_changed_to_either(
        self, name: str, changes: dict[str, Any], refusal: Any, fields: dict[str, Any]
    ) -> None:
        kind, added, changed, decide, values = KINDS[name]
        wanted = changed(**values | changes)
        given(kind, added(**values)).when(decide, wanted).then_refused(refusal, **fields)

    def test_a_discount_is_not_added_with_days_in_the_wrong_order(self) -> None:
        days = {"valid_from": date(2026, 12, 2), "valid_until": date(2026, 12, 1)}
        wanted = DiscountAdded(**DISCOUNT_VALUES | days)
        given(DISCOUNT).when(add_discount, wanted).then_refused(ValidityUnordered)


ADDED = ActivityAdded(**ACTIVITY_VALUES)


@pytest.mark.rule("CAT-1")
class TestOffSale:
    def test_an_activity_goes_off_sale_and_comes_back(self) -> None:
        retired = given(ACTIVITY, ADDED).when(retire_activity).then(ActivityRetired())
        with pytest.raises(ActivityNoLongerSold) as caught:
            on_sale(retired)
        assert caught.value.fields == {"activity": "Écoute de soi"}
        given(ACTIVITY, ADDED, ActivityRetired()).when(retire_activity).then_nothing()
        back = given(ACTIVITY, ADDED, ActivityRetired()).when(resume_activity).then(ActivityResumed())
        assert on_sale(back) == back
        given(ACTIVITY, ADDED).when(resume_activity).then_nothing()

    def test_it_stays_off_sale_while_it_is_changed(self) -> None:
        wanted = ActivityChanged(**ACTIVITY_VALUES | {"days": 3})
        after = given(ACTIVITY, ADDED, ActivityRetired()).when(change_activity, wanted).then(wanted)
        assert isinstance(after, Activity)
        assert (after.retired, after.days) == (True, 3)

    @pytest.mark.parametrize("decide", [retire_activity, resume_activity])
    def test_an_unknown_activity_is_missing(self, decide: Any) -> None:
        given(ACTIVITY).when(decide).then_refused(NoSuchActivity)
        with pytest.raises(NoSuchActivity):
            on_sale(given(ACTIVITY).state)

    @pytest.mark.rule("CAT-4")
    def test_a_retired_discount_is_chosen_no_more_even_if_changed(self) -> None:
        added, retired = DiscountAdded(**DISCOUNT_VALUES), DiscountRetired()
        changed = DiscountChanged(**DISCOUNT_VALUES | {"percent": 20})
        today = date(2026, 11, 24)
        before = given(DISCOUNT, added).state
        assert isinstance(before, Discount)
        may_choose(before, [Role.CLIENT], today)
        given(DISCOUNT, added).when(retire_discount).then(retired)
        given(DISCOUNT, added, retired).when(retire_discount).then_nothing()
        after = given(DISCOUNT, added, retired).when(change_discount, changed).then(changed)
        assert isinstance(after, Discount)
        with pytest.raises(DiscountNotValid):
            may_choose(after, [Role.CLIENT], today)
        given(DISCOUNT).when(retire_discount).then_refused(NoSuchDiscount)


ASKED = PriceAdjustmentAsked(person=CLIENT_ID, activity=A, reason="Deux enfants à charge.")


@pytest.mark.rule("CAT-4")
class TestPriceAdjustment:
    def test_it_is_asked_once_per_activity_and_reason(self) -> None:
        given(CLIENT, dossier()).when(ask_price_adjustment, A, reason=ASKED.reason).then(ASKED)
        given(CLIENT, dossier(), ASKED).when(ask_price_adjustment, A, reason=ASKED.reason).then_nothing()
        for activity, reason in ((B, "Deux enfants à charge."), (A, "Trois enfants.")):
            again = PriceAdjustmentAsked(person=CLIENT_ID, activity=activity, reason=reason)
            given(CLIENT, dossier(), ASKED).when(ask_price_adjustment, activity, reason=reason).then(again)

    def test_it_is_refused_once_and_may_be_asked_again(self) -> None:
        refused = PriceAdjustmentRefused(person=CLIENT_ID, activity=A, reason="Le rabais suffit.")
        after = given(CLIENT, dossier(), ASKED).when(refuse_price_adjustment, A, reason=refused.reason)
        assert after.then(refused).adjustments_asked == {}  # type: ignore[union-attr]
        past = (dossier(), ASKED, refused)
        given(CLIENT, *past).when(refuse_price_adjustment, A, reason="Non.").then_nothing()
        given(CLIENT, *past).when(ask_price_adjustment, A, reason=ASKED.reason).then(ASKED)
        given(CLIENT, *past, ASKED).when(refuse_price_adjustment, A, reason=refused.reason).then(refused)
        for before, activity in ((dossier(),), A), ((dossier(), ASKED), B):
            given(CLIENT, *before).when(refuse_price_adjustment, activity, reason="x").then_refused(
                NoAdjustmentAsked
            )

    def test_only_an_active_dossier_asks(self) -> None:
        given(CLIENT).when(ask_price_adjustment, A, reason="x").then_refused(NoSuchDossier)
        gone = given(CLIENT, dossier(), DossierDeactivated(person=CLIENT_ID))
        gone.when(ask_price_adjustment, A, reason="x").then_refused(DossierNotActive)

    def test_the_reason_is_personal_and_not_the_clients_to_read(self) -> None:
        assert not PriceAdjustmentAsked.VISIBLE


@pytest.mark.parametrize("name", KINDS)
def test_a_fact_that_no_decision_makes_is_an_error(name: str) -> None:
    kind, added, changed, _, values = KINDS[name]
    for before, fact in (((), changed(**values)), ((added(**values),), added(**values))):
        with pytest.raises(ValueError, match=fact.TOPIC):
            kind.evolve(given(kind, *before).state, fact)


@pytest.mark.parametrize("fact", [ActivityRetired(), ActivityResumed(), DiscountRetired()])
def test_nothing_unknown_is_retired(fact: Any) -> None:
    kind: Aggregate[Any] = DISCOUNT if isinstance(fact, DiscountRetired) else ACTIVITY
    with pytest.raises(ValueError, match=fact.TOPIC):
        kind.evolve(kind.initial, fact)
