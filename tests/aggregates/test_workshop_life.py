"""A workshop that is cancelled, restored, moved; and a roster that is frozen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from aggregates.catalogue.settings import Region
from aggregates.client.registrations.decisions import (
    Whereabouts,
    move_date,
    put_back_by_school,
    taken_off_by_school,
)
from aggregates.client.registrations.events import (
    DateChosen,
    DateMoved,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationRestored,
)
from aggregates.client.registrations.policies import open_registration, taken_off_by
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Fact, Refused
from aggregates.workshop.closing.events import RosterHandedOver, WorkshopClosed
from aggregates.workshop.decisions import (
    cancel,
    change_plan,
    free_seat,
    move,
    pass_seat,
    restore,
    take_seat,
    tick,
    untick,
)
from aggregates.workshop.events import (
    AttendanceTicked,
    SeatFreed,
    SeatPassed,
    SeatTaken,
    Session,
    WorkshopCancelled,
    WorkshopMoved,
    WorkshopPlanChanged,
    WorkshopRestored,
)
from aggregates.workshop.refusals import (
    MovedToPast,
    NoSuchWorkshop,
    NotOnRoster,
    RosterIsHandedOver,
    SessionsUnordered,
    WorkshopBegun,
    WorkshopFollowed,
    WorkshopIsCancelled,
    WorkshopIsClosed,
)
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Plan, Planned
from aggregates.workshop.waiting.decisions import join_waiting_list
from aggregates.workshop.waiting.events import SeatHeld, SeatOffered, ShortOf, WaitingListJoined
from aggregates.workshop.waiting.refusals import WaitingListClosed
from tests.aggregates.given import (
    ACTIVITY,
    NOW,
    ORGANISER,
    OTHER_ACTIVITY,
    OTHER_WORKSHOP,
    REGISTRATION,
    WORKSHOP_ID,
    Decision,
    dossier,
    given,
    planned,
    registered,
    session,
    uid,
)

STARTS = NOW + timedelta(days=30)
REASON = "La salle est inondée."


def seat(name: str, *, retake: bool = False) -> SeatTaken:
    return SeatTaken(registration=uid(name), client=uid(f"client of {name}"), retake=retake)


def cancelled(*names: str, waiting: Sequence[str] = ()) -> WorkshopCancelled:
    return WorkshopCancelled(
        reason=REASON,
        registrations=tuple(uid(name) for name in names),
        waiting=tuple(uid(name) for name in waiting),
    )


def restored(*back: str, moved_on: Sequence[str] = (), no_seat: Sequence[str] = ()) -> WorkshopRestored:
    return WorkshopRestored(
        back=tuple(uid(name) for name in back),
        moved_on=tuple(uid(name) for name in moved_on),
        no_seat=tuple(uid(name) for name in no_seat),
    )


def plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "organiser": ORGANISER,
        "trainers": (),
        "capacity": 60,
        "retake_limit": 5,
        "place_note": "Porte B",
        "practical_note": "Apporter un coussin.",
    }
    return Plan(**values | changes)


def plan_changed(**changes: Any) -> WorkshopPlanChanged:
    return WorkshopPlanChanged(**vars(plan(**changes)))


class TestCancelling:
    @pytest.mark.rule("ATE-4")
    def test_it_names_who_was_on_it_in_seat_order_and_who_waited(self) -> None:
        waits = WaitingListJoined(client=uid("waits"), retake=False, short_of=ShortOf.SEATS)
        held = SeatHeld(registration=uid("held"), client=uid("h"), retake=False, until=STARTS)
        after = (
            given(WORKSHOP, planned(), seat("b"), seat("a"), waits, held)
            .when(cancel, reason=REASON)
            .then(cancelled("b", "a", waiting=["waits"]))
        )
        assert isinstance(after, CancelledWorkshop)
        assert list(after.was.seats) == [uid("b"), uid("a")]

    @pytest.mark.rule("ATE-4")
    def test_an_empty_one_too(self) -> None:
        given(WORKSHOP, planned()).when(cancel, reason=REASON).then(cancelled())

    @pytest.mark.rule("ATE-4")
    def test_never_where_somebody_followed_it(self) -> None:
        ticked = AttendanceTicked(registrations=(uid("a"), uid("b")))
        given(WORKSHOP, planned(), seat("a"), seat("b"), seat("c"), ticked).when(
            cancel, reason=REASON
        ).then_refused(WorkshopFollowed, count=2)

    def test_cancelled_twice_is_cancelled_once(self) -> None:
        given(WORKSHOP, planned(), cancelled()).when(cancel, reason="Autre").then_nothing()

    def test_an_unknown_workshop_is_missing(self) -> None:
        given(WORKSHOP).when(cancel, reason=REASON).then_refused(NoSuchWorkshop)


class TestACancelledWorkshop:
    PAST = given(WORKSHOP, planned(), seat("a"), cancelled("a"))

    @pytest.mark.rule("ATE-4")
    @pytest.mark.parametrize(
        ("decision", "named"),
        [
            (
                take_seat,
                {
                    "registration": uid("b"),
                    "client": uid("b"),
                    "retake": False,
                    "now": NOW,
                    "by_staff": True,
                },
            ),
            (free_seat, {"registration": uid("a")}),
            (tick, {"registrations": [uid("a")], "now": STARTS}),
            (untick, {"registrations": [uid("a")]}),
            (join_waiting_list, {"client": uid("b"), "retake": False, "now": NOW}),
            (move, {"sessions": [session(STARTS)], "zone": "UTC", "venue": None, "region": None, "now": NOW}),
        ],
    )
    def test_takes_nobody_and_says_why(self, decision: Decision, named: dict[str, Any]) -> None:
        self.PAST.when(decision, **named).then_refused(WorkshopIsCancelled)

    @pytest.mark.rule("ATE-5")
    def test_may_get_another_plan_before_it_is_restored(self) -> None:
        after = self.PAST.when(change_plan, plan(capacity=8, retake_limit=1)).then(
            plan_changed(capacity=8, retake_limit=1)
        )
        assert isinstance(after, CancelledWorkshop)
        assert after.plan.capacity == 8


class TestRestoring:
    @pytest.mark.rule("ATE-5")
    def test_those_still_free_come_back_in_the_order_of_their_seats(self) -> None:
        past = given(WORKSHOP, planned(), seat("c"), seat("b"), seat("a"), cancelled("c", "b", "a"))
        after = past.when(restore, still_off={uid("a"), uid("c")}, now=NOW).then(
            restored("c", "a", moved_on=["b"])
        )
        assert isinstance(after, Planned)
        assert list(after.seats) == [uid("c"), uid("a")]

    @pytest.mark.rule("ATE-5")
    def test_who_finds_no_seat_any_more_stays_to_schedule(self) -> None:
        smaller = plan_changed(capacity=2, retake_limit=1)
        past = given(WORKSHOP, planned(), seat("a"), seat("b"), seat("c"), cancelled("a", "b", "c"), smaller)
        everybody = {uid("a"), uid("b"), uid("c")}
        past.when(restore, still_off=everybody, now=NOW).then(restored("a", "b", no_seat=["c"]))

    @pytest.mark.rule("ATE-5")
    def test_retakes_come_back_within_their_limit_and_pass_their_seat_to_the_next(self) -> None:
        names = ["r1", "r2", "a", "b"]
        on_it = [seat(name, retake=name.startswith("r")) for name in names]
        smaller = plan_changed(capacity=3, retake_limit=1)
        past = given(WORKSHOP, planned(), *on_it, cancelled(*names), smaller)
        past.when(restore, still_off={uid(name) for name in names}, now=NOW).then(
            restored("r1", "a", "b", no_seat=["r2"])
        )

    @pytest.mark.rule("ATE-5")
    def test_every_retake_that_came_back_counts(self) -> None:
        names = ["r1", "a", "r2", "r3"]
        on_it = [seat(name, retake=name.startswith("r")) for name in names]
        past = given(WORKSHOP, planned(), *on_it, cancelled(*names), plan_changed(retake_limit=2))
        past.when(restore, still_off={uid(name) for name in names}, now=NOW).then(
            restored("r1", "a", "r2", no_seat=["r3"])
        )

    @pytest.mark.rule("ATE-5")
    def test_the_waiting_list_stays_closed(self) -> None:
        past = given(WORKSHOP, planned(capacity=1, retake_limit=0), seat("a"), cancelled("a"), restored("a"))
        past.when(join_waiting_list, uid("waits"), retake=False, now=NOW).then_refused(WaitingListClosed)

    @pytest.mark.rule("ATE-5")
    def test_only_before_its_start(self) -> None:
        past = given(WORKSHOP, planned(), cancelled())
        past.when(restore, still_off=set(), now=STARTS).then_refused(WorkshopBegun, starts=STARTS)
        past.when(restore, still_off=set(), now=STARTS - timedelta(microseconds=1)).then(restored())

    def test_what_takes_place_needs_no_restoring(self) -> None:
        given(WORKSHOP, planned(), seat("a")).when(restore, still_off=set(), now=STARTS).then_nothing()
        given(WORKSHOP).when(restore, still_off=set(), now=NOW).then_refused(NoSuchWorkshop)

    @pytest.mark.rule("ATE-5")
    def test_cancelled_again_it_is_about_those_who_had_come_back(self) -> None:
        past = given(WORKSHOP, planned(), seat("a"), seat("b"), cancelled("a", "b"), restored("b"))
        past.when(cancel, reason=REASON).then(cancelled("b"))


MOVED_TO = (session(STARTS + timedelta(days=7)), session(STARTS + timedelta(days=8)))
MOVE: dict[str, Any] = {
    "sessions": MOVED_TO,
    "zone": "Europe/Paris",
    "venue": uid("Lyon"),
    "region": Region.EUROPE,
    "now": NOW,
}
WAS = planned(region=Region.CANADA)
MOVED = WorkshopMoved(
    venue=uid("Lyon"),
    zone="Europe/Paris",
    sessions=MOVED_TO,
    region=Region.EUROPE,
    was_venue=WAS.venue,
    was_zone=WAS.zone,
    was_sessions=WAS.sessions,
)


class TestMoving:
    @pytest.mark.rule("ATE-10")
    def test_old_and_new_details_are_kept_and_seats_stay(self) -> None:
        after = given(WORKSHOP, WAS, seat("a")).when(move, **MOVE).then(MOVED)
        assert isinstance(after, Planned)
        assert (after.starts, after.ends) == (MOVED_TO[0].starts, MOVED_TO[1].ends)
        assert (after.venue, after.zone, after.region) == (uid("Lyon"), "Europe/Paris", Region.EUROPE)
        assert list(after.seats) == [uid("a")]

    def test_to_where_it_is_nothing_moves(self) -> None:
        given(WORKSHOP, WAS, MOVED).when(move, **MOVE).then_nothing()

    @pytest.mark.rule("ATE-10")
    def test_never_once_it_has_started(self) -> None:
        past = given(WORKSHOP, WAS)
        past.when(move, **MOVE | {"now": STARTS}).then_refused(WorkshopBegun, starts=STARTS)

    @pytest.mark.rule("ATE-10")
    def test_nor_into_the_past(self) -> None:
        gone = session(NOW)
        given(WORKSHOP, WAS).when(move, **MOVE | {"sessions": [gone]}).then_refused(MovedToPast, starts=NOW)

    @pytest.mark.rule("ATE-1")
    @pytest.mark.parametrize("sessions", [[], [Session(starts=STARTS, ends=STARTS)]])
    def test_sessions_follow_each_other(self, sessions: list[Session]) -> None:
        given(WORKSHOP, WAS).when(move, **MOVE | {"sessions": sessions}).then_refused(SessionsUnordered)

    @pytest.mark.rule("ATE-2", "ATE-10")
    def test_an_offer_ends_at_the_start_it_has_now(self) -> None:
        waits = WaitingListJoined(client=uid("w"), retake=False, short_of=ShortOf.SEATS)
        offer = SeatOffered(client=uid("w"), retake=False, until=STARTS)
        sooner = MOVED.model_copy(update={"sessions": (session(NOW + timedelta(days=1)),)})
        past = given(WORKSHOP, planned(capacity=1, retake_limit=0), waits, offer, sooner)
        past.when(
            take_seat,
            uid("a"),
            client=uid("a"),
            retake=False,
            now=NOW + timedelta(days=1),
            by_staff=True,
        ).then(SeatTaken(registration=uid("a"), client=uid("a"), retake=False))

    def test_an_unknown_workshop_is_missing(self) -> None:
        given(WORKSHOP).when(move, **MOVE).then_refused(NoSuchWorkshop)


HANDED_OVER, CLOSED = RosterHandedOver(), WorkshopClosed()
TAKE: dict[str, Any] = {"client": uid("b"), "retake": False, "now": STARTS, "by_staff": True}
PASSED: dict[str, Any] = {"to": uid("b"), "retake": False, "invoice": uid("invoice")}
PASS = PASSED | {"now": STARTS}
ROSTER_ACTS = [
    (take_seat, (uid("b"),), TAKE, [SeatTaken(registration=uid("b"), client=uid("b"), retake=False)]),
    (free_seat, (uid("a"),), {}, [SeatFreed(registration=uid("a"), client=uid("client of a"))]),
    (
        pass_seat,
        (uid("a"),),
        PASS,
        [SeatPassed(registration=uid("a"), client=uid("client of a"), **PASSED)],
    ),
    (tick, ([uid("a")],), {"now": STARTS}, [AttendanceTicked(registrations=(uid("a"),))]),
    (untick, ([uid("a")],), {}, []),
]


@pytest.mark.parametrize(("decision", "values", "named", "facts"), ROSTER_ACTS)
class TestAFrozenRoster:
    @pytest.mark.rule("ATE-6", "INS-13", "INS-15")
    def test_closed_nobody_changes_it(
        self, decision: Decision, values: Any, named: dict[str, Any], facts: list[Fact]
    ) -> None:
        past = given(WORKSHOP, planned(region=Region.EUROPE), seat("a"), HANDED_OVER, CLOSED)
        past.when(decision, *values, **named).then_refused(WorkshopIsClosed)
        past.when(decision, *values, **named, verifies=True).then_refused(WorkshopIsClosed)

    @pytest.mark.rule("ATE-7")
    def test_handed_over_only_those_who_verify_it_do(
        self, decision: Decision, values: Any, named: dict[str, Any], facts: list[Fact]
    ) -> None:
        past = given(WORKSHOP, planned(region=Region.EUROPE), seat("a"), HANDED_OVER)
        past.when(decision, *values, **named).then_refused(RosterIsHandedOver)
        past.when(decision, *values, **named, verifies=True).then(*facts)


@pytest.mark.rule("INS-11")
def test_only_a_seat_that_is_held_passes_to_the_phase() -> None:
    given(WORKSHOP, planned(), seat("other")).when(pass_seat, uid("a"), **PASS).then_refused(
        NotOnRoster, registration=uid("a")
    )


@pytest.mark.rule("ATE-6")
@pytest.mark.parametrize(
    ("stage", "refusal"), [((HANDED_OVER,), RosterIsHandedOver), ((HANDED_OVER, CLOSED), WorkshopIsClosed)]
)
def test_what_is_handed_over_or_closed_is_not_cancelled(
    stage: tuple[Fact, ...], refusal: type[Refused]
) -> None:
    past = given(WORKSHOP, planned(region=Region.EUROPE), *stage)
    past.when(cancel, reason=REASON).then_refused(refusal)


@pytest.mark.rule("ATE-6")
def test_the_plan_of_a_closed_workshop_stands() -> None:
    past = given(WORKSHOP, planned(region=Region.EUROPE), HANDED_OVER, CLOSED)
    past.when(change_plan, plan(capacity=8)).then_refused(WorkshopIsClosed)


SOLD = registered(starts=STARTS)
OFF = RegistrationDeferred(registration=REGISTRATION, workshop=WORKSHOP_ID, by_school=True)
BACK = RegistrationRestored(registration=REGISTRATION, workshop=WORKSHOP_ID, starts=STARTS)


class TestInTheFile:
    @pytest.mark.rule("ATE-4")
    def test_cancelled_the_registration_is_to_schedule_and_keeps_its_trace(self) -> None:
        after = (
            given(CLIENT, dossier(), SOLD)
            .when(taken_off_by_school, REGISTRATION, workshop=WORKSHOP_ID)
            .then(OFF)
        )
        assert isinstance(after, Dossier)
        kept = after.registrations[REGISTRATION]
        assert isinstance(kept, ToSchedule)
        assert kept.sale.given_up == (WORKSHOP_ID,)
        assert taken_off_by(after.places, REGISTRATION, WORKSHOP_ID)

    @pytest.mark.rule("ATE-4")
    def test_who_is_not_on_it_any_more_loses_no_date(self) -> None:
        moved_on = DateChosen(
            registration=REGISTRATION, workshop=OTHER_WORKSHOP, starts=STARTS, given_up=WORKSHOP_ID
        )
        for meanwhile in (OFF, moved_on):
            given(CLIENT, dossier(), SOLD, meanwhile).when(
                taken_off_by_school, REGISTRATION, workshop=WORKSHOP_ID
            ).then_nothing()

    @pytest.mark.rule("ATE-5")
    def test_restored_it_has_its_date_again(self) -> None:
        past = given(CLIENT, dossier(), SOLD, OFF)
        after = past.when(put_back_by_school, REGISTRATION, workshop=WORKSHOP_ID, starts=STARTS).then(BACK)
        assert isinstance(after, Dossier)
        assert isinstance(after.registrations[REGISTRATION], Scheduled)

    @pytest.mark.rule("ATE-5")
    @pytest.mark.parametrize(
        "meanwhile",
        [
            DateChosen(registration=REGISTRATION, workshop=OTHER_WORKSHOP, starts=STARTS, given_up=None),
            RegistrationCancelled(registration=REGISTRATION, workshop=None),
        ],
    )
    def test_who_went_on_stays_there(self, meanwhile: Fact) -> None:
        past = given(CLIENT, dossier(), SOLD, OFF, meanwhile)
        assert isinstance(past.state, Dossier)
        assert not taken_off_by(past.state.places, REGISTRATION, WORKSHOP_ID)
        past.when(put_back_by_school, REGISTRATION, workshop=WORKSHOP_ID, starts=STARTS).then_nothing()

    @pytest.mark.rule("ATE-5")
    def test_who_had_deferred_by_themselves_before_stays_to_schedule(self) -> None:
        own = OFF.model_copy(update={"by_school": False})
        past = given(CLIENT, dossier(), SOLD, own)
        assert isinstance(past.state, Dossier)
        assert not taken_off_by(past.state.places, REGISTRATION, WORKSHOP_ID)
        past.when(put_back_by_school, REGISTRATION, workshop=WORKSHOP_ID, starts=STARTS).then_nothing()

    @pytest.mark.rule("ATE-10")
    def test_moved_it_follows_with_old_and_new_details(self) -> None:
        was = Whereabouts(STARTS, "America/Toronto", uid("Laval"))
        then = Whereabouts(NOW, "UTC", uid("Lyon"))
        past = given(CLIENT, dossier(), SOLD)
        after = past.when(move_date, REGISTRATION, workshop=WORKSHOP_ID, was=was, now_at=then).then(
            DateMoved(
                registration=REGISTRATION,
                workshop=WORKSHOP_ID,
                starts=NOW,
                zone="UTC",
                venue=uid("Lyon"),
                was_starts=STARTS,
                was_zone="America/Toronto",
                was_venue=uid("Laval"),
            )
        )
        assert isinstance(after, Dossier)
        kept = after.registrations[REGISTRATION]
        assert isinstance(kept, Scheduled)
        assert (kept.starts, kept.moved) == (NOW, True)
        past.when(move_date, REGISTRATION, workshop=OTHER_WORKSHOP, was=was, now_at=then).then_nothing()

    def test_one_registration_of_an_activity_is_open_at_most(self) -> None:
        state = given(CLIENT, dossier(), SOLD).state
        assert isinstance(state, Dossier)
        found = open_registration(state.places, ACTIVITY)
        assert found is not None
        assert found.sale.id == REGISTRATION
        assert open_registration(state.places, OTHER_ACTIVITY) is None
