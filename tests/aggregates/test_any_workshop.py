"""Whatever is asked of a workshop in whatever order: each fact is folded, and nobody is promised too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from aggregates.catalogue.settings import Region
from aggregates.kernel import Fact
from aggregates.workshop import decisions
from aggregates.workshop.closing import decisions as closing
from aggregates.workshop.closing.events import AbsenceOutcome, CallOutcome, Expense
from aggregates.workshop.closing.policies import Absence
from aggregates.workshop.closing.state import Stage
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Plan, Planned, Workshop
from aggregates.workshop.waiting import decisions as waiting
from aggregates.workshop.waiting.events import SeatOffered
from aggregates.workshop.waiting.policies import next_in_line, taken
from tests.aggregates.given import ACTIVITY, NOW, ORGANISER, Decision, decided, fold, session, uid
from tests.support.lanes import figures

CAPACITIES = st.integers(1, 4)
LIMITS = st.none() | st.integers(0, 2)
PEOPLE = st.integers(0, 5)
REGIONS = st.sampled_from([None, Region.CANADA, Region.EUROPE, Region.ABROAD])
YES_OR_NO = st.booleans()
STAFF = st.sampled_from([uid("Anne"), uid("Marc")])
SOME = st.lists(PEOPLE, max_size=4)
RARELY = st.integers(0, 9).map(lambda n: n == 9)
"""For what ends most of the story: a workshop that is cancelled or closed at once tells nothing."""


def registration_of(person: int) -> UUID:
    return uid(f"registration of {person}")


def client(person: int) -> UUID:
    return uid(f"person {person}")


class AnyWorkshop(RuleBasedStateMachine):
    """One workshop; its capacity may fall below what is taken, time only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.workshop: Workshop = WORKSHOP.initial
        self.now = NOW
        self.most_seats = self.most_retakes = 0

    def take(self, decide: Decision, *values: Any, **named: Any) -> Sequence[Fact]:
        facts = decided(decide, self.workshop, *values, **named)
        self.workshop = fold(WORKSHOP, self.workshop, facts)
        assert not decided(decide, self.workshop, *values, **named), "a wish already met records nothing"
        return facts

    @staticmethod
    def plan_of(capacity: int, limit: int | None) -> Plan:
        return Plan(
            organiser=ORGANISER,
            trainers=(),
            capacity=capacity,
            retake_limit=limit,
            place_note=None,
            practical_note=None,
        )

    @initialize(
        capacity=CAPACITIES,
        limit=LIMITS,
        region=REGIONS,
        independent=YES_OR_NO,
        in_hours=st.sampled_from([3, 48]),
        retakes=st.lists(YES_OR_NO, max_size=6),
    )
    def plan(
        self,
        capacity: int,
        limit: int | None,
        region: Region | None,
        independent: bool,
        in_hours: int,
        retakes: list[bool],
    ) -> None:
        """Some people come first, and wait where there is no seat for them."""
        self.take(
            decisions.plan,
            activity=ACTIVITY,
            venue=None,
            zone="Europe/Paris",
            sessions=[session(NOW + timedelta(hours=in_hours))],
            details=self.plan_of(capacity, limit),
            region=region,
            independent=independent,
        )
        for person, retake in enumerate(retakes):
            self.take_seat(person, retake=retake, by_staff=True, verifies=False)
            self.join(person, retake=retake)

    @rule(hours=st.sampled_from([1, 1, 2, 6, 24]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(capacity=CAPACITIES, limit=LIMITS)
    def change_plan(self, capacity: int, limit: int | None) -> None:
        self.take(decisions.change_plan, self.plan_of(capacity, limit))

    @rule(really=RARELY, days=st.integers(-1, 3), region=REGIONS)
    def move(self, really: bool, days: int, region: Region | None) -> None:
        if not really:
            return
        sessions = [session(NOW + timedelta(days=2 + days))]
        self.take(decisions.move, sessions=sessions, zone="UTC", venue=None, region=region, now=self.now)

    @rule(person=PEOPLE, retake=YES_OR_NO, by_staff=YES_OR_NO, verifies=YES_OR_NO)
    def take_seat(self, person: int, retake: bool, by_staff: bool, verifies: bool) -> None:
        before = self.workshop
        facts = self.take(
            decisions.take_seat,
            registration_of(person),
            client=client(person),
            retake=retake,
            now=self.now,
            by_staff=by_staff,
            verifies=verifies,
        )
        if facts:
            assert isinstance(before, Planned)
            promised = client(person) in taken(before, self.now)
            assert promised or len(self.workshop.seats) <= before.plan.capacity  # type: ignore[union-attr]
            self.nobody_overtook(before, client(person))

    def nobody_overtook(self, before: Planned, newcomer: UUID) -> None:
        """To whom a seat was due, one still is."""
        assert isinstance(self.workshop, Planned)
        due = set(next_in_line(before, self.now)) - {newcomer}
        assert due <= set(next_in_line(self.workshop, self.now))

    @rule(nth=PEOPLE, verifies=YES_OR_NO)
    def free_seat(self, nth: int, verifies: bool) -> None:
        self.take(decisions.free_seat, self.held(nth), verifies=verifies)

    def held(self, nth: int) -> UUID:
        """A registration with a seat, where there is one."""
        seats = list(self.workshop.seats) if isinstance(self.workshop, Planned) else []
        return seats[nth % len(seats)] if seats else registration_of(nth)

    @rule(some=SOME, present=YES_OR_NO, verifies=YES_OR_NO)
    def attend(self, some: list[int], present: bool, verifies: bool) -> None:
        registrations = [self.held(nth) for nth in some]
        if present:
            self.take(decisions.tick, registrations, now=self.now, verifies=verifies)
        else:
            self.take(decisions.untick, registrations, verifies=verifies)

    @rule(person=PEOPLE, retake=YES_OR_NO)
    def join(self, person: int, retake: bool) -> None:
        self.take(waiting.join_waiting_list, client(person), retake=retake, now=self.now)

    @rule(person=PEOPLE)
    def leave(self, person: int) -> None:
        self.take(waiting.leave_waiting_list, client(person))

    @rule(hours=st.sampled_from([1, 24]), again=YES_OR_NO)
    def offer(self, hours: int, again: bool) -> None:
        if again:
            self.take(waiting.expire_offers, now=self.now)
        facts = self.take(waiting.offer_seats, now=self.now, hours=hours)
        if facts:
            assert isinstance(self.workshop, Planned)
            counted, plan = taken(self.workshop, self.now), self.workshop.plan
            assert len(counted) <= plan.capacity
            offered_retake = any(isinstance(f, SeatOffered) and f.retake for f in facts)
            assert not offered_retake or sum(counted.values()) <= plan.most_retakes

    @rule(person=PEOPLE, retake=YES_OR_NO)
    def hold(self, person: int, retake: bool) -> None:
        before = self.workshop
        facts = self.take(
            waiting.hold_seat,
            registration_of(person),
            client=client(person),
            retake=retake,
            now=self.now,
            until=self.now + timedelta(hours=1),
        )
        if facts:
            assert isinstance(before, Planned)
            self.nobody_overtook(before, client(person))

    @rule(person=PEOPLE)
    def release(self, person: int) -> None:
        self.take(waiting.release_hold, registration_of(person))

    @rule(really=RARELY, people=SOME)
    def cancel_and_perhaps_restore(self, really: bool, people: list[int]) -> None:
        if not really:
            return
        self.take(decisions.cancel, reason="Eau")
        if isinstance(self.workshop, CancelledWorkshop):
            for registration in list(self.workshop.was.seats)[:1]:
                self.take(closing.note_call, registration, called=True, outcome=CallOutcome.LATER)
        if people:
            still_off = {registration_of(person) for person in people}
            self.take(decisions.restore, still_off=still_off, now=self.now)

    @rule(
        nth=PEOPLE,
        outcome=st.sampled_from(AbsenceOutcome),
        noticed=YES_OR_NO,
        charge=st.none() | YES_OR_NO,
        student=YES_OR_NO,
        verifies=YES_OR_NO,
    )
    def settle(
        self,
        nth: int,
        outcome: AbsenceOutcome,
        noticed: bool,
        charge: bool | None,
        student: bool,
        verifies: bool,
    ) -> None:
        registration = self.held(nth)
        self.take(
            closing.settle_absences,
            [Absence(registration, outcome, noticed, charge)],
            students={registration} if student else set(),
            now=self.now,
            verifies=verifies,
        )
        self.take(closing.note_call, registration, called=False, outcome=None)

    @rule(really=RARELY, expense=st.sampled_from(Expense), document=st.none() | st.just(uid("document")))
    def hand_in(self, really: bool, expense: Expense, document: UUID | None) -> None:
        if not really:
            return
        self.take(closing.upload_expense, expense, document)
        self.take(closing.list_envelope)

    @rule(back=YES_OR_NO)
    def hand_over(self, back: bool) -> None:
        self.take(closing.hand_over, now=self.now)
        if back:
            self.take(closing.give_back, reason="Chèque")

    @rule(really=RARELY, proposer=STAFF, approver=STAFF)
    def close_and_perhaps_reopen(self, really: bool, proposer: UUID, approver: UUID) -> None:
        if not really:
            return
        seats = self.workshop.seats if isinstance(self.workshop, Planned) else {}
        self.take(closing.close, gaps=(), reason=None, now=self.now)
        if isinstance(self.workshop, Planned) and self.workshop.closing.stage is Stage.CLOSED:
            assert self.workshop.seats == seats
            self.take(closing.propose_reopening, by=proposer, reason="Oups")
            proposed_by = self.workshop.closing.reopening_by
            facts = self.take(closing.approve_reopening, by=approver)
            assert bool(facts) is (proposed_by != approver)
            self.take(closing.close, gaps=(), reason=None, now=self.now)

    @invariant()
    def never_more_seats_offers_and_holds_than_were_ever_allowed(self) -> None:
        if isinstance(self.workshop, Planned | CancelledWorkshop):
            plan = self.workshop.plan
            self.most_seats = max(self.most_seats, plan.capacity)
            self.most_retakes = max(self.most_retakes, plan.most_retakes)
        if isinstance(self.workshop, Planned):
            counted = taken(self.workshop, self.now)
            assert len(counted) <= self.most_seats
            assert sum(counted.values()) <= self.most_retakes

    @invariant()
    def one_seat_per_client_and_who_has_one_waits_no_more(self) -> None:
        if isinstance(self.workshop, Planned):
            holders = Counter(seat.client for seat in self.workshop.seats.values())
            assert max(holders.values(), default=0) <= 1
            assert not holders.keys() & self.workshop.waiting.entries.keys()


@figures(("runs", "steps"), short=(300, 20), long=(5_000, 50))
def test_any_workshop(runs: int, steps: int) -> None:
    run_state_machine_as_test(
        AnyWorkshop, settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None)
    )
