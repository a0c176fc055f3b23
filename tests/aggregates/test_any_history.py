"""Whatever is asked in whatever order: each fact that a decision makes is folded, and the rules hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from aggregates.client import decisions as client_decisions
from aggregates.client.decisions import Identification, NewAddress
from aggregates.client.events import DossierOrigin, Language
from aggregates.client.registrations import decisions as registration_decisions
from aggregates.client.registrations.policies import followed_before, is_open
from aggregates.client.state import CLIENT, Client, DeactivatedDossier, Dossier
from aggregates.kernel import Fact, Refused
from aggregates.workshop import decisions as workshop_decisions
from aggregates.workshop.state import WORKSHOP, Plan, Planned, Workshop
from tests.aggregates.given import (
    ACTIVITY,
    CLIENT_ID,
    NOW,
    ORGANISER,
    OTHER_ACTIVITY,
    fold,
    registered,
    session,
    uid,
)

ACTIVITIES = st.sampled_from([ACTIVITY, OTHER_ACTIVITY])
DATES = st.sampled_from([uid(f"date {n}") for n in range(2)])
REGISTRATIONS = st.sampled_from([uid(f"registration {n}") for n in range(3)])
MOMENTS = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
CAPACITIES = st.integers(1, 4)
LIMITS = st.none() | st.integers(0, 2)
STARTS = NOW


def decided(decide: Callable[..., Sequence[Fact]], *values: Any, **named: Any) -> Sequence[Fact]:
    """Its facts, none when it is refused."""
    try:
        return decide(*values, **named)
    except Refused:
        return []


class AnyClient(RuleBasedStateMachine):
    """One client's file."""

    def __init__(self) -> None:
        super().__init__()
        self.client: Client = CLIENT.initial
        self.sold: dict[UUID, Any] = {}

    def take(self, decide: Callable[..., Sequence[Fact]], *values: Any, **named: Any) -> None:
        facts = decided(decide, self.client, *values, **named)
        self.client = fold(CLIENT, self.client, facts)
        again = decided(decide, self.client, *values, **named)
        assert not again, "a wish already met records nothing"

    @initialize()
    def open(self) -> None:
        self.create(None)

    @rule(email_owner=st.none() | st.just(uid("another client")))
    def create(self, email_owner: UUID | None) -> None:
        who = Identification(
            last_name="D'Arcy-Lévesque",
            first_name="Éloïse",
            form_of_address=None,
            email="eloise@example.com",
            telephone=None,
            street=None,
            postal_code=None,
            city=None,
            country="CA",
            language=Language.FR,
        )
        self.take(
            client_decisions.create,
            CLIENT_ID,
            who,
            origin=DossierOrigin.STAFF,
            email_owner=email_owner,
            namesake=None,
            namesake_reason=None,
        )

    @rule(registration=REGISTRATIONS, activity=ACTIVITIES, workshop=st.none() | DATES)
    def register(self, registration: UUID, activity: UUID, workshop: UUID | None) -> None:
        retake = (
            isinstance(self.client, Dossier) and followed_before(self.client.places, activity) is not None
        )
        sold = registered(
            registration=registration,
            activity=activity,
            workshop=workshop,
            starts=None if workshop is None else STARTS,
            retake=retake,
        )
        self.take(registration_decisions.register, sold)
        if isinstance(self.client, Dossier) and registration in self.client.registrations:
            self.sold.setdefault(registration, (activity, retake))

    @rule(
        registration=REGISTRATIONS, workshop=DATES, activity=ACTIVITIES, now=MOMENTS, by_staff=st.booleans()
    )
    def choose_date(
        self, registration: UUID, workshop: UUID, activity: UUID, now: Any, by_staff: bool
    ) -> None:
        self.take(
            registration_decisions.choose_date,
            registration,
            workshop=workshop,
            activity=activity,
            starts=STARTS,
            left=None,
            now=now,
            by_staff=by_staff,
        )

    @rule(registration=REGISTRATIONS, now=MOMENTS, by_staff=st.booleans())
    def defer(self, registration: UUID, now: Any, by_staff: bool) -> None:
        self.take(registration_decisions.defer, registration, date_=None, now=now, by_staff=by_staff)

    @rule(registration=REGISTRATIONS, now=MOMENTS, by_staff=st.booleans())
    def cancel(self, registration: UUID, now: Any, by_staff: bool) -> None:
        self.take(registration_decisions.cancel, registration, now=now, by_staff=by_staff)

    @rule(registration=REGISTRATIONS, workshop=st.none() | DATES)
    def follow(self, registration: UUID, workshop: UUID | None) -> None:
        self.take(
            registration_decisions.follow,
            registration,
            workshop=workshop or self.date_of(registration),
            last_day=STARTS.date(),
            ends=STARTS,
            zone="Europe/Paris",
        )

    @rule(registration=REGISTRATIONS, workshop=st.none() | DATES)
    def undo_followed(self, registration: UUID, workshop: UUID | None) -> None:
        where = workshop or self.date_of(registration)
        self.take(registration_decisions.undo_followed, registration, workshop=where)

    def date_of(self, registration: UUID) -> UUID:
        """The workshop it stands in, else any."""
        found = self.client.registrations.get(registration) if isinstance(self.client, Dossier) else None
        return getattr(found, "workshop", uid("date 0"))

    @precondition(lambda self: self.sold)
    @rule(money_open=st.booleans())
    def remove(self, money_open: bool) -> None:
        self.take(client_decisions.remove, money_open=money_open)

    @rule()
    def restore(self) -> None:
        address = NewAddress(
            form_of_address=None,
            email="eloise@example.com",
            telephone=None,
            street=None,
            city=None,
            country="CA",
        )
        self.take(client_decisions.restore, address, email_owner=None)

    @invariant()
    def one_active_registration_per_activity(self) -> None:
        if isinstance(self.client, Dossier):
            active = Counter(r.sale.activity for r in self.client.registrations.values() if is_open(r))
            assert max(active.values(), default=0) <= 1

    @invariant()
    def what_was_sold_never_changes(self) -> None:
        if isinstance(self.client, Dossier | DeactivatedDossier):
            kept = {r.sale.id: (r.sale.activity, r.sale.retake) for r in self.client.registrations.values()}
            assert kept == self.sold

    @invariant()
    def a_deactivated_dossier_holds_nothing_open(self) -> None:
        if isinstance(self.client, DeactivatedDossier):
            assert not any(is_open(r) for r in self.client.registrations.values())


