"""Whatever happens to one client's money: every cent lies somewhere once, and the books agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from aggregates.invoice.decisions import (
    Verdict,
    cancel_line,
    credit_line,
    decide_case,
    issue,
    reopen_line,
)
from aggregates.invoice.events import (
    CaseDecided,
    Fee,
    FeeBasis,
    InvoiceIssued,
    LineCancelled,
    LineCredited,
    LineReopened,
)
from aggregates.invoice.payments.decisions import (
    Incoming,
    bounce,
    correct,
    deposit,
    reallocate,
    receive,
    send_cheque,
    split,
    withdraw,
)
from aggregates.invoice.payments.events import (
    CreditMoved,
    PaymentBounced,
    PaymentCorrected,
    PaymentDeposited,
    PaymentMethod,
    PaymentReceived,
    PaymentSplit,
    PaymentWithdrawn,
    PocketKind,
    RefundApproved,
    RefundMade,
)
from aggregates.invoice.payments.policies import for_invoice, for_registration, on_line
from aggregates.invoice.payments.state import CREDIT, Payment, PaymentStatus
from aggregates.invoice.policies import credited_by
from aggregates.invoice.refunds.decisions import Giving, approve_refund, refund, send_credit, withdraw_refund
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Fact, Money, Refused
from tests.aggregates.given import CLIENT_ID, NOW, fold, line, uid
from tests.support.lanes import figures

NUMBERS = st.integers(0, 11)
WHICH = st.integers(0, 4)
SHARES = st.integers(1, 4)
"""Thirds of what there is; four is too much."""
AMOUNTS = st.sampled_from([1, 1_999, 4_000, 10_050, 33_750, 37_500]) | st.integers(1, 60_000)
METHODS = st.sampled_from(PaymentMethod)
TYPED = st.sampled_from([PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER])
BACK = st.sampled_from([PaymentMethod.CARD, PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER])
IN_HAND = {
    PaymentMethod.CARD: "bank",
    PaymentMethod.CREDIT: "other invoices",
    PaymentMethod.TAKEN_OVER: "the former system",
}
PEOPLE = [uid("first accountant"), uid("second accountant")]
FEES = st.sampled_from([Fee(basis=b, percent=10) for b in FeeBasis])
PRICES = {"dollars": (37_500, 33_750, 0), "more dollars": (18_750, 37_500), "euros": (37_500, 15_000)}
CURRENCY = {"dollars": Currency.CAD, "more dollars": Currency.CAD, "euros": Currency.EUR}


def noted(payment: Payment) -> bool:
    return payment.status is PaymentStatus.NOTED


def deposited(payment: Payment) -> bool:
    return payment.deposited


def may_bounce(payment: Payment) -> bool:
    """A cheque or transfer, once something of it was given back or waits for that."""
    from_bank = payment.method in (PaymentMethod.CHEQUE, PaymentMethod.TRANSFER)
    left = payment.in_kinds(PocketKind.LINE, PocketKind.CREDIT)
    return payment.deposited and from_bank and left < payment.amount


def with_credit(payment: Payment) -> bool:
    return payment.deposited and payment.held(CREDIT).minor > 0


class AnyInvoice(RuleBasedStateMachine):
    """Two invoices in dollars, one in euros, and supplements to them."""

    def __init__(self) -> None:
        super().__init__()
        self.invoices: dict[UUID, Issued] = {}
        self.facts: dict[UUID, list[Fact]] = {}
        self.made = 0

    def new(self, what: str) -> UUID:
        self.made += 1
        return uid(f"{what} {self.made}")

    @initialize()
    def invoice(self) -> None:
        for name, prices in PRICES.items():
            self.issue(uid(name), prices, CURRENCY[name])
        for which, minor, method in (
            (0, 60_000, PaymentMethod.CARD),
            (0, 20_000, PaymentMethod.CHEQUE),
            (1, 30_000, PaymentMethod.CHEQUE),
            (2, 60_000, PaymentMethod.CASH),
        ):
            self.pay(which, minor, method, on_roster=False, number=0)
        self.follow_up(0, 1, "deposit")

    def issue(self, invoice: UUID, prices: Sequence[int], currency: Currency, **more: Any) -> None:
        self.invoices[invoice] = INVOICE.initial  # type: ignore[assignment]
        self.facts[invoice] = []
        lines = [
            line(
                id=uid(f"{invoice} {n}"),
                registration=uid(f"registration {invoice} {n}"),
                price=Money(minor=price, currency=currency),
                deposit=Money(minor=min(4_000, price), currency=currency),
            )
            for n, price in enumerate(prices)
        ]
        self.take(
            (invoice,),
            issue,
            person=CLIENT_ID,
            number=str(invoice),
            issued_on=NOW.date(),
            currency=currency,
            billing_name="Éloïse D'Arcy-Lévesque",
            lines=lines,
            **more,
        )

    def take(self, of: tuple[UUID, ...], decide: Callable[..., Any], *values: Any, **named: Any) -> bool:
        """Record what was decided, nothing when it is refused; the same wish again records nothing."""
        facts = self.decided(of, decide, *values, **named)
        for invoice, new in zip(of, facts, strict=True):
            self.invoices[invoice] = fold(INVOICE, self.invoices[invoice], new)  # type: ignore[assignment]
            self.facts[invoice] += new
        again = self.decided(of, decide, *values, **named)
        assert not any(again), "a wish already met records nothing"
        return any(facts)

    def decided(self, of: tuple[UUID, ...], decide: Callable[..., Any], *values: Any, **named: Any) -> Any:
        try:
            decided = decide(*(self.invoices[i] for i in of), *values, **named)
        except Refused:
            return [[]] * len(of)
        return [decided] if len(of) == 1 else decided

    def pick(self, which: int, fit: Callable[[Issued], object] = bool) -> UUID:
        """An invoice that fits, if there is one."""
        some = [id_ for id_, invoice in self.invoices.items() if fit(invoice)] or list(self.invoices)
        return some[which % len(some)]

    def payment(self, invoice: UUID, number: int, fit: Callable[[Payment], bool] = bool) -> Payment | None:
        """Any payment at times, else one that fits."""
        known = list(self.invoices[invoice].payments)
        fitting = [payment for payment in known if fit(payment)]
        some = known if number == 0 else fitting
        return some[number % len(some)] if some else None

    @staticmethod
    def part(amount: Money, share: int) -> Money:
        return Money(minor=max(1, amount.minor * share // 3), currency=amount.currency)

    def line(self, invoice: UUID, number: int) -> UUID:
        lines = self.invoices[invoice].lines
        return lines[number % len(lines)].id

    def money(self, invoice: UUID, minor: int) -> Money:
        return Money(minor=minor, currency=self.invoices[invoice].currency)

    @rule(which=WHICH, minor=AMOUNTS, method=METHODS, on_roster=st.booleans(), number=NUMBERS)
    def pay(self, which: int, minor: int, method: PaymentMethod, on_roster: bool, number: int) -> None:
        invoice = self.pick(which)
        if method is PaymentMethod.CREDIT:
            return
        state, registration = self.invoices[invoice], None
        dates = {n.registration: NOW + timedelta(days=-i) for i, n in enumerate(state.lines[:2])}
        marks = for_invoice(state, {r: d for r, d in dates.items() if r is not None})
        if on_roster:
            registration = state.lines[number % len(state.lines)].registration
            assert registration is not None
            marks = for_registration(state, registration)
        incoming = Incoming(
            self.new("payment"), method, self.money(invoice, minor), registration, holder=PEOPLE[0]
        )
        self.take((invoice,), receive, incoming, marks)

    @rule(which=WHICH, number=NUMBERS, minor=AMOUNTS, method=TYPED)
    def correct(self, which: int, number: int, minor: int, method: PaymentMethod) -> None:
        invoice = self.pick(which)
        if payment := self.payment(invoice, number, noted):
            self.take(
                (invoice,),
                correct,
                payment.id,
                amount=self.money(invoice, minor),
                method=method,
                marks=for_invoice(self.invoices[invoice], {}),
                reason="Faute de frappe.",
            )

    @rule(
        which=WHICH,
        number=NUMBERS,
        what=st.sampled_from(["withdraw", "deposit", "deposit", "bounce", "send"]),
    )
    def follow_up(self, which: int, number: int, what: str) -> None:
        invoice = self.pick(which)
        fit = noted if what != "bounce" else may_bounce if number % 2 else deposited
        if payment := self.payment(invoice, number, fit):
            wishes: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
                "withdraw": (withdraw, {"reason": "Jamais reçu."}),
                "deposit": (deposit, {}),
                "bounce": (bounce, {}),
                "send": (send_cheque, {"by": PEOPLE[number % 2], "for_others": False}),
            }
            decide, named = wishes[what]
            self.take((invoice,), decide, payment.id, **named)

    @rule(which=WHICH, number=NUMBERS, shares=st.lists(AMOUNTS, max_size=3))
    def reallocate(self, which: int, number: int, shares: list[int]) -> None:
        invoice = self.pick(which)
        if payment := self.payment(invoice, number):
            lines = (known.id for known in self.invoices[invoice].lines)
            wanted = {at: self.money(invoice, minor) for at, minor in zip(lines, shares, strict=False)}
            self.take((invoice,), reallocate, payment.id, wanted)

    @rule(which=WHICH, number=NUMBERS, fee=FEES)
    def cancel(self, which: int, number: int, fee: Fee) -> None:
        invoice = self.pick(which)
        case = self.new("case")
        self.take((invoice,), cancel_line, self.line(invoice, number), note=None, now=NOW, case=case, fee=fee)

    @rule(which=WHICH, number=NUMBERS)
    def reopen(self, which: int, number: int) -> None:
        invoice = self.pick(which, lambda i: i.cancelled)
        cases = [c.line for c in self.invoices[invoice].cases.values()]
        line = cases[number % len(cases)] if cases else self.line(invoice, number)
        self.take((invoice,), reopen_line, line)

    def hand_over(
        self, source: UUID, target: UUID, incoming: Incoming, decide: Callable[[Issued], Sequence[Fact]]
    ) -> bool:
        """Money leaves one invoice and comes in on another in one act."""

        def both(a: Issued, b: Issued) -> tuple[Sequence[Fact], Sequence[Fact]]:
            return decide(a), receive(b, incoming, for_invoice(b, {}))

        return self.take((source, target), both)

    @rule(which=WHICH, to=WHICH, share=SHARES)
    def move_credit(self, which: int, to: int, share: int) -> None:
        invoice, target = self.pick(which, lambda i: any(map(with_credit, i.payments))), self.pick(to)
        if invoice != target:
            held = (p.held(CREDIT) for p in self.invoices[invoice].payments if p.deposited)
            payment = self.new("credit")
            amount = self.part(Money.total(self.invoices[invoice].currency, held), share)
            incoming = Incoming(payment, PaymentMethod.CREDIT, amount, credit_from=invoice)
            self.hand_over(
                invoice, target, incoming, partial(send_credit, amount=amount, to=target, payment=payment)
            )

    @rule(
        which=WHICH,
        fee=st.sampled_from([0, 1_999, 4_000, 37_500]),
        back=st.none() | SHARES,
        method=BACK,
        to=WHICH,
        credit=st.none() | SHARES,
        second=st.booleans(),
    )
    def decide(
        self,
        which: int,
        fee: int,
        back: int | None,
        method: PaymentMethod,
        to: int,
        credit: int | None,
        second: bool,
    ) -> None:
        invoice, target = self.pick(which, lambda i: i.undecided), self.pick(to)
        state = self.invoices[invoice]
        cases = [c for c in state.cases.values() if c.is_open or fee == 0]
        if not cases:
            return
        line = on_line(cases[-1].line)
        paid = [p for p in state.payments if p.deposited and line in p.pockets]
        verdict = Verdict(
            self.money(invoice, fee),
            [
                Giving(self.new("refund"), p.id, self.part(p.held(line), back), method)
                for p in paid[-1:]
                if back
            ],
            self.part(paid[0].held(line), credit) if paid and credit and target != invoice else None,
            target,
            self.new("credit"),
        )
        number = str(self.new("note"))

        def decided(source: Issued) -> Sequence[Fact]:
            left = credited_by(source, cases[-1], verdict.kept) if cases[-1].is_open else verdict.kept
            return decide_case(
                source,
                cases[-1].id,
                verdict,
                number=number if left.minor else None,
                today=NOW.date(),
                by=PEOPLE[0],
                needs_second=second,
            )

        if verdict.credit is None or verdict.credit_payment is None:
            done = self.take((invoice,), decided)
        else:
            incoming = Incoming(
                verdict.credit_payment, PaymentMethod.CREDIT, verdict.credit, credit_from=invoice
            )
            done = self.hand_over(invoice, target, incoming, decided)
        if done and (verdict.refunds or verdict.credit is not None):
            assert self.invoices[invoice].paid(cases[-1].line) == verdict.kept, "the fee comes first"

    @rule(which=WHICH, number=NUMBERS, share=SHARES, method=BACK, second=st.booleans())
    def refund(self, which: int, number: int, share: int, method: PaymentMethod, second: bool) -> None:
        invoice = self.pick(which, lambda i: any(map(with_credit, i.payments)))
        if payment := self.payment(invoice, number, with_credit):
            amount = self.part(payment.held(CREDIT), share)
            wishes = [Giving(self.new("refund"), payment.id, part, method) for part in (amount, amount)]
            self.take((invoice,), refund, wishes[: 1 + number % 2], by=PEOPLE[0], needs_second=second)

    @rule(which=WHICH, number=NUMBERS, approved=st.booleans())
    def settle_refund(self, which: int, number: int, approved: bool) -> None:
        invoice = self.pick(which, lambda i: i.payments.refunds)
        known = list(self.invoices[invoice].payments.refunds)
        if known and approved:
            self.take((invoice,), approve_refund, known[number % len(known)], by=PEOPLE[number % 2])
        elif known:
            self.take((invoice,), withdraw_refund, known[number % len(known)])

    @rule(which=WHICH, number=NUMBERS, minor=AMOUNTS)
    def credit_line(self, which: int, number: int, minor: int) -> None:
        invoice = self.pick(which)
        self.take(
            (invoice,),
            credit_line,
            self.line(invoice, number),
            self.money(invoice, minor),
            number=str(self.new("note")),
            today=NOW.date(),
            reason="Geste commercial.",
        )

    @rule(which=WHICH, minor=AMOUNTS)
    def raise_price(self, which: int, minor: int) -> None:
        """A supplement; credit that is only noted is noted there instead."""
        invoice = self.pick(which)
        if len(self.invoices) >= 6:
            return
        supplement = self.new("supplement")
        currency = self.invoices[invoice].currency
        self.issue(supplement, [minor], currency, supplement_of=invoice, reason="Sans preuve.")
        for payment in [p for p in self.invoices[invoice].payments if noted(p)]:
            amount = min(payment.held(CREDIT), self.money(invoice, minor))
            if amount.minor:
                part = self.new("part")
                incoming = Incoming(part, payment.method, amount, payment.registration, holder=payment.holder)
                off = partial(split, payment=payment.id, amount=amount, to=supplement, part=part)
                self.hand_over(invoice, supplement, incoming, off)

    @invariant()
    def every_cent_of_a_payment_lies_in_one_pocket(self) -> None:
        for invoice in self.invoices.values():
            for payment in invoice.payments:
                assert all(amount.minor > 0 for amount in payment.pockets.values())
                assert sum(amount.minor for amount in payment.pockets.values()) == payment.amount.minor

    @invariant()
    def no_line_asks_for_less_than_nothing_or_holds_more_than_it_asks(self) -> None:
        for invoice in self.invoices.values():
            for known in invoice.lines:
                assert 0 <= invoice.due(known).minor <= invoice.price(known).minor <= known.price.minor
                assert invoice.paid(known.id) <= invoice.price(known)

    @invariant()
    def the_balance_is_what_the_facts_come_to(self) -> None:
        elsewhere: Counter[Currency] = Counter()
        for id_, invoice in self.invoices.items():
            books = Books(self.facts[id_])
            assert invoice.balance.minor - invoice.waiting.minor == books.accounts["client"]
            assert sum(books.accounts.values()) == 0
            elsewhere[invoice.currency] += books.accounts["other invoices"]
        assert not +elsewhere
        assert not -elsewhere

    @invariant()
    def never_more_is_given_back_than_was_deposited(self) -> None:
        for id_, invoice in self.invoices.items():
            books = Books(self.facts[id_])
            assert all(given <= books.deposits[payment] for payment, given in books.given.items())
            assert {p.id for p in invoice.payments if p.deposited} <= set(books.deposits)

    @invariant()
    def notes_on_credit_have_each_their_number(self) -> None:
        numbers = [c.note.number for invoice in self.invoices.values() for c in invoice.credit_notes]
        assert len(numbers) == len(set(numbers))


class Books:
    """Double entry from the facts of one invoice alone, in cents."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.accounts: Counter[str] = Counter()
        self.deposits: Counter[UUID] = Counter()
        """Ever deposited, by payment."""
        self.given: Counter[UUID] = Counter()
        """Refunded or moved away, by payment."""
        self.amounts: dict[UUID, int] = {}
        self.prices: dict[UUID, int] = {}
        self.cancelled: set[UUID] = set()
        for fact in facts:
            self.enter(fact)

    def between(self, debit: str, credit: str, minor: int) -> None:
        self.accounts[debit] += minor
        self.accounts[credit] -= minor

    def enter(self, fact: Fact) -> None:
        match fact:
            case InvoiceIssued():
                self.prices = {sold.id: sold.price.minor for sold in fact.lines}
                self.between("client", "revenue", sum(self.prices.values()))
            case LineCancelled():
                self.between("undecided", "client", self.prices[fact.line])
            case LineReopened():
                self.between("client", "undecided", self.prices[fact.line])
            case CaseDecided():
                self.between("client", "undecided", self.prices[fact.line])
                self.credit_note(fact.line, 0 if fact.credit_note is None else fact.credit_note.amount.minor)
                assert self.prices[fact.line] == fact.kept.minor
            case LineCredited():
                self.credit_note(fact.line, fact.credit_note.amount.minor)
            case _:
                self.pay(fact)

    def credit_note(self, at: UUID, minor: int) -> None:
        self.prices[at] -= minor
        self.between("revenue", "client", minor)

    def pay(self, fact: Fact) -> None:
        match fact:
            case PaymentReceived():
                self.amounts[fact.payment] = fact.amount.minor
                if fact.method.at_once:
                    self.deposits[fact.payment] = fact.amount.minor
                    self.between(IN_HAND[fact.method], "client", fact.amount.minor)
            case PaymentCorrected():
                self.amounts[fact.payment] = fact.amount.minor
            case PaymentSplit():
                self.amounts[fact.payment] -= sum(move.amount.minor for move in fact.moves)
            case PaymentWithdrawn():
                del self.amounts[fact.payment]
            case PaymentDeposited():
                self.deposits[fact.payment] = self.amounts[fact.payment]
                self.between("bank", "client", self.amounts[fact.payment])
            case PaymentBounced():
                self.between("client", "bank", self.amounts[fact.payment])
            case RefundMade() | RefundApproved():
                self.give("bank", fact)
            case CreditMoved():
                self.give("other invoices", fact)

    def give(self, account: str, fact: RefundMade | RefundApproved | CreditMoved) -> None:
        for move in fact.moves:
            self.given[move.payment] += move.amount.minor
            self.between("client", account, move.amount.minor)


