"""The catalogue, the settings and staff users."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.catalogue.decisions import (
    add_activity,
    add_phase,
    add_venue,
    change_settings,
    hand_responsibilities_over,
)
from aggregates.catalogue.events import ActivityAdded, PhaseAdded, SettingsChanged, VenueAdded
from aggregates.catalogue.policies import known_activity, known_venue
from aggregates.catalogue.refusals import (
    ActivityTwice,
    CardPriceMissing,
    NoSuchActivity,
    NoSuchVenue,
    PriceTwice,
    UnknownZone,
)
from aggregates.catalogue.settings import Category, Region, Responsibility, SchoolSettings
from aggregates.catalogue.state import ACTIVITY, PHASE, SETTINGS, VENUE, Nothing
from aggregates.kernel import Currency, Money, Role
from aggregates.staff.decisions import add
from aggregates.staff.events import StaffAdded
from aggregates.staff.policies import STAFF_ROLES, known_staff
from aggregates.staff.refusals import NoSuchStaff, NotAStaffRole, StaffEmailTaken
from aggregates.staff.state import STAFF, NoStaff
from tests.aggregates.given import OTHER_CLIENT, activity, cad, eur, given, uid

DANCE = ActivityAdded(
    name="Écoute de soi", category=Category.REGULAR, days=2, prices=(cad(375), eur(375)), note=None
)
PHASE_1 = PhaseAdded(number=1, name="Phase 1", activities=(uid("a"), uid("b")))
HALL = VenueAdded(
    name="Hôtel du Parc",
    city="Laval",
    country="CA",
    region=Region.CANADA,
    zone="America/Toronto",
    address=None,
    note=None,
)


class TestActivities:
    @pytest.mark.rule("CAT-1")
    def test_an_activity_enters_the_catalogue_once(self) -> None:
        assert given(ACTIVITY).when(add_activity, DANCE).then(DANCE) == activity()
        given(ACTIVITY, DANCE).when(add_activity, DANCE).then_nothing()

    @pytest.mark.rule("CAT-1")
    @pytest.mark.parametrize(
        "prices", [(cad(375), cad(400)), (cad(-1),)], ids=["two in one currency", "below 0"]
    )
    def test_it_has_one_price_per_currency_none_below_0(self, prices: tuple[Money, ...]) -> None:
        wanted = DANCE.model_copy(update={"prices": prices})
        given(ACTIVITY).when(add_activity, wanted).then_refused(PriceTwice)

    @pytest.mark.rule("CAT-1")
    def test_it_may_cost_nothing_or_have_no_price_yet(self) -> None:
        for prices in ((), (cad(0),)):
            wanted = DANCE.model_copy(update={"prices": prices})
            given(ACTIVITY).when(add_activity, wanted).then(wanted)

    @pytest.mark.rule("INS-3", "CAT-2")
    def test_a_retake_with_the_card_is_priced_in_every_currency_or_in_none(self) -> None:
        wanted = DANCE.model_copy(update={"retake_price_with_card": (cad(150),)})
        given(ACTIVITY).when(add_activity, wanted).then_refused(CardPriceMissing, missing=(Currency.EUR,))
        wanted = DANCE.model_copy(update={"retake_price_with_card": (cad(150), eur(150))})
        given(ACTIVITY).when(add_activity, wanted).then(wanted)

    def test_what_is_not_in_the_catalogue_is_missing(self) -> None:
        with pytest.raises(NoSuchActivity):
            known_activity(Nothing())
        with pytest.raises(NoSuchVenue):
            known_venue(Nothing())
        with pytest.raises(NoSuchStaff):
            known_staff(NoStaff())


class TestPhasesAndVenues:
    @pytest.mark.rule("CAT-1")
    def test_a_phase_enters_once_in_its_order(self) -> None:
        after = given(PHASE).when(add_phase, PHASE_1).then(PHASE_1)
        assert after == given(PHASE, PHASE_1).state
        given(PHASE, PHASE_1).when(add_phase, PHASE_1).then_nothing()

    @pytest.mark.rule("INS-12", "CAT-1")
    def test_it_holds_each_activity_once(self) -> None:
        twice = PHASE_1.model_copy(update={"activities": (uid("a"), uid("b"), uid("a"))})
        given(PHASE).when(add_phase, twice).then_refused(ActivityTwice)

    @pytest.mark.rule("CAT-1")
    def test_a_venue_enters_once_in_a_known_zone(self) -> None:
        given(VENUE).when(add_venue, HALL).then(HALL)
        given(VENUE, HALL).when(add_venue, HALL).then_nothing()
        nowhere = HALL.model_copy(update={"zone": "America/Laval"})
        given(VENUE).when(add_venue, nowhere).then_refused(UnknownZone, zone="America/Laval")


class TestSettings:
    @pytest.mark.rule("INS-5")
    def test_the_defaults_stand_without_any_event(self) -> None:
        school = given(SETTINGS).state
        regular = school.terms_of(Category.REGULAR, Currency.EUR)
        etre_bien = school.terms_of(Category.ETRE_BIEN, Currency.CAD)
        assert (regular.deposit, regular.deposit_per_day) == (4_000, False)
        assert (etre_bien.deposit, etre_bien.deposit_per_day) == (2_000, True)
        for terms in (regular, etre_bien):
            assert (terms.full_payment_hours, terms.retake_percent, terms.absence_percent) == (48, 50, 10)

    @pytest.mark.rule("INS-5")
    def test_new_settings_replace_the_old_ones(self) -> None:
        wanted = SchoolSettings(hold_minutes=30)
        after = given(SETTINGS).when(change_settings, wanted).then(SettingsChanged(settings=wanted))
        assert after == wanted
        given(SETTINGS, SettingsChanged(settings=wanted)).when(change_settings, wanted).then_nothing()

    def test_the_schools_zone_is_a_known_one(self) -> None:
        given(SETTINGS).when(change_settings, SchoolSettings(zone="Laval")).then_refused(
            UnknownZone, zone="Laval"
        )

    @pytest.mark.rule("STF-1")
    def test_what_a_leaving_user_was_given_falls_to_office(self) -> None:
        leaves, stays = uid("leaves"), uid("stays")
        errors, places = Responsibility.DELIVERY_ERRORS, Responsibility.MISSING_PLACES
        before = SchoolSettings(responsibilities={errors: leaves, places: stays}, hold_minutes=30)
        kept = SchoolSettings(responsibilities={places: stays}, hold_minutes=30)
        past = given(SETTINGS, SettingsChanged(settings=before))
        after = past.when(hand_responsibilities_over, leaves).then(SettingsChanged(settings=kept))
        assert after == kept
        past.when(hand_responsibilities_over, uid("another")).then_nothing()


ADDING: dict[str, Any] = {
    "name": "Aimée Côté",
    "email": "aimee@example.com",
    "roles": (Role.OFFICE, Role.ORGANISER),
    "email_owner": None,
}
ADDED = StaffAdded(
    person=uid("staff"),
    name="Aimée Côté",
    email="aimee@example.com",
    roles=(Role.OFFICE, Role.ORGANISER),
)


class TestStaff:
    @pytest.mark.rule("STF-1")
    def test_a_staff_user_is_added_once(self) -> None:
        given(STAFF).when(add, uid("staff"), **ADDING).then(ADDED)
        given(STAFF, ADDED).when(add, uid("staff"), **ADDING).then_nothing()

    @pytest.mark.rule("STF-1")
    def test_one_person_may_have_every_staff_role(self) -> None:
        every = tuple(sorted(STAFF_ROLES))
        added = ADDED.model_copy(update={"roles": every})
        given(STAFF).when(add, uid("staff"), **ADDING | {"roles": every}).then(added)

    @pytest.mark.rule("STF-1")
    @pytest.mark.parametrize("roles", [(), (Role.CLIENT,), (Role.OFFICE, Role.SYSTEM)])
    def test_they_have_staff_roles_only_and_one_at_least(self, roles: tuple[Role, ...]) -> None:
        given(STAFF).when(add, uid("staff"), **ADDING | {"roles": roles}).then_refused(NotAStaffRole)

    @pytest.mark.rule("STF-1")
    def test_an_email_that_another_account_logs_in_with_is_refused(self) -> None:
        given(STAFF).when(add, uid("staff"), **ADDING | {"email_owner": uid("staff")}).then(ADDED)
        taken = ADDING | {"email_owner": OTHER_CLIENT}
        given(STAFF).when(add, uid("staff"), **taken).then_refused(StaffEmailTaken)
