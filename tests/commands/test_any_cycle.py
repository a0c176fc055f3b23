"""Enrolling, paying, moving, cancelling, giving back and closing in any order: the money agrees (T18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from pydantic import BaseModel

from aggregates.catalogue.settings import Category
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.events import InvoiceIssued
from aggregates.invoice.payments.events import PaymentDeposited, PaymentMethod, PaymentReceived
from aggregates.invoice.payments.policies import on_line
from aggregates.invoice.payments.state import CREDIT
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Fact, Money, Role
from aggregates.workshop.closing.state import Stage
from aggregates.workshop.events import SeatFreed
from aggregates.workshop.state import WORKSHOP, Planned, Workshop
from commands.catalogue.add_activity import AddActivity
from commands.catalogue.add_discount import AddDiscount
from commands.crediting import RefundOf
from commands.paying import PaymentOn, Typed
from commands.payments.bounce_payments import BouncePayments
from commands.payments.credit_line import CreditLine
from commands.payments.decide_case import CreditTo, DecideCase
from commands.payments.deposit_payments import DepositPayments
from commands.payments.note_payment import NotePayment, Part
from commands.payments.raise_price import RaisePrice
from commands.payments.refund_credit import RefundCredit
from commands.registrations.choose_date import ChooseDate
from commands.registrations.mark_without_proof import MarkWithoutProof
from commands.registrations.register_client import RegisterClient
from commands.staff.add_staff import AddStaff
from commands.workshops.tick_attendance import TickAttendance
from tests.aggregates.test_any_invoice import Books
from tests.commands.test_any_school import BY_STAFF, NOW, PEOPLE, WHICH, WHO, AnySchool
from tests.support.lanes import figures

pytestmark = pytest.mark.rule("T18")
NUMBERS = st.integers(0, 5)
AMOUNTS = st.sampled_from([1, 1_999, 4_000, 18_750, 37_500])
THIRDS = st.integers(1, 4)
"""Thirds of what there is; four is too much."""
PRICES = (Money(minor=37_500, currency=Currency.CAD), Money(minor=31_001, currency=Currency.EUR))


class AnyCycle(AnySchool):
    """The same school where places cost something, two persons pay dollars and one pays euros."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_at: dict[UUID, int] = {}
        """Facts of each stream that were found well-formed."""
        self.read_only: dict[UUID, Any] = {}
        """Closed workshops as they were closed."""

    @initialize()
    def open_the_school(self) -> None:
        added = AddActivity(name="Écoute de soi", category=Category.REGULAR, days=1, prices=PRICES)
        self.activity = self.send(added)["activity"]
        chosen = (Role.CLIENT, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
        ten = AddDiscount(name="Chômage", percent=10, proof_needed=True, chosen_by=chosen)
        self.discount = self.send(ten)["discount"]
        ida = AddStaff(name="Ida Roy", email="ida@example.com", roles=(Role.ORGANISER,))
        self.organiser = self.send(ida)["staff"]
        past = self.plan(1, capacity=2)
        sizes = {3: 2, 30: 1, 60: 1}
        self.dates = [self.plan(hours, capacity=n, retake_limit=1) for hours, n in sizes.items()]
        countries = ("CA", "FR", "CA")
        self.people = [
            self.send(self.dossier(n).model_copy(update={"country": c}))["client"]
            for n, c in enumerate(countries)
        ]
        for client in self.people[:2]:
            self.sell(client, past)
        self.send(TickAttendance(workshop=past, registrations=self.seated(past)))
        for client, date in zip(self.people, self.dates[1:], strict=False):
            self.sell(client, date)
            self.note(client, 37_500, PaymentMethod.CHEQUE)
        self.follow_up(0, 0, "deposit")

    queue = offer_and_accept = leave_or_come_back = None  # type: ignore[assignment]
    """Waiting and leaving are the other machine's story."""

    def sell(self, client: UUID, date: UUID | None, discount: UUID | None = None) -> dict[str, UUID]:
        wish = RegisterClient(
            client=client,
            activity=self.activity,
            workshop=date,
            discount=discount,
            waive_reason="Paie sur place",
        )
        return self.send(wish)

    def note(self, client: UUID, minor: int, method: Any) -> None:
        registration = self.registration(client)
        for invoice in [i for i, state in self.invoices(client) if registration in _registrations(state)][:1]:
            currency = self.issued(invoice).currency
            part = Part(
                client=client, registration=registration, amount=Money(minor=minor, currency=currency)
            )
            self.send(NotePayment(payment=Typed(method=method), parts=(part,)))

    def invoices(self, client: UUID) -> list[tuple[UUID, Issued]]:
        known = [(s.id, state) for s, state in self.streams.of(INVOICE) if isinstance(state, Issued)]
        return [(id_, state) for id_, state in known if state.client == client]

    def issued(self, invoice: UUID) -> Issued:
        state = self.streams.one(INVOICE.at(invoice)).state
        assert isinstance(state, Issued)
        return state

    @rule(who=WHO, which=WHICH, dated=st.booleans(), by_staff=BY_STAFF)
    def go(self, who: int, which: int, dated: bool, by_staff: bool) -> None:
        client, date = self.people[who], self.dates[which]
        if not self.sell(client, date if dated else None, self.discount if by_staff else None):
            move = ChooseDate(client=client, registration=self.registration(client), workshop=date)
            self.send(move, by=None if by_staff else client)

    @rule(who=WHO, minor=AMOUNTS, method=st.sampled_from([PaymentMethod.CHEQUE, PaymentMethod.CASH]))
    def pay(self, who: int, minor: int, method: PaymentMethod) -> None:
        self.note(self.people[who], minor, method)
        if minor != 1:
            self.follow_up(who, -1, "deposit")

    @rule(who=WHO, number=NUMBERS, what=st.sampled_from(["deposit", "deposit", "bounce"]))
    def follow_up(self, who: int, number: int, what: str) -> None:
        mine = self.invoices(self.people[who])
        known = [PaymentOn(invoice=i, payment=p.id) for i, state in mine for p in state.payments]
        if known:
            wish = DepositPayments if what == "deposit" else BouncePayments
            self.send(wish(payments=(known[number % len(known)],)))

    @rule(who=WHO, number=NUMBERS, third=THIRDS)
    def give_back(self, who: int, number: int, third: int) -> None:
        for invoice, state in self.invoices(self.people[who]):
            for payment in [p for p in state.payments if p.held(CREDIT).minor]:
                amount = _part(payment.held(CREDIT), third)
                wish = RefundOf(payment=payment.id, amount=amount, method=PaymentMethod.CHEQUE)
                self.send(RefundCredit(invoice=invoice, refunds=(wish,)), staff=1 + number % 2)

    @rule(who=WHO, fee=st.sampled_from([0, 0, 4_000, 37_500]), third=st.none() | THIRDS, credit=st.booleans())
    def settle(self, who: int, fee: int, third: int | None, credit: bool) -> None:
        """Accounting decide a case: a fee, money back, or credit on another invoice, perhaps of euros."""
        client = self.people[who]
        self.step_back(who, by_staff=True, wish="cancel")
        mine = self.invoices(client)
        for invoice, state in mine:
            for case in (c for c in state.cases.values() if c.is_open):
                at = on_line(case.line)
                held = [(p.id, p.held(at)) for p in state.payments if p.deposited and at in p.pockets]
                refunds = [
                    RefundOf(payment=id_, amount=_part(had, third), method=PaymentMethod.CHEQUE)
                    for id_, had in held[:1]
                    if third
                ]
                target = CreditTo(invoice=mine[-1][0], amount=held[0][1]) if credit and held else None
                self.send(
                    DecideCase(
                        client=client,
                        invoice=invoice,
                        case=case.id,
                        fee=Money(minor=fee, currency=state.currency),
                        refunds=tuple(refunds),
                        credit=target,
                    )
                )

    @rule(who=WHO, minor=AMOUNTS, up=st.booleans())
    def reprice(self, who: int, minor: int, up: bool) -> None:
        """The regular price where there was no proof, or something off a line."""
        client, registration = self.people[who], self.registration(self.people[who])
        if up:
            self.send(MarkWithoutProof(client=client, registration=registration))
            raised = RaisePrice(client=client, registration=registration, amount=None, reason="Sans preuve.")
            self.send(raised)
            return
        for invoice, state in self.invoices(client)[-1:]:
            off = Money(minor=minor, currency=state.currency)
            line = state.lines[0].id
            self.send(CreditLine(client=client, invoice=invoice, line=line, amount=off, reason="Geste."))

    @invariant()
    def lines_less_payments_plus_refunds_are_the_balance(self) -> None:
        for stream, state in self.streams.of(INVOICE):
            if isinstance(state, Issued):
                balanced(state, self.streams.facts[stream.id])

    @invariant()
    def no_amount_is_a_float_and_no_invoice_holds_two_currencies(self) -> None:
        for stream, kind in self.streams.kinds.items():
            facts = self.streams.facts[stream]
            new = facts[self.looked_at.get(stream, 0) :]
            exact(new)
            if kind is INVOICE and new:
                one_currency(self.issued(stream).currency, new)
            self.looked_at[stream] = len(facts)

    @invariant()
    def a_read_only_workshop_never_changes(self) -> None:
        for stream, workshop in self.streams.of(WORKSHOP):
            if isinstance(workshop, Planned) and workshop.closing.stage is Stage.CLOSED:
                assert self.read_only.setdefault(stream.id, roster_of(workshop)) == roster_of(workshop)
            else:
                self.read_only.pop(stream.id, None)

    @invariant()
    def each_registration_has_one_line_cancelled_with_it_and_numbers_have_no_gap(self) -> None:
        """Supplements have lines of their own here; numbers count per currency."""
        numbers: dict[str, list[int]] = {}
        for _, invoice in self.streams.of(INVOICE):
            assert isinstance(invoice, Issued)
            series, _, n = invoice.number.rpartition("-")
            numbers.setdefault(series, []).append(int(n))
        for of_one in numbers.values():
            assert sorted(of_one) == list(range(1, len(of_one) + 1))


def _registrations(invoice: Issued) -> set[UUID | None]:
    return {line.registration for line in invoice.lines}


def _part(amount: Money, thirds: int) -> Money:
    return Money(minor=max(1, amount.minor * thirds // 3), currency=amount.currency)


def balanced(invoice: Issued, facts: Sequence[Fact]) -> None:
    """Lines less payments plus refunds, from the facts alone, are what the invoice says is owed."""
    books = Books(facts)
    assert sum(books.accounts.values()) == 0
    assert invoice.balance.minor - invoice.waiting.minor == books.accounts["client"]


def values_in(value: Any) -> Iterator[Any]:
    """Everything that a fact is made of, down to plain values; amounts stay whole."""
    yield value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from values_in(getattr(value, name))
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from values_in(pair)
    elif isinstance(value, tuple | list | frozenset):
        for inner in value:
            yield from values_in(inner)


def exact(facts: Sequence[Fact]) -> None:
    assert not [value for fact in facts for value in values_in(fact) if isinstance(value, float)]


def one_currency(currency: Currency, facts: Sequence[Fact]) -> None:
    found = {value.currency for fact in facts for value in values_in(fact) if isinstance(value, Money)}
    assert found <= {currency}


def roster_of(workshop: Workshop) -> Any:
    """What nobody changes once it is closed."""
    assert isinstance(workshop, Planned)
    seats = [(registration, seat) for registration, seat in workshop.seats.items()]
    return (workshop.plan, workshop.sessions, workshop.venue, seats, dict(workshop.closing.absents))


@figures(("runs", "steps"), short=(300, 10), long=(5_000, 50))
def test_any_history_of_a_school_that_sells(runs: int, steps: int) -> None:
    run_state_machine_as_test(
        AnyCycle, settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None)
    )


class TestTheMachineNoticesWhatIsPlanted:
    """Controls: with these faults its invariants fail."""

    @pytest.fixture
    def school(self) -> AnyCycle:
        machine = AnyCycle()
        machine.open_the_school()
        machine.lines_less_payments_plus_refunds_are_the_balance()
        machine.no_amount_is_a_float_and_no_invoice_holds_two_currencies()
        return machine

    def invoice(self, school: AnyCycle) -> tuple[UUID, tuple[Fact, ...]]:
        id_ = next(i for i, state in school.invoices(school.people[0]) if list(state.payments))
        return id_, school.streams.facts[id_]

    def test_a_deposit_that_the_invoice_forgot(self, school: AnyCycle) -> None:
        id_, facts = self.invoice(school)
        received = next(fact for fact in facts if isinstance(fact, PaymentReceived))
        with pytest.raises(AssertionError):
            balanced(school.issued(id_), [*facts, PaymentDeposited(payment=received.payment)])

    def test_an_amount_that_is_no_whole_number_of_cents(self, school: AnyCycle) -> None:
        _, (issued, *_) = self.invoice(school)
        assert isinstance(issued, InvoiceIssued)
        half = Money.model_construct(minor=cast("int", 0.5), currency=Currency.CAD)
        line = issued.lines[0].model_copy(update={"price": half})
        with pytest.raises(AssertionError):
            exact([issued.model_copy(update={"lines": (line,)})])

    def test_euros_on_an_invoice_in_dollars(self, school: AnyCycle) -> None:
        _, facts = self.invoice(school)
        received = next(fact for fact in facts if isinstance(fact, PaymentReceived))
        euros = received.model_copy(update={"amount": Money(minor=4_000, currency=Currency.EUR)})
        with pytest.raises(AssertionError):
            one_currency(Currency.CAD, [euros])

    def test_a_seat_that_is_freed_after_closing(self, school: AnyCycle) -> None:
        school.now = NOW + timedelta(days=30)
        date = school.dates[1]
        school.close(1, really=True, reopen=False)
        school.a_read_only_workshop_never_changes()
        assert date in school.read_only
        facts = school.streams.facts[date]
        (registration,) = school.seated(date)
        freed = SeatFreed(registration=registration, client=school.people[0])
        school.streams.facts[date] = (*facts, freed)
        with pytest.raises(AssertionError):
            school.a_read_only_workshop_never_changes()

    def test_the_story_is_told_with_money_in_both_currencies(self, school: AnyCycle) -> None:
        owed = {school.issued(i).currency for who in school.people for i, _ in school.invoices(who)}
        assert owed == {Currency.CAD, Currency.EUR}
        assert len(school.people) == PEOPLE
        state = school.streams.one(CLIENT.at(school.people[1])).state
        assert isinstance(state, Dossier)
        assert state.country == "FR"