@pytest.mark.rule("T18", "FAC-1", "FAC-2", "FAC-4", "FAC-9")
@figures(("runs", "steps"), short=(300, 15), long=(5_000, 50))
def test_any_history_of_payments(runs: int, steps: int) -> None:
    run_state_machine_as_test(
        AnyInvoice, settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None)
    )


class TestTheBooksNoticeWhatIsPlanted:
    """Controls: with these faults the machine's invariants fail."""

    def machine(self) -> AnyInvoice:
        machine = AnyInvoice()
        machine.invoice()
        machine.the_balance_is_what_the_facts_come_to()
        machine.every_cent_of_a_payment_lies_in_one_pocket()
        return machine

    @pytest.mark.rule("T18")
    @pytest.mark.parametrize("kind", [PaymentDeposited, PaymentReceived])
    def test_a_payment_that_a_state_forgot(self, kind: type[Fact]) -> None:
        machine = self.machine()
        id_, facts = next(iter(machine.facts.items()))
        deposited = next(fact.payment for fact in facts if isinstance(fact, PaymentDeposited))
        about = [fact for fact in facts if getattr(fact, "payment", None) == deposited]
        gone = about if kind is PaymentReceived else [fact for fact in about if isinstance(fact, kind)]
        left = [fact for fact in facts if fact not in gone]
        machine.invoices[id_] = fold(INVOICE, INVOICE.initial, left)  # type: ignore[assignment]
        with pytest.raises(AssertionError):
            machine.the_balance_is_what_the_facts_come_to()

    @pytest.mark.rule("T18")
    def test_a_cent_that_lies_nowhere(self) -> None:
        machine = self.machine()
        id_, invoice = next(iter(machine.invoices.items()))
        payment = next(iter(invoice.payments))
        pocket, amount = next(iter(payment.pockets.items()))
        short = replace(payment, pockets={**payment.pockets, pocket: amount - cent(amount)})
        known = {**invoice.payments.known, payment.id: short}
        machine.invoices[id_] = replace(invoice, payments=replace(invoice.payments, known=known))
        with pytest.raises(AssertionError):
            machine.every_cent_of_a_payment_lies_in_one_pocket()


def cent(of: Money) -> Money:
    return Money(minor=1, currency=of.currency)