class AnyWorkshop(RuleBasedStateMachine):
    """One workshop; its capacity may fall below what is taken."""

    holders = Bundle("holders")

    def __init__(self) -> None:
        super().__init__()
        self.workshop: Workshop = WORKSHOP.initial
        self.most_seats = self.most_retakes = 0

    def take(self, decide: Callable[..., Sequence[Fact]], *values: Any, **named: Any) -> Sequence[Fact]:
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

    @initialize(capacity=CAPACITIES, limit=LIMITS)
    def plan(self, capacity: int, limit: int | None) -> None:
        self.take(
            workshop_decisions.plan,
            activity=ACTIVITY,
            venue=None,
            zone="Europe/Paris",
            sessions=[session(STARTS)],
            details=self.plan_of(capacity, limit),
        )

    @rule(capacity=CAPACITIES, limit=LIMITS)
    def change_plan(self, capacity: int, limit: int | None) -> None:
        self.take(workshop_decisions.change_plan, self.plan_of(capacity, limit))

    @rule(target=holders, person=st.integers(0, 5), retake=st.booleans(), now=MOMENTS, by_staff=st.booleans())
    def take_seat(self, person: int, retake: bool, now: Any, by_staff: bool) -> UUID:
        registration = uid(f"registration of {person}, {retake}")
        facts = self.take(
            workshop_decisions.take_seat,
            registration,
            client=uid(f"person {person}"),
            retake=retake,
            now=now,
            by_staff=by_staff,
        )
        if facts:
            self.a_new_seat_fits(retake=retake)
        return registration

    def a_new_seat_fits(self, *, retake: bool) -> None:
        assert isinstance(self.workshop, Planned)
        plan, retakes = self.workshop.plan, [s for s in self.workshop.seats.values() if s.retake]
        assert len(self.workshop.seats) <= plan.capacity
        if retake:
            assert len(retakes) <= (plan.capacity if plan.retake_limit is None else plan.retake_limit)

    @rule(registration=consumes(holders))
    def free_seat(self, registration: UUID) -> None:
        self.take(workshop_decisions.free_seat, registration)

    @rule(registrations=st.lists(holders, max_size=4), now=MOMENTS)
    def tick(self, registrations: list[UUID], now: Any) -> None:
        self.take(workshop_decisions.tick, registrations, now=now)

    @rule(registrations=st.lists(holders, max_size=4))
    def untick(self, registrations: list[UUID]) -> None:
        self.take(workshop_decisions.untick, registrations)

    @invariant()
    def never_more_seats_or_retakes_than_were_ever_allowed(self) -> None:
        if isinstance(self.workshop, Planned):
            plan = self.workshop.plan
            self.most_seats = max(self.most_seats, plan.capacity)
            limit = plan.capacity if plan.retake_limit is None else plan.retake_limit
            self.most_retakes = max(self.most_retakes, limit)
            assert len(self.workshop.seats) <= self.most_seats
            assert self.workshop.retakes <= self.most_retakes

    @invariant()
    def one_seat_per_client(self) -> None:
        if isinstance(self.workshop, Planned):
            assert max(Counter(s.client for s in self.workshop.seats.values()).values(), default=0) <= 1


TestAnyClient = AnyClient.TestCase
TestAnyClient.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyWorkshop = AnyWorkshop.TestCase
TestAnyWorkshop.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
