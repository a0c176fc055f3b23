"""Cancellation terms: when the deposit is lost, and what the case proposes (INS-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregates.client.registrations.decisions import cancel, choose_date, defer
from aggregates.client.registrations.events import (
    CancelReason,
    DateChosen,
    DateMoved,
    RegistrationDeferred,
    Terms,
)
from aggregates.client.registrations.policies import GivenUp, deposit_lost, taken_off_by
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.events import Fee, FeeBasis
from aggregates.invoice.policies import cancellation_fee
from aggregates.kernel import Fact, months_from
from tests.aggregates.given import (
    ACTIVITY,
    NOW,
    OTHER_WORKSHOP,
    REGISTRATION,
    WORKSHOP_ID,
    dossier,
    given,
    registered,
)

ONE_DAY = Terms(deposit_lost_everywhere=False, late_months=1, absence_percent=10)
ETRE_BIEN = Terms(deposit_lost_everywhere=True, late_months=1, absence_percent=10)
PARIS, LAVAL = "Europe/Paris", "America/Toronto"


def date_(day: date, zone: str = LAVAL, *, europe: bool = False) -> GivenUp:
    starts = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return GivenUp(starts, zone, in_person_in_europe=europe)


def at(day: date, hour: int = 12, zone: str = LAVAL) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))


class TestOneMonth:
    @pytest.mark.rule("INS-9")
    @pytest.mark.parametrize(
        ("start", "first_day"),
        [
            (date(2027, 3, 31), date(2027, 2, 28)),
            (date(2028, 3, 31), date(2028, 2, 29)),
            (date(2027, 3, 15), date(2027, 2, 15)),
            (date(2027, 1, 10), date(2026, 12, 10)),
        ],
    )
    def test_it_begins_on_the_same_day_of_the_month_before_or_its_last(
        self, start: date, first_day: date
    ) -> None:
        assert months_from(start, -1) == first_day
        europe = date_(start, PARIS, europe=True)
        assert not deposit_lost(ONE_DAY, europe, at(first_day - timedelta(days=1), zone=PARIS))
        assert deposit_lost(ONE_DAY, europe, at(first_day, zone=PARIS))

    @pytest.mark.rule("INS-9")
    def test_the_day_is_that_of_the_workshops_zone(self) -> None:
        """At 23:30 in Montréal it is the next morning in Paris."""
        evening = datetime(2027, 2, 14, 23, 30, tzinfo=ZoneInfo(LAVAL))
        start = date(2027, 3, 15)
        assert deposit_lost(ETRE_BIEN, date_(start, PARIS), evening)
        assert not deposit_lost(ETRE_BIEN, date_(start, LAVAL), evening)

    @pytest.mark.rule("INS-9")
    def test_so_is_the_day_of_the_start(self) -> None:
        """At 20:30 in Montréal the next day has begun in UTC."""
        tonight = GivenUp(datetime(2027, 3, 15, 20, 30, tzinfo=ZoneInfo(LAVAL)).astimezone(UTC), LAVAL, False)
        assert not deposit_lost(ETRE_BIEN, tonight, at(date(2027, 2, 14)))
        assert deposit_lost(ETRE_BIEN, tonight, at(date(2027, 2, 15)))


class TestWhoLosesIt:
    LATE = at(date(2027, 3, 1))
    START = date(2027, 3, 15)

    @pytest.mark.rule("INS-9")
    @pytest.mark.parametrize(
        ("terms", "europe", "lost"),
        [
            (ONE_DAY, False, False),
            (ONE_DAY, True, True),
            (ETRE_BIEN, False, True),
            (ETRE_BIEN, True, True),
            (None, True, False),
        ],
    )
    def test_in_europe_in_person_everybody_elsewhere_etre_bien_and_two_days(
        self, terms: Terms | None, europe: bool, lost: bool
    ) -> None:
        assert deposit_lost(terms, date_(self.START, europe=europe), self.LATE) is lost

    @pytest.mark.rule("INS-5", "INS-9")
    def test_the_terms_are_those_of_the_sale(self) -> None:
        two_months = ETRE_BIEN.model_copy(update={"late_months": 2})
        early = at(date(2027, 1, 20))
        assert deposit_lost(two_months, date_(self.START), early)
        assert not deposit_lost(ETRE_BIEN, date_(self.START), early)


SOON = GivenUp(NOW + timedelta(days=10), LAVAL, in_person_in_europe=False)
FAR = replace(SOON, starts=NOW + timedelta(days=90))
SOLD = registered(terms=ETRE_BIEN, starts=SOON.starts)
DEFERRED_LATE = RegistrationDeferred(registration=REGISTRATION, workshop=WORKSHOP_ID, deposit_lost=True)


def open_one(*facts: Fact) -> ToSchedule | Scheduled:
    state = given(CLIENT, dossier(), *facts).state
    assert isinstance(state, Dossier)
    registration = state.registrations[REGISTRATION]
    assert isinstance(registration, ToSchedule | Scheduled)
    return registration


def proposed(*facts: Fact, date_: GivenUp | None = None, why: CancelReason = CancelReason.ASKED) -> Fee:
    return cancellation_fee(open_one(*facts), date_, now=NOW, why=why)


class TestWhatIsProposed:
    @pytest.mark.rule("INS-9")
    def test_late_it_is_the_deposit_early_nothing(self) -> None:
        assert proposed(SOLD, date_=SOON) == Fee(basis=FeeBasis.LATE, workshop=WORKSHOP_ID)
        assert proposed(SOLD, date_=FAR) == Fee(basis=FeeBasis.NONE, workshop=WORKSHOP_ID)

    @pytest.mark.rule("INS-9")
    def test_deferred_within_the_month_then_cancelled_it_is_the_fee_of_the_date_given_up(self) -> None:
        given(CLIENT, dossier(), SOLD).when(defer, REGISTRATION, date_=SOON, now=NOW, by_staff=False).then(
            DEFERRED_LATE
        )
        assert proposed(SOLD, DEFERRED_LATE) == Fee(basis=FeeBasis.LATE_DEFERRAL, workshop=WORKSHOP_ID)

    @pytest.mark.rule("INS-9")
    def test_deferred_in_time_it_is_nothing(self) -> None:
        in_time = DEFERRED_LATE.model_copy(update={"deposit_lost": False})
        given(CLIENT, dossier(), SOLD).when(defer, REGISTRATION, date_=FAR, now=NOW, by_staff=False).then(
            in_time
        )
        assert proposed(SOLD, in_time) == Fee(basis=FeeBasis.NONE)

    @pytest.mark.rule("INS-9")
    def test_a_new_date_does_not_wipe_out_the_one_given_up_late(self) -> None:
        chosen = DateChosen(
            registration=REGISTRATION, workshop=OTHER_WORKSHOP, starts=FAR.starts, given_up=None
        )
        given(CLIENT, dossier(), SOLD, DEFERRED_LATE).when(
            choose_date,
            REGISTRATION,
            workshop=OTHER_WORKSHOP,
            activity=ACTIVITY,
            starts=FAR.starts,
            left=None,
            now=NOW,
            by_staff=True,
        ).then(chosen)
        expected = Fee(basis=FeeBasis.LATE_DEFERRAL, workshop=WORKSHOP_ID)
        assert proposed(SOLD, DEFERRED_LATE, chosen, date_=FAR) == expected

    @pytest.mark.rule("INS-9")
    @pytest.mark.parametrize(("left", "lost"), [(SOON, True), (FAR, False)])
    def test_changing_for_a_far_date_within_the_month_is_no_way_round(
        self, left: GivenUp, lost: bool
    ) -> None:
        chosen = DateChosen(
            registration=REGISTRATION,
            workshop=OTHER_WORKSHOP,
            starts=FAR.starts,
            given_up=WORKSHOP_ID,
            deposit_lost=lost,
        )
        given(CLIENT, dossier(), SOLD).when(
            choose_date,
            REGISTRATION,
            workshop=OTHER_WORKSHOP,
            activity=ACTIVITY,
            starts=FAR.starts,
            left=left,
            now=NOW,
            by_staff=True,
        ).then(chosen)
        basis = FeeBasis.LATE_DEFERRAL if lost else FeeBasis.NONE
        assert proposed(SOLD, chosen, date_=FAR).basis is basis

    @pytest.mark.rule("INS-9", "ATE-4")
    def test_no_fee_when_the_school_cancelled_the_workshop(self) -> None:
        by_school = RegistrationDeferred(registration=REGISTRATION, workshop=WORKSHOP_ID, by_school=True)
        assert proposed(SOLD, by_school) == Fee(basis=FeeBasis.BY_SCHOOL, workshop=WORKSHOP_ID)

    @pytest.mark.rule("INS-9", "ATE-10")
    def test_deferring_a_date_that_the_school_moved_costs_nothing(self) -> None:
        moved = DateMoved(registration=REGISTRATION, workshop=WORKSHOP_ID, starts=SOON.starts)
        given(CLIENT, dossier(), SOLD, moved).when(
            defer, REGISTRATION, date_=SOON, now=NOW, by_staff=False
        ).then(DEFERRED_LATE.model_copy(update={"deposit_lost": False}))

    @pytest.mark.rule("INS-9", "ATE-10")
    def test_cancelling_a_date_that_the_school_moved_costs_nothing_either(self) -> None:
        moved = DateMoved(registration=REGISTRATION, workshop=WORKSHOP_ID, starts=SOON.starts)
        assert proposed(SOLD, moved, date_=SOON) == Fee(basis=FeeBasis.BY_SCHOOL, workshop=WORKSHOP_ID)

    @pytest.mark.rule("INS-9", "ATE-10", "ATE-5")
    def test_the_case_of_a_moved_date_that_was_deferred_says_so_until_another_date_is_chosen(self) -> None:
        moved = DateMoved(registration=REGISTRATION, workshop=WORKSHOP_ID, starts=SOON.starts)
        left = RegistrationDeferred(registration=REGISTRATION, workshop=WORKSHOP_ID)
        assert proposed(SOLD, moved, left) == Fee(basis=FeeBasis.BY_SCHOOL, workshop=WORKSHOP_ID)
        state = given(CLIENT, dossier(), SOLD, moved, left).state
        assert isinstance(state, Dossier)
        assert not taken_off_by(state.places, REGISTRATION, WORKSHOP_ID), "no restored workshop takes it back"
        chosen = DateChosen(
            registration=REGISTRATION, workshop=OTHER_WORKSHOP, starts=SOON.starts, given_up=None
        )
        assert proposed(SOLD, moved, left, chosen, date_=SOON).basis is FeeBasis.LATE
        assert proposed(SOLD, moved, left, chosen, date_=FAR).basis is FeeBasis.NONE

    @pytest.mark.rule("INS-9", "ATE-4", "ATE-10")
    def test_a_date_given_up_late_stays_in_mind_when_the_school_moves_the_next_one(self) -> None:
        chosen = DateChosen(
            registration=REGISTRATION, workshop=OTHER_WORKSHOP, starts=FAR.starts, given_up=None
        )
        moved = DateMoved(registration=REGISTRATION, workshop=OTHER_WORKSHOP, starts=SOON.starts)
        before = (SOLD, DEFERRED_LATE, chosen, moved)
        expected = Fee(basis=FeeBasis.LATE_DEFERRAL, workshop=WORKSHOP_ID)
        assert proposed(*before, date_=SOON) == expected
        left = RegistrationDeferred(registration=REGISTRATION, workshop=OTHER_WORKSHOP)
        assert proposed(*before, left) == expected
        cancelled = left.model_copy(update={"by_school": True})
        assert proposed(*before, cancelled) == Fee(basis=FeeBasis.BY_SCHOOL, workshop=OTHER_WORKSHOP)

    @pytest.mark.rule("INS-9", "INS-10", "INS-11")
    @pytest.mark.parametrize(
        ("why", "basis"),
        [(CancelReason.TO_PHASE, FeeBasis.TO_PHASE), (CancelReason.MISTAKE, FeeBasis.MISTAKE)],
    )
    def test_no_fee_for_a_mistake_nor_for_moving_to_a_phase(self, why: CancelReason, basis: FeeBasis) -> None:
        assert proposed(SOLD, date_=SOON, why=why) == Fee(basis=basis)

    @pytest.mark.rule("INS-7")
    def test_cancelling_says_why(self) -> None:
        (fact,) = cancel(
            given(CLIENT, dossier(), SOLD).state,
            REGISTRATION,
            now=NOW,
            by_staff=True,
            why=CancelReason.MISTAKE,
        )
        assert fact.why is CancelReason.MISTAKE  # type: ignore[union-attr]
