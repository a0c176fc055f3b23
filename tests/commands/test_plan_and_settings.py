"""Commands that overwrite: what somebody else changed meanwhile is never lost unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.catalogue.refusals import ActivityTwice, NoSuchActivity, UnknownZone
from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.catalogue.state import DISCOUNT, PHASE, SETTINGS, SETTINGS_ID, Phase
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.refusals import NoSuchWorkshop, NotStaff, RetakeLimitAboveCapacity
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import ForbiddenError
from commands.catalogue.add_discount import AddDiscount
from commands.catalogue.add_phase import AddPhase
from commands.catalogue.change_phase import ChangePhase
from commands.catalogue.change_settings import ChangeSettings
from commands.message import Command
from commands.seen_version import ChangedMeanwhile
from commands.staff.remove_staff import RemoveStaff
from commands.workshops.change_plan import ChangePlan
from commands.workshops.plan_workshop import PlannedSession, PlanWorkshop
from tests.aggregates.given import terms as in_terms
from tests.support.write_side import ACCOUNTING, ADMIN, ORGANISER, School, principal, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def plan(school: School, workshop: UUID) -> Planned:
    state = school.side.store.load([WORKSHOP.at(workshop)])[0].state
    assert isinstance(state, Planned)
    return state


def change(workshop: UUID, seen_version: int, **changes: Any) -> ChangePlan:
    """The plan as `School.workshop` makes it, with these changes."""
    values: dict[str, Any] = {
        "organiser": ORGANISER.user,
        "trainers": (),
        "capacity": 60,
        "retake_limit": None,
        "place_note": None,
        "practical_note": None,
    }
    return ChangePlan(workshop=workshop, seen_version=seen_version, **values | changes)


@pytest.mark.rule("ATE-1")
class TestChangePlan:
    def test_below_what_is_taken_nobody_loses_a_place(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity)
        for _ in range(3):
            school.registration(school.client(), activity, workshop)
        school.send(change(workshop, 4, capacity=2))
        changed = plan(school, workshop)
        assert (changed.plan.capacity, len(changed.seats)) == (2, 3)

    def test_seats_taken_meanwhile_are_no_clash(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity)
        school.registration(school.client(), activity, workshop)
        school.send(change(workshop, 1, practical_note="Apporter un coussin."))
        assert plan(school, workshop).plan.practical_note == "Apporter un coussin."

    def test_the_same_field_changed_meanwhile_stops_the_whole_wish(self, school: School) -> None:
        workshop = school.workshop(school.activity())
        school.send(change(workshop, 1, capacity=50))
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(change(workshop, 1, capacity=40, practical_note="Coussin"))
        assert caught.value.fields == {"changed": {"capacity": {"theirs": 50, "yours": 40}}}
        assert plan(school, workshop).plan.practical_note is None

    def test_another_field_changed_meanwhile_keeps_its_new_value(self, school: School) -> None:
        workshop = school.workshop(school.activity())
        school.send(change(workshop, 1, capacity=50))
        school.send(change(workshop, 1, practical_note="Coussin"))
        kept = plan(school, workshop).plan
        assert (kept.capacity, kept.practical_note) == (50, "Coussin")

    def test_the_same_wish_twice_records_nothing(self, school: School) -> None:
        workshop = school.workshop(school.activity())
        school.send(change(workshop, 1, capacity=50))
        before = school.side.store.load([WORKSHOP.at(workshop)])[0].version
        school.send(change(workshop, 1, capacity=50))
        assert school.side.store.load([WORKSHOP.at(workshop)])[0].version == before

    def test_a_retake_limit_above_the_capacity_is_refused(self, school: School) -> None:
        workshop = school.workshop(school.activity())
        with pytest.raises(RetakeLimitAboveCapacity):
            school.send(change(workshop, 1, capacity=5, retake_limit=6))

    def test_an_organiser_changes_own_workshops_only(self, school: School) -> None:
        workshop = school.workshop(school.activity())
        school.send(change(workshop, 1, capacity=50), ORGANISER)
        with pytest.raises(NoSuchWorkshop):
            school.send(change(workshop, 1, capacity=40), principal(Role.ORGANISER))

    def test_an_unknown_workshop_is_not_found(self, school: School) -> None:
        with pytest.raises(NoSuchWorkshop):
            school.send(change(uuid4(), 1))


@pytest.mark.rule("ATE-1")
class TestThePeople:
    """Organiser and trainers are staff users with a role at workshops."""

    def planning(self, school: School, organiser: UUID, *trainers: UUID) -> PlanWorkshop:
        starts = datetime.now(UTC) + timedelta(days=30)
        return PlanWorkshop(
            activity=school.activity(),
            venue=None,
            zone="America/Toronto",
            sessions=(PlannedSession(starts=starts, ends=starts + timedelta(hours=8)),),
            organiser=organiser,
            trainers=trainers,
            capacity=60,
        )

    @pytest.mark.parametrize("role", [Role.ORGANISER, Role.TRAINER, Role.OFFICE])
    def test_these_roles_organise_and_teach(self, school: School, role: Role) -> None:
        one, other = uuid4(), uuid4()
        school.employ(one, other, roles=(role,))
        made = school.send(self.planning(school, one, one, other)).made["workshop"]
        assert plan(school, made).plan.people == (one, one, other)

    @pytest.mark.parametrize("role", [Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR])
    def test_these_roles_alone_do_not(self, school: School, role: Role) -> None:
        organiser, other, both = uuid4(), uuid4(), uuid4()
        school.employ(organiser)
        school.employ(other, roles=(role,))
        school.employ(both, roles=(role, Role.TRAINER))
        assert_names(school, self.planning(school, other, both), other)
        assert_names(school, self.planning(school, organiser, both, other), other)

    def test_a_client_or_nobody_is_not_staff(self, school: School) -> None:
        organiser, client, nobody = uuid4(), school.client(), uuid4()
        school.employ(organiser)
        assert_names(school, self.planning(school, client), client)
        assert_names(school, self.planning(school, organiser, client, organiser, nobody), client, nobody)
        workshop = school.workshop(school.activity())
        assert_names(school, change(workshop, 1, organiser=client), client)
        assert_names(school, change(workshop, 1, trainers=(nobody, organiser)), nobody)

    def test_who_has_left_is_named_no_more_and_stays_where_they_were(self, school: School) -> None:
        admin, former, new = principal(Role.ADMIN), uuid4(), uuid4()
        school.employ(admin.user, roles=(Role.ADMIN,))
        school.employ(new)
        was_theirs = school.workshop(school.activity(), trainers=(former,))
        others = school.workshop(school.activity())
        school.send(RemoveStaff(staff=former), admin)
        assert_names(school, self.planning(school, former), former)
        assert_names(school, change(others, 1, trainers=(former,)), former)
        school.send(change(was_theirs, 1, trainers=(former,), capacity=50))
        assert plan(school, was_theirs).plan.capacity == 50
        school.send(change(was_theirs, 2, trainers=(new,), capacity=50))
        assert_names(school, change(was_theirs, 3, trainers=(former,), capacity=50), former)

    def test_who_was_seen_and_taken_off_meanwhile_is_not_looked_at(self, school: School) -> None:
        """The wish left the trainers as they were seen, and another took them off."""
        admin, former = principal(Role.ADMIN), uuid4()
        school.employ(admin.user, roles=(Role.ADMIN,))
        workshop = school.workshop(school.activity(), trainers=(former,))
        school.send(change(workshop, 1))
        school.send(RemoveStaff(staff=former), admin)
        school.send(change(workshop, 1, trainers=(former,), capacity=50))
        assert (plan(school, workshop).plan.trainers, plan(school, workshop).plan.capacity) == ((), 50)


def assert_names(school: School, command: Command, *people: UUID) -> None:
    """Refused, and these are the people who may not."""
    with pytest.raises(NotStaff) as caught:
        school.send(command)
    assert caught.value.fields == {"people": people}


@pytest.mark.rule("INS-5")
class TestChangeSettings:
    def settings(self, school: School) -> SchoolSettings:
        state = school.side.store.load([SETTINGS.at(SETTINGS_ID)])[0].state
        assert isinstance(state, SchoolSettings)
        return state

    def test_the_deposit_of_the_next_registration_follows(self, school: School) -> None:
        activity = school.activity()
        wanted = in_terms(deposit=5_000)
        school.send(ChangeSettings(seen_version=0, settings=wanted), ADMIN)
        assert self.settings(school) == wanted
        starts = datetime.now(UTC) + timedelta(days=60)
        school.registration(school.client(), activity, school.workshop(activity, starts=starts))
        rows = [school.side.store.decode(row).fact for row in school.side.store.read_after(0, 100)]
        assert [fact.deposit.minor for fact in rows if hasattr(fact, "deposit")] == [5_000]

    def test_what_another_admin_changed_meanwhile_is_shown(self, school: School) -> None:
        school.send(ChangeSettings(seen_version=0, settings=SchoolSettings(proof_hours=40)), ADMIN)
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(ChangeSettings(seen_version=0, settings=SchoolSettings(proof_hours=60)), ADMIN)
        assert caught.value.fields == {"changed": {"proof_hours": {"theirs": 40, "yours": 60}}}
        assert self.settings(school).proof_hours == 40

    def test_another_setting_changed_meanwhile_keeps_its_new_value(self, school: School) -> None:
        school.send(ChangeSettings(seen_version=0, settings=SchoolSettings(proof_hours=40)), ADMIN)
        school.send(ChangeSettings(seen_version=0, settings=SchoolSettings(offer_hours=12)), ADMIN)
        kept = self.settings(school)
        assert (kept.proof_hours, kept.offer_hours) == (40, 12)

    @pytest.mark.parametrize(
        "broken",
        [
            {"terms": in_terms(full_payment_hours=10**12).terms},
            {"terms": in_terms(full_payment_hours=-1).terms},
            {"terms": in_terms(retake_percent=101).terms},
            {"terms": in_terms(deposit=-1).terms},
            {"terms": in_terms(deposit=10**9).terms},
            {"terms": in_terms(late_months=-1).terms},
            {"refund_limit": {Currency.CAD: -1}},
            {"hold_minutes": 0},
            {"offer_hours": 0},
            {"proof_hours": 0},
            {"cheque_months": 25},
            {"mail_text_months": 0},
            {"mail_text_months": 37},
            {"mail_months": 601},
            {"done_within_years": -1},
            {"terms_links": {Region.CANADA: "javascript:alert(1)"}},
            {"terms_links": {Region.CANADA: "https://example.com/ a"}},
            {"series": {Currency.CAD: "CA"}},
            {"series": {Currency.CAD: "CA", Currency.EUR: ""}},
        ],
    )
    def test_settings_that_no_registration_could_use_are_malformed(self, broken: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            ChangeSettings(seen_version=0, settings=SchoolSettings(**broken))

    def test_terms_half_given_are_completed_by_those_of_their_category(self, school: School) -> None:
        half: dict[str, Any] = {"etre_bien": {"EUR": {"deposit": 2_500}}, "regular": {"CAD": {}}}
        body = {"seen_version": 0, "settings": {"terms": half}}
        school.send(ChangeSettings.model_validate_json(json.dumps(body)), ADMIN)
        kept, default = self.settings(school), SchoolSettings()
        for category in Category:
            for currency in Currency:
                changed = category is Category.ETRE_BIEN and currency is Currency.EUR
                expected = default.terms_of(category, currency)
                expected = expected.model_copy(update={"deposit": 2_500}) if changed else expected
                assert kept.terms_of(category, currency) == expected
        assert kept.terms_of(Category.ETRE_BIEN, Currency.EUR).deposit_per_day

    def test_a_figure_given_as_it_is_for_other_categories_is_kept(self, school: School) -> None:
        half: dict[str, Any] = {"etre_bien": {"EUR": {"deposit_per_day": False, "late_everywhere": False}}}
        body = {"seen_version": 0, "settings": {"terms": half}}
        school.send(ChangeSettings.model_validate_json(json.dumps(body)), ADMIN)
        kept = self.settings(school).terms_of(Category.ETRE_BIEN, Currency.EUR)
        assert (kept.deposit, kept.deposit_per_day, kept.late_everywhere) == (2_000, False, False)

    def test_an_unknown_zone_is_refused(self, school: School) -> None:
        with pytest.raises(UnknownZone):
            school.send(ChangeSettings(seen_version=0, settings=SchoolSettings(zone="Mars/Olympus")), ADMIN)

    def test_nobody_but_an_admin_may(self, school: School) -> None:
        with pytest.raises(ForbiddenError):
            school.send(ChangeSettings(seen_version=0, settings=SchoolSettings()))


@pytest.mark.rule("CAT-1")
class TestAddPhase:
    def test_it_keeps_the_order_of_its_activities(self, school: School) -> None:
        activities = tuple(school.activity(name) for name in ("Écoute", "Autonomie", "Présence"))
        made = school.send(AddPhase(number=1, name="Phase 1", activities=activities), ADMIN).made
        state = school.side.store.load([PHASE.at(made["phase"])])[0].state
        assert state == Phase(number=1, name="Phase 1", activities=activities)

    def test_an_unknown_activity_is_refused(self, school: School) -> None:
        with pytest.raises(NoSuchActivity):
            school.send(AddPhase(number=1, name="Phase 1", activities=(uuid4(),)), ADMIN)

    @pytest.mark.rule("INS-12")
    def test_the_same_activity_twice_is_refused_when_it_is_added_and_when_it_is_changed(
        self, school: School
    ) -> None:
        phase, activities = school.phase(size=2)
        twice = (*activities, activities[0])
        wish: dict[str, Any] = {"number": 1, "name": "Phase 1", "activities": twice}
        for command in (AddPhase(**wish), ChangePhase(phase=phase, seen_version=1, prices=(), **wish)):
            with pytest.raises(ActivityTwice):
                school.send(command, ADMIN)


@pytest.mark.rule("CAT-1", "CAT-4")
class TestAddDiscount:
    WISH: ClassVar[dict[str, Any]] = {
        "name": "Étudiant",
        "percent": 10,
        "proof_needed": True,
        "chosen_by": (Role.CLIENT,),
    }

    def test_accounting_and_admin_add_them_and_nobody_else(self, school: School) -> None:
        for who in (ADMIN, ACCOUNTING):
            made = school.send(AddDiscount(**self.WISH), who).made["discount"]
            assert school.side.store.load([DISCOUNT.at(made)])[0].state.percent == 10
        with pytest.raises(ForbiddenError):
            school.send(AddDiscount(**self.WISH))

    @pytest.mark.parametrize(
        "broken",
        [
            {"percent": None},
            {"percent": 0},
            {"percent": 101},
            {"amounts": (Money(minor=100, currency=Currency.CAD),)},
            {"chosen_by": ()},
        ],
    )
    def test_it_is_a_percentage_or_amounts_chosen_by_somebody(self, broken: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            AddDiscount(**self.WISH | broken)
