"""A workshop's plan, its seats and who was there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aggregates.catalogue.settings import Region
from aggregates.client.registrations.policies import GivenUp
from aggregates.kernel import Fact, Role
from aggregates.staff.events import StaffAdded
from aggregates.staff.state import STAFF as STAFF_USER, FormerStaff, Staff
from aggregates.workshop.closing.events import WorkshopClosed
from aggregates.workshop.decisions import (
    change_plan,
    dismiss_assistant,
    free_seat,
    name_assistant,
    plan,
    take_seat,
    tick,
    untick,
)
from aggregates.workshop.events import (
    AssistantDismissed,
    AssistantNamed,
    AttendanceTicked,
    AttendanceUnticked,
    SeatFreed,
    SeatTaken,
    Session,
    WorkshopPlanChanged,
)
from aggregates.workshop.policies import as_given_up, checked_seats, last_day, staff_at_workshops
from aggregates.workshop.refusals import (
    AlreadyOnRoster,
    NoSuchWorkshop,
    NotOnRoster,
    NotStaff,
    NotYetStarted,
    RetakeLimitAboveCapacity,
    RetakesFull,
    SessionsUnordered,
    WorkshopFull,
    WorkshopIsClosed,
    WorkshopStarted,
)
from aggregates.workshop.state import WORKSHOP, Plan, Planned
from tests.aggregates.given import (
    ACTIVITY,
    CLIENT_ID,
    INVOICE_ID,
    NOW,
    ORGANISER,
    OTHER_CLIENT,
    REGISTRATION,
    given,
    planned,
    session,
    uid,
)

STARTS = NOW + timedelta(days=30)
STAFF: dict[str, Any] = {"client": CLIENT_ID, "now": NOW, "by_staff": True}


def details(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "organiser": ORGANISER,
        "trainers": (),
        "capacity": 60,
        "retake_limit": 5,
        "place_note": "Porte B",
        "practical_note": "Apporter un coussin.",
    }
    return Plan(**values | changes)


def planning(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "activity": ACTIVITY,
        "venue": uid("venue"),
        "zone": "America/Toronto",
        "sessions": [session(STARTS)],
        "details": details(),
    }
    return values | changes


def changed(**changes: Any) -> WorkshopPlanChanged:
    new = details(**changes)
    return WorkshopPlanChanged(
        organiser=new.organiser,
        trainers=new.trainers,
        capacity=new.capacity,
        retake_limit=new.retake_limit,
        place_note=new.place_note,
        practical_note=new.practical_note,
    )


def seat(name: str = "registration", *, retake: bool = False) -> SeatTaken:
    return SeatTaken(registration=uid(name), client=uid(f"client of {name}"), retake=retake)


def seats(count: int, *, retake: bool = False, first: int = 0) -> list[Fact]:
    return [seat(f"{'R' if retake else ''}{n}", retake=retake) for n in range(first, first + count)]


class TestPlanning:
    @pytest.mark.rule("ATE-1")
    def test_a_workshop_stands_as_planned(self) -> None:
        after = given(WORKSHOP).when(plan, **planning()).then(planned())
        assert isinstance(after, Planned)
        assert (after.starts, after.ends) == (STARTS, STARTS + timedelta(hours=8))

    @pytest.mark.rule("ATE-1", "ATE-7")
    def test_it_knows_its_region_and_whether_it_is_the_schools_own(self) -> None:
        europe: dict[str, Any] = {"region": Region.EUROPE, "independent": True}
        after = given(WORKSHOP).when(plan, **planning(**europe)).then(planned(**europe))
        assert isinstance(after, Planned)
        assert (after.region, after.independent) == (Region.EUROPE, True)

    @pytest.mark.rule("INS-2")
    def test_its_last_day_is_that_of_its_own_zone(self) -> None:
        """It ends at 20:00 in Montréal, when the next day has begun in UTC."""
        evening = session(datetime(2027, 1, 9, 17, tzinfo=UTC))
        workshop = given(WORKSHOP, planned(sessions=(evening,))).state
        assert isinstance(workshop, Planned)
        assert evening.ends == datetime(2027, 1, 10, 1, tzinfo=UTC)
        assert last_day(workshop) == date(2027, 1, 9)

    @pytest.mark.rule("INS-9")
    @pytest.mark.parametrize(
        ("region", "europe"), [(Region.EUROPE, True), (Region.CANADA, False), (None, False)]
    )
    def test_the_terms_see_its_start_its_zone_and_whether_it_is_in_europe(
        self, region: Region | None, europe: bool
    ) -> None:
        workshop = given(WORKSHOP, planned(region=region)).state
        assert isinstance(workshop, Planned)
        assert as_given_up(workshop) == GivenUp(STARTS, "America/Toronto", in_person_in_europe=europe)

    @pytest.mark.rule("ATE-1")
    def test_organiser_and_trainers_are_staff_who_are_at_workshops(self) -> None:
        def staff(role: Role) -> Staff:
            added = StaffAdded(person=uid(role), name="Aimée Côté", email="a@example.com", roles=(role,))
            return given(STAFF_USER, added).state

        staff_at_workshops({uid(r): staff(r) for r in (Role.ORGANISER, Role.TRAINER, Role.OFFICE)})
        gone = FormerStaff(uid("gone"), "Aimée Côté")
        people = {uid("trainer"): staff(Role.TRAINER), uid("auditor"): staff(Role.AUDITOR)}
        with pytest.raises(NotStaff) as caught:
            staff_at_workshops(people | {uid("nobody"): STAFF_USER.initial, uid("gone"): gone})
        assert caught.value.fields == {"people": (uid("auditor"), uid("nobody"), uid("gone"))}

    def test_planned_twice_is_planned_once(self) -> None:
        given(WORKSHOP, planned()).when(plan, **planning()).then_nothing()

    @pytest.mark.rule("ATE-1")
    @pytest.mark.parametrize(
        "sessions",
        [
            [],
            [Session(starts=STARTS, ends=STARTS)],
            [Session(starts=STARTS, ends=STARTS - timedelta(hours=1))],
            [session(STARTS), session(STARTS + timedelta(hours=7))],
            [session(STARTS + timedelta(days=1)), session(STARTS)],
        ],
        ids=["none", "no length", "ends before", "overlapping", "backwards"],
    )
    def test_sessions_follow_each_other(self, sessions: list[Session]) -> None:
        given(WORKSHOP).when(plan, **planning(sessions=sessions)).then_refused(SessionsUnordered)

    @pytest.mark.rule("ATE-1")
    def test_one_session_may_begin_as_the_other_ends(self) -> None:
        touching = [session(STARTS), session(STARTS + timedelta(hours=8))]
        given(WORKSHOP).when(plan, **planning(sessions=touching)).then(planned(sessions=tuple(touching)))

    @pytest.mark.rule("ATE-1")
    @pytest.mark.parametrize("limit", [None, 0, 60])
    def test_the_retake_limit_reaches_from_none_to_the_capacity(self, limit: int | None) -> None:
        given(WORKSHOP).when(plan, **planning(details=details(retake_limit=limit))).then(
            planned(retake_limit=limit)
        )

    @pytest.mark.rule("ATE-1")
    def test_a_retake_limit_above_the_capacity_is_refused(self) -> None:
        too_many = planning(details=details(retake_limit=61))
        given(WORKSHOP).when(plan, **too_many).then_refused(
            RetakeLimitAboveCapacity, retake_limit=61, capacity=60
        )


class TestChangingThePlan:
    @pytest.mark.rule("ATE-1")
    def test_capacity_limit_people_and_notes_change(self) -> None:
        new = details(capacity=62, retake_limit=6, place_note="Porte C", trainers=(uid("trainer"),))
        after = (
            given(WORKSHOP, planned())
            .when(change_plan, new)
            .then(changed(capacity=62, retake_limit=6, place_note="Porte C", trainers=(uid("trainer"),)))
        )
        assert isinstance(after, Planned)
        assert after.plan == new

    def test_the_plan_that_stands_is_nothing_new(self) -> None:
        given(WORKSHOP, planned()).when(change_plan, details()).then_nothing()

    @pytest.mark.rule("ATE-1")
    def test_below_what_is_taken_nobody_loses_a_place_and_nobody_new_gets_one(self) -> None:
        full = given(WORKSHOP, planned(), *seats(60))
        after = full.when(change_plan, details(capacity=58)).then(changed(capacity=58))
        assert isinstance(after, Planned)
        assert len(after.seats) == 60
        given(WORKSHOP, planned(), *seats(60), changed(capacity=58)).when(
            take_seat, REGISTRATION, retake=False, **STAFF
        ).then_refused(WorkshopFull, capacity=58, organiser=ORGANISER)

    @pytest.mark.rule("ATE-1")
    def test_a_lower_retake_limit_lets_no_new_retake_in(self) -> None:
        past = given(WORKSHOP, planned(), *seats(5, retake=True), changed(retake_limit=3))
        past.when(take_seat, REGISTRATION, retake=True, **STAFF).then_refused(
            RetakesFull, retake_limit=3, organiser=ORGANISER
        )

    @pytest.mark.rule("ATE-1")
    def test_a_retake_limit_above_the_capacity_is_refused(self) -> None:
        given(WORKSHOP, planned()).when(change_plan, details(capacity=4)).then_refused(
            RetakeLimitAboveCapacity, retake_limit=5, capacity=4
        )

    def test_an_unknown_workshop_is_missing(self) -> None:
        given(WORKSHOP).when(change_plan, details()).then_refused(NoSuchWorkshop)


class TestSeats:
    @pytest.mark.rule("ATE-2")
    def test_the_last_seat_can_be_taken(self) -> None:
        after = (
            given(WORKSHOP, planned(), *seats(59))
            .when(take_seat, REGISTRATION, retake=False, **STAFF)
            .then(SeatTaken(registration=REGISTRATION, client=CLIENT_ID, retake=False))
        )
        assert isinstance(after, Planned)
        assert len(after.seats) == 60

    @pytest.mark.rule("ATE-7")
    def test_a_seat_knows_the_invoice_on_which_its_line_stands(self) -> None:
        on_invoice = {"retake": False, "invoice": INVOICE_ID}
        after = (
            given(WORKSHOP, planned())
            .when(take_seat, REGISTRATION, **STAFF, **on_invoice)
            .then(SeatTaken(registration=REGISTRATION, client=CLIENT_ID, **on_invoice))
        )
        assert isinstance(after, Planned)
        assert after.seats[REGISTRATION].invoice == INVOICE_ID

    @pytest.mark.rule("ATE-2")
    def test_one_more_than_the_capacity_is_refused_with_whom_to_contact(self) -> None:
        given(WORKSHOP, planned(), *seats(60)).when(
            take_seat, REGISTRATION, retake=False, **STAFF
        ).then_refused(WorkshopFull, capacity=60, organiser=ORGANISER)

    @pytest.mark.rule("ATE-1")
    def test_retakes_count_in_the_capacity(self) -> None:
        given(WORKSHOP, planned(), *seats(55), *seats(5, retake=True)).when(
            take_seat, REGISTRATION, retake=False, **STAFF
        ).then_refused(WorkshopFull, capacity=60, organiser=ORGANISER)

    @pytest.mark.rule("ATE-2")
    def test_only_the_retake_limit_refuses_a_retake_and_it_is_told_so(self) -> None:
        past = given(WORKSHOP, planned(), *seats(5, retake=True))
        past.when(take_seat, REGISTRATION, retake=True, **STAFF).then_refused(
            RetakesFull, retake_limit=5, organiser=ORGANISER
        )
        past.when(take_seat, REGISTRATION, retake=False, **STAFF).then(
            SeatTaken(registration=REGISTRATION, client=CLIENT_ID, retake=False)
        )

    @pytest.mark.rule("ATE-1")
    def test_the_fifth_retake_of_five_passes(self) -> None:
        given(WORKSHOP, planned(), *seats(4, retake=True)).when(
            take_seat, REGISTRATION, retake=True, **STAFF
        ).then(SeatTaken(registration=REGISTRATION, client=CLIENT_ID, retake=True))

    @pytest.mark.rule("ATE-1")
    def test_a_limit_of_0_means_no_retake_and_no_limit_as_many_as_seats(self) -> None:
        wish = SeatTaken(registration=REGISTRATION, client=CLIENT_ID, retake=True)
        given(WORKSHOP, planned(retake_limit=0)).when(
            take_seat, REGISTRATION, retake=True, **STAFF
        ).then_refused(RetakesFull, retake_limit=0, organiser=ORGANISER)
        given(WORKSHOP, planned(retake_limit=None), *seats(59, retake=True)).when(
            take_seat, REGISTRATION, retake=True, **STAFF
        ).then(wish)

    def test_the_same_seat_again_is_nothing_new_even_when_full(self) -> None:
        past = given(WORKSHOP, planned(capacity=1, retake_limit=0), seat())
        past.when(take_seat, REGISTRATION, retake=False, **STAFF).then_nothing()

    @pytest.mark.rule("INS-12")
    def test_a_client_holds_one_seat_per_workshop(self) -> None:
        mine = SeatTaken(registration=uid("first"), client=CLIENT_ID, retake=False)
        given(WORKSHOP, planned(), mine).when(take_seat, REGISTRATION, retake=False, **STAFF).then_refused(
            AlreadyOnRoster
        )
        given(WORKSHOP, planned(), mine).when(
            take_seat, REGISTRATION, retake=False, **STAFF | {"client": OTHER_CLIENT}
        ).then(SeatTaken(registration=REGISTRATION, client=OTHER_CLIENT, retake=False))

    @pytest.mark.rule("INS-15")
    def test_from_the_start_on_staff_register_and_clients_do_not(self) -> None:
        started = given(WORKSHOP, planned(sessions=(session(NOW),)))
        taken = SeatTaken(registration=REGISTRATION, client=CLIENT_ID, retake=False)
        started.when(take_seat, REGISTRATION, retake=False, **STAFF | {"by_staff": False}).then_refused(
            WorkshopStarted, starts=NOW
        )
        started.when(take_seat, REGISTRATION, retake=False, **STAFF).then(taken)
        just_before = given(WORKSHOP, planned(sessions=(session(NOW + timedelta(microseconds=1)),)))
        just_before.when(take_seat, REGISTRATION, retake=False, **STAFF | {"by_staff": False}).then(taken)

    @pytest.mark.rule("INS-7")
    def test_a_freed_seat_can_be_taken_by_the_next(self) -> None:
        freed = SeatFreed(registration=REGISTRATION, client=uid("client of registration"))
        full = given(WORKSHOP, planned(capacity=1, retake_limit=0), seat())
        after = full.when(free_seat, REGISTRATION).then(freed)
        assert isinstance(after, Planned)
        assert not after.seats
        given(WORKSHOP, planned(capacity=1, retake_limit=0), seat(), freed).when(
            take_seat, uid("next"), retake=False, **STAFF
        ).then(SeatTaken(registration=uid("next"), client=CLIENT_ID, retake=False))

    @pytest.mark.rule("LIS-2")
    def test_those_checked_on_the_roster_are_on_it(self) -> None:
        workshop = given(WORKSHOP, planned(), *seats(3)).state
        assert isinstance(workshop, Planned)
        clients = {uid("2"): uid("client of 2"), uid("0"): uid("client of 0")}
        assert checked_seats(workshop, [uid("2"), uid("0")]) == clients
        with pytest.raises(NotOnRoster) as caught:
            checked_seats(workshop, [uid("2"), uid("nobody")])
        assert caught.value.fields == {"registration": uid("nobody")}

    def test_a_seat_not_held_frees_nothing(self) -> None:
        given(WORKSHOP, planned()).when(free_seat, REGISTRATION).then_nothing()

    def test_an_unknown_workshop_is_missing(self) -> None:
        given(WORKSHOP).when(take_seat, REGISTRATION, retake=False, **STAFF).then_refused(NoSuchWorkshop)
        given(WORKSHOP).when(free_seat, REGISTRATION).then_refused(NoSuchWorkshop)


# 8:00 in Tokyo on December 1st is still November 30th in UTC and in Toronto.
TOKYO_MORNING = datetime(2026, 11, 30, 23, tzinfo=UTC)


class TestAttendance:
    @pytest.mark.rule("INS-13")
    def test_those_ticked_are_present_and_the_others_are_not(self) -> None:
        after = (
            given(WORKSHOP, planned(), seat("a"), seat("b"))
            .when(tick, [uid("a")], now=STARTS)
            .then(AttendanceTicked(registrations=(uid("a"),)))
        )
        assert isinstance(after, Planned)
        assert (after.seats[uid("a")].present, after.seats[uid("b")].present) == (True, False)

    @pytest.mark.rule("LIS-2")
    def test_those_ticked_before_are_not_ticked_again(self) -> None:
        past = given(WORKSHOP, planned(), seat("a"), seat("b"), AttendanceTicked(registrations=(uid("a"),)))
        past.when(tick, [uid("a"), uid("b"), uid("b")], now=STARTS).then(
            AttendanceTicked(registrations=(uid("b"),))
        )
        past.when(tick, [uid("a")], now=STARTS).then_nothing()
        past.when(tick, [], now=STARTS).then_nothing()

    @pytest.mark.rule("INS-13")
    def test_a_registration_without_seat_here_cannot_be_ticked_or_unticked(self) -> None:
        past = given(WORKSHOP, planned(), seat("a"))
        past.when(tick, [uid("a"), uid("stranger")], now=STARTS).then_refused(
            NotOnRoster, registration=uid("stranger")
        )
        past.when(untick, [uid("stranger")]).then_refused(NotOnRoster, registration=uid("stranger"))

    @pytest.mark.rule("INS-13")
    def test_ticks_are_taken_back(self) -> None:
        past = given(WORKSHOP, planned(), seat("a"), seat("b"), AttendanceTicked(registrations=(uid("a"),)))
        after = past.when(untick, [uid("a"), uid("b")]).then(AttendanceUnticked(registrations=(uid("a"),)))
        assert isinstance(after, Planned)
        assert not after.seats[uid("a")].present
        past.when(untick, [uid("b")]).then_nothing()

    @pytest.mark.rule("INS-13")
    def test_ticking_opens_on_the_first_day_in_the_workshops_zone(self) -> None:
        tokyo = given(WORKSHOP, planned(zone="Asia/Tokyo", sessions=(session(TOKYO_MORNING),)), seat("a"))
        midnight = datetime(2026, 11, 30, 15, tzinfo=UTC)
        tokyo.when(tick, [uid("a")], now=midnight - timedelta(seconds=1)).then_refused(
            NotYetStarted, starts=TOKYO_MORNING
        )
        tokyo.when(tick, [uid("a")], now=midnight).then(AttendanceTicked(registrations=(uid("a"),)))

    def test_an_unknown_workshop_is_missing(self) -> None:
        given(WORKSHOP).when(tick, [], now=NOW).then_refused(NoSuchWorkshop)
        given(WORKSHOP).when(untick, []).then_refused(NoSuchWorkshop)


class TestAssistants:
    @pytest.mark.rule("LIS-1")
    def test_they_are_named_and_dismissed_once_and_take_no_seat(self) -> None:
        past = given(WORKSHOP, planned())
        after = past.when(name_assistant, CLIENT_ID).then(AssistantNamed(client=CLIENT_ID))
        named = given(WORKSHOP, planned(), AssistantNamed(client=CLIENT_ID))
        assert isinstance(after, Planned)
        assert (after.assistants, after.seats) == ((CLIENT_ID,), {})
        named.when(name_assistant, CLIENT_ID).then_nothing()
        named.when(dismiss_assistant, CLIENT_ID).then(AssistantDismissed(client=CLIENT_ID))
        past.when(dismiss_assistant, CLIENT_ID).then_nothing()

    def test_a_closed_list_keeps_those_it_had(self) -> None:
        closed = given(WORKSHOP, planned(), AssistantNamed(client=CLIENT_ID), WorkshopClosed())
        closed.when(dismiss_assistant, CLIENT_ID).then_refused(WorkshopIsClosed)
        closed.when(name_assistant, OTHER_CLIENT).then_refused(WorkshopIsClosed)
