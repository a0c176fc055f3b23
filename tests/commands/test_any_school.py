"""Whatever staff and clients ask in whatever order: seats, registrations and invoices stay one story."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from aggregates.catalogue.settings import Category
from aggregates.client.merging.policies import rivals
from aggregates.client.registrations.policies import is_open
from aggregates.client.registrations.state import Cancelled, Followed, Scheduled
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, MergedDossier
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Fact, Money, Refused, Role, Stream
from aggregates.workshop.closing.events import AbsenceOutcome
from aggregates.workshop.state import WORKSHOP, Planned
from aggregates.workshop.waiting.policies import taken
from commands.access import Principal, check_scope
from commands.catalogue.add_activity import AddActivity
from commands.claims import held
from commands.clients.create_dossier import CreateDossier
from commands.clients.merge_dossiers import MergeDossiers
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.message import Act, Command
from commands.payments.decide_case import DecideCase
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.staff.add_staff import AddStaff
from commands.workshops.accept_offer import AcceptOffer
from commands.workshops.approve_reopening import ApproveReopening
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.expire_offers import ExpireOffers
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.leave_waiting_list import LeaveWaitingList
from commands.workshops.move_workshop import MoveWorkshop
from commands.workshops.offer_seats import OfferSeats
from commands.workshops.plan_workshop import PlannedSession, PlanWorkshop
from commands.workshops.propose_reopening import ProposeReopening
from commands.workshops.restore_workshop import RestoreWorkshop
from commands.workshops.settle_absence import AbsentClient, SettleAbsence
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from schema.store import Loaded, fold
from service.bootstrap import COMMANDS
from tests.support.lanes import figures

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
STAFF = (Role.OFFICE, Role.ADMIN, Role.ACCOUNTING)
PEOPLE, DATES = 3, 3
WHO = st.integers(0, PEOPLE - 1)
WHICH = st.integers(0, DATES - 1)
BY_STAFF = st.booleans()
RARELY = st.integers(0, 5).map(lambda n: n == 5)


class Streams:
    """The facts of all streams, kept in memory, as the handlers read them."""

    def __init__(self) -> None:
        self.facts: dict[UUID, tuple[Fact, ...]] = {}
        self.kinds: dict[UUID, Any] = {}
        self.drawn: dict[tuple[str, int], int] = defaultdict(int)
        self.folded: dict[UUID, Loaded[Any]] = {}

    def load(self, streams: Sequence[Stream[Any]]) -> list[Loaded[Any]]:
        return [self.one(stream) for stream in streams]

    def one(self, stream: Stream[Any]) -> Loaded[Any]:
        """Folded once for every fact: states never change."""
        facts = self.facts.get(stream.id, ())
        known = self.folded.get(stream.id)
        if known is not None and known.stream.kind is stream.kind and known.facts is facts:
            return known
        loaded = Loaded(stream, len(facts), fold(stream.kind, facts), facts)
        if facts:
            self.folded[stream.id] = loaded
        return loaded

    def claim_owner(self, kind: str, value: str) -> UUID | None:
        owners = [s.id for s, state in self.of(CLIENT) if (kind, value) in set(held(state))]
        assert len(owners) <= 1
        return owners[0] if owners else None

    def next_number(self, series: str, year: int) -> int:
        self.drawn[series, year] += 1
        return self.drawn[series, year]

    def keyed_hash(self, purpose: str, value: str) -> str:
        return f"{purpose} of {value}"

    def of(self, kind: Any) -> Iterator[tuple[Stream[Any], Any]]:
        """The streams of a kind and their states."""
        for stream, known in self.kinds.items():
            if known is kind:
                yield kind.at(stream), self.one(kind.at(stream)).state


class AnySchool(RuleBasedStateMachine):
    """Three people, an activity that two of them followed, three dates of one or two seats, one for a retake.

    Time goes on; dates are cancelled, restored, moved and closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.streams = Streams()
        self.ids = (uuid5(UUID(int=0), str(n)) for n in itertools.count())
        self.people: list[UUID] = []
        self.dates: list[UUID] = []
        self.now = NOW

    def send(self, command: Command, *, by: UUID | None = None, staff: int = 1) -> dict[str, UUID]:
        """Carry it out as dispatch does, without a database; a refusal changes nothing."""
        role = Role.CLIENT if by else next(r for r in STAFF if r in command.ALLOWED)
        who = Principal(by or UUID(int=staff), frozenset({role}), role)
        acting, scope = who.acting(command.ALLOWED)
        act = Act(next(self.ids), acting, self.now, self.streams)
        drawn = dict(self.streams.drawn)
        try:
            changes = COMMANDS[type(command)](command, act)
            check_scope(acting, scope, [change.loaded for change in changes])
        except Refused:
            self.streams.drawn = defaultdict(int, drawn)
            return {}
        for change in (c for c in changes if c.facts):
            assert change.loaded.version == len(self.streams.facts.get(change.loaded.id, ()))
            self.streams.kinds[change.loaded.id] = change.loaded.stream.kind
            self.streams.facts[change.loaded.id] = (*change.loaded.facts, *change.facts)
        return act.ids

    @initialize()
    def open_the_school(self) -> None:
        free = Money(minor=0, currency=Currency.CAD)
        added = AddActivity(name="Écoute de soi", category=Category.REGULAR, days=1, prices=(free,))
        self.activity = self.send(added)["activity"]
        ida = AddStaff(name="Ida Roy", email="ida@example.com", roles=(Role.ORGANISER,))
        self.organiser = self.send(ida)["staff"]
        past = self.plan(1, capacity=2)
        sizes = {3: 2, 30: 1, 60: 1}
        self.dates = [self.plan(hours, capacity=n, retake_limit=1) for hours, n in sizes.items()]
        self.people = [self.send(self.dossier(n))["client"] for n in range(PEOPLE)]
        for client in self.people[:2]:
            self.send(RegisterClient(client=client, activity=self.activity, workshop=past))
        self.send(TickAttendance(workshop=past, registrations=self.seated(past)))
        for client, date in zip(self.people, self.dates[1:], strict=False):
            self.send(RegisterClient(client=client, activity=self.activity, workshop=date))

    @staticmethod
    def session(in_hours: int) -> PlannedSession:
        starts = NOW + timedelta(hours=in_hours)
        return PlannedSession(starts=starts, ends=starts + timedelta(hours=7))

    def plan(self, in_hours: int, *, capacity: int, retake_limit: int | None = None) -> UUID:
        """A date to come; later today attendance is open already."""
        plan = PlanWorkshop(
            activity=self.activity,
            venue=None,
            zone="America/Toronto",
            sessions=(self.session(in_hours),),
            organiser=self.organiser,
            capacity=capacity,
            retake_limit=retake_limit,
        )
        return self.send(plan)["workshop"]

    @staticmethod
    def dossier(n: int) -> CreateDossier:
        return CreateDossier(
            last_name=f"Roy {n}",
            first_name="Luc",
            postal_code="H2X 1Y4",
            email=f"luc.{n}@example.com",
            country="CA",
        )

    def registration(self, client: UUID) -> UUID:
        """The newest of the client's registrations."""
        state = self.streams.one(CLIENT.at(client)).state
        known = state.registrations if isinstance(state, Dossier | DeactivatedDossier) else {}
        return list(known)[-1] if known else UUID(int=3)

    @rule(who=WHO, which=WHICH, dated=st.booleans(), by_staff=BY_STAFF)
    def go(self, who: int, which: int, dated: bool, by_staff: bool) -> None:
        """Register, or choose another date where a registration is open."""
        client, date = self.people[who], self.dates[which]
        registered = self.send(
            RegisterClient(client=client, activity=self.activity, workshop=date if dated else None)
        )
        if not registered:
            move = ChooseDate(client=client, registration=self.registration(client), workshop=date)
            self.send(move, by=None if by_staff else client)

    @rule(who=WHO, by_staff=BY_STAFF, wish=st.sampled_from(["defer", "defer", "cancel"]))
    def step_back(self, who: int, by_staff: bool, wish: str) -> None:
        client, registration = self.people[who], self.registration(self.people[who])
        command: Command = DeferRegistration(client=client, registration=registration)
        if wish == "cancel":
            note = "Ne vient plus." if by_staff else None
            command = CancelRegistration(client=client, registration=registration, note=note)
        self.send(command, by=None if by_staff else client)

    @rule(which=WHICH, keep=st.integers(1, 2), present=st.booleans())
    def attend(self, which: int, keep: int, present: bool) -> None:
        kind = TickAttendance if present else UntickAttendance
        self.send(kind(workshop=self.dates[which], registrations=self.seated(self.dates[which])[:keep]))

    def seated(self, date: UUID) -> tuple[UUID, ...]:
        workshop = self.streams.one(WORKSHOP.at(date)).state
        return tuple(workshop.seats) if isinstance(workshop, Planned) else ()

    @rule(hours=st.sampled_from([1, 1, 6, 25]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=WHO, which=WHICH, by_staff=BY_STAFF, leave=RARELY)
    def queue(self, who: int, which: int, by_staff: bool, leave: bool) -> None:
        """Join the waiting list of a full date, or leave it."""
        client, date = self.people[who], self.dates[which]
        wish = LeaveWaitingList if leave else JoinWaitingList
        self.send(wish(client=client, workshop=date), by=None if by_staff else client)

    @rule(which=WHICH, who=WHO, by_staff=BY_STAFF)
    def offer_and_accept(self, which: int, who: int, by_staff: bool) -> None:
        client, date = self.people[who], self.dates[which]
        self.send(ExpireOffers(workshop=date))
        self.send(OfferSeats(workshop=date))
        self.send(AcceptOffer(client=client, workshop=date), by=None if by_staff else client)

    @rule(which=WHICH, really=RARELY, again=st.booleans())
    def cancel(self, which: int, really: bool, again: bool) -> None:
        if really:
            self.send(CancelWorkshop(workshop=self.dates[which], reason="Eau"))
        if again:
            self.send(RestoreWorkshop(workshop=self.dates[which]))

    @rule(which=WHICH, really=RARELY, in_hours=st.sampled_from([2, 40, 200]))
    def move(self, which: int, really: bool, in_hours: int) -> None:
        date = self.dates[which]
        if really:
            version = len(self.streams.facts[date])
            there = (self.session(in_hours),)
            self.send(
                MoveWorkshop(workshop=date, seen_version=version, venue=None, zone="UTC", sessions=there)
            )

    @rule(which=WHICH, outcome=st.sampled_from(AbsenceOutcome), noticed=st.booleans())
    def miss(self, which: int, outcome: AbsenceOutcome, noticed: bool) -> None:
        """The first on the roster did not come."""
        date = self.dates[which]
        workshop = self.streams.one(WORKSHOP.at(date)).state
        for registration in self.seated(date)[:1]:
            client = workshop.seats[registration].client
            absent = AbsentClient(
                client=client, registration=registration, outcome=outcome, noticed=noticed, note="Absence."
            )
            self.send(SettleAbsence(workshop=date, absents=(absent,)))

    @rule(which=WHICH, really=RARELY, reopen=st.booleans())
    def close(self, which: int, really: bool, reopen: bool) -> None:
        date = self.dates[which]
        if really:
            self.send(CloseWorkshop(workshop=date, reason="Fini"))
        if reopen:
            self.send(ProposeReopening(workshop=date, reason="Oups"))
            self.send(ApproveReopening(workshop=date), staff=9)

    @rule(who=WHO)
    def decide(self, who: int) -> None:
        """Accounting close a case without fee: until then nobody leaves."""
        client = self.people[who]
        for stream, invoice in list(self.streams.of(INVOICE)):
            if isinstance(invoice, Issued) and invoice.client == client:
                for case in (c for c in invoice.cases.values() if c.is_open):
                    fee = Money(minor=0, currency=invoice.currency)
                    self.send(DecideCase(client=client, invoice=stream.id, case=case.id, fee=fee))

    @rule(oneself=st.booleans())
    def leave_or_come_back(self, oneself: bool) -> None:
        """Only the last person does: the others keep the story busy."""
        client, address = self.people[-1], f"luc.{PEOPLE - 1}@example.com"
        self.send(RestoreDossier(client=client, email=address, country="CA"))
        self.send(RemoveDossier(client=client), by=client if oneself else None)
        made = self.send(self.dossier(PEOPLE - 1))  # recognised, unless they were erased whole
        if made:
            self.people[-1] = made["client"]

    @rule(really=RARELY, theirs_stays=st.booleans(), turned=st.booleans())
    def merge(self, really: bool, theirs_stays: bool, turned: bool) -> None:
        """The last person turns out to be one of the others; whoever comes next is somebody new."""
        kept, gone = self.people[int(turned)], self.people[-1]
        mine, theirs = (self.streams.one(CLIENT.at(c)).state for c in (kept, gone))
        if not really or not isinstance(mine, Dossier) or not isinstance(theirs, Dossier):
            return
        pairs = rivals(mine.places, theirs.places)
        keep = tuple(pair.followed or pair.ids[theirs_stays] for pair in pairs)
        self.send(MergeDossiers(survivor=kept, other=gone, keep=keep))
        after = self.streams.one(CLIENT.at(kept)).state
        if self.streams.one(CLIENT.at(gone)).state == MergedDossier(gone, kept, theirs.email):
            assert set(after.registrations) == {*mine.registrations, *theirs.registrations}
            self.people[-1] = self.send(self.dossier(PEOPLE - 1))["client"]

    @invariant()
    def every_dated_registration_has_its_seat_and_no_seat_is_without_one(self) -> None:
        seats = {
            (seat.client, registration, stream.id, seat.retake, seat.present)
            for stream, workshop in self.streams.of(WORKSHOP)
            if isinstance(workshop, Planned)
            for registration, seat in workshop.seats.items()
        }
        dated = {
            (stream.id, r.sale.id, r.workshop, r.sale.retake, isinstance(r, Followed))
            for stream, client in self.streams.of(CLIENT)
            if isinstance(client, Dossier | DeactivatedDossier)
            for r in client.registrations.values()
            if isinstance(r, Scheduled | Followed)
        }
        assert seats == dated

    @invariant()
    def no_date_is_oversold(self) -> None:
        for _, workshop in self.streams.of(WORKSHOP):
            if isinstance(workshop, Planned):
                counted = taken(workshop, self.now)
                assert len(counted) <= workshop.plan.capacity
                assert sum(counted.values()) <= workshop.plan.most_retakes

    @invariant()
    def who_waits_has_a_file_that_knows_it_and_no_seat_there(self) -> None:
        for stream, workshop in self.streams.of(WORKSHOP):
            if isinstance(workshop, Planned):
                seated = {seat.client for seat in workshop.seats.values()}
                for client in workshop.waiting.entries:
                    dossier = self.streams.one(CLIENT.at(client)).state
                    assert isinstance(dossier, Dossier)
                    assert stream.id in dossier.waiting_in
                    assert client not in seated

    @invariant()
    def one_active_registration_per_client(self) -> None:
        for _, client in self.streams.of(CLIENT):
            if isinstance(client, Dossier):
                assert sum(is_open(r) for r in client.registrations.values()) <= 1

    @invariant()
    def each_registration_has_one_line_cancelled_with_it_and_numbers_have_no_gap(self) -> None:
        invoices = [state for _, state in self.streams.of(INVOICE)]
        lines = {}
        for invoice in invoices:
            assert isinstance(invoice, Issued)
            for line in invoice.lines:
                lines[line.registration] = line.id in invoice.cancelled
        sold = {
            r.sale.id: isinstance(r, Cancelled)
            for _, client in self.streams.of(CLIENT)
            if isinstance(client, Dossier | DeactivatedDossier)
            for r in client.registrations.values()
        }
        assert lines == sold
        numbers = sorted(int(invoice.number.rpartition("-")[2]) for invoice in invoices)
        assert numbers == list(range(1, len(invoices) + 1))

    @invariant()
    def nobody_has_two_dossiers(self) -> None:
        """Each claim has one owner: asking for it checks that."""
        for _, client in self.streams.of(CLIENT):
            for kind, value in held(client):
                assert self.streams.claim_owner(kind, value)


@figures(("runs", "steps"), short=(120, 30), long=(5_000, 50))
def test_any_school(runs: int, steps: int) -> None:
    run_state_machine_as_test(
        AnySchool, settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None)
    )
