"""Payments: where each cent goes, deposit, bounce, corrections, cheques (FAC-1, FAC-2, FAC-5, FAC-10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.catalogue.settings import Category, Region
from aggregates.invoice.decisions import reopen_line
from aggregates.invoice.events import InvoiceIssued, LineCancelled
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
    ChequeSent,
    Move,
    PaymentBounced,
    PaymentCorrected,
    PaymentDeposited,
    PaymentDescribed,
    PaymentMethod,
    PaymentReallocated,
    PaymentReceived,
    PaymentSplit,
    PaymentWithdrawn,
    Pocket,
)
from aggregates.invoice.payments.policies import (
    for_invoice,
    for_registration,
    on_line,
    send_cheques_now,
    still_asked,
    under_roster_cap,
    within_roster_cap,
)
from aggregates.invoice.payments.refusals import (
    AllocationTooHigh,
    CannotBounce,
    NoSuchPayment,
    NotACheque,
    NotHolder,
    OtherCurrency,
    PaymentGone,
    PaymentNotDeposited,
    PaymentNotNoted,
    RosterCapExceeded,
)
from aggregates.invoice.payments.state import CREDIT
from aggregates.invoice.refunds.decisions import Giving, refund
from aggregates.invoice.refusals import CaseOpen, NoSuchInvoice, NoSuchLine
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Money
from aggregates.workshop.state import WORKSHOP, Planned
from tests.aggregates.given import (
    CLIENT_ID,
    LINE,
    NOW,
    ORGANISER,
    REGISTRATION,
    activity,
    cad,
    eur,
    fold,
    given,
    issued,
    line,
    planned,
    uid,
)

OTHER, OTHER_REGISTRATION = uid("second line"), uid("second registration")
PAYMENT, CASE = uid("payment"), uid("case")
TWO_LINES = issued(line(), line(id=OTHER, registration=OTHER_REGISTRATION))
CANCELLED = LineCancelled(person=CLIENT_ID, line=LINE, note=None, cancelled_at=NOW, case=CASE)
DEPOSITED = PaymentDeposited(payment=PAYMENT)


def put(amount: Money, target: Pocket, payment: UUID = PAYMENT) -> Move:
    """Money that came in."""
    return Move(payment=payment, amount=amount, target=target)


def shifted(amount: Money, source: Pocket, target: Pocket | None, payment: UUID = PAYMENT) -> Move:
    return Move(payment=payment, amount=amount, source=source, target=target)


def received(*moves: Move, method: PaymentMethod = PaymentMethod.CHEQUE, **more: Any) -> PaymentReceived:
    """A payment that went where these moves say."""
    amount = Money.total(moves[0].amount.currency, (move.amount for move in moves))
    return PaymentReceived(payment=moves[0].payment, method=method, amount=amount, moves=moves, **more)


def incoming(amount: Money, method: PaymentMethod = PaymentMethod.CHEQUE, **more: Any) -> Incoming:
    return Incoming(PAYMENT, method, amount, **more)


def after(*facts: Any) -> Issued:
    state = given(INVOICE, *facts).state
    assert isinstance(state, Issued)
    return state


FORTY = received(put(cad(40), on_line(LINE)))
TOO_MUCH = received(put(cad(375), on_line(LINE)), put(cad(25), CREDIT))


class TestAllocation:
    pytestmark = pytest.mark.rule("FAC-1")

    def test_a_payment_on_the_roster_belongs_to_its_registration(self) -> None:
        marks = for_registration(after(TWO_LINES), OTHER_REGISTRATION)
        state = (
            given(INVOICE, TWO_LINES)
            .when(receive, incoming(cad(100), registration=OTHER_REGISTRATION), marks)
            .then(received(put(cad(100), on_line(OTHER)), registration=OTHER_REGISTRATION))
        )
        assert isinstance(state, Issued)
        assert (state.paid(LINE), state.paid(OTHER)) == (cad(0), cad(100))

    def test_a_payment_on_the_invoice_fills_deposits_in_line_order_then_balances_by_date(self) -> None:
        """Lines of 375.00 with deposits of 40.00; the second is taught first, a third has no date."""
        third = line(id=uid("third line"), registration=uid("third registration"))
        sold = issued(*TWO_LINES.lines, third)
        starts = {REGISTRATION: NOW + timedelta(days=60), OTHER_REGISTRATION: NOW + timedelta(days=30)}
        marks = for_invoice(after(sold), starts)
        for paid, expected in [
            (60, (40, 20, 0)),
            (120, (40, 40, 40)),
            (500, (85, 375, 40)),
            (800, (375, 375, 50)),
        ]:
            (fact,) = receive(after(sold), incoming(cad(paid)), marks)
            state = after(sold, fact)
            assert tuple(state.paid(known.id).minor for known in sold.lines) == tuple(
                100 * share for share in expected
            )

    @pytest.mark.rule("INS-4")
    def test_lines_that_start_soon_are_filled_before_all_deposits(self) -> None:
        marks = for_invoice(after(TWO_LINES), {}, first=[OTHER])
        (fact,) = receive(after(TWO_LINES), incoming(cad(375)), marks)
        assert after(TWO_LINES, fact).paid(OTHER) == cad(375)

    @pytest.mark.rule("FAC-2")
    def test_what_exceeds_all_lines_is_credit(self) -> None:
        given(INVOICE, issued()).when(receive, incoming(cad(400)), for_invoice(after(issued()), {})).then(
            TOO_MUCH
        )
        assert after(issued(), TOO_MUCH).balance_noted == cad(-25)

    def test_it_goes_on_from_what_is_paid(self) -> None:
        marks = for_invoice(after(issued(), FORTY), {})
        second = Incoming(uid("second"), PaymentMethod.CASH, cad(400))
        (fact,) = receive(after(issued(), FORTY), second, marks)
        assert [move.amount for move in fact.moves] == [cad(335), cad(65)]  # type: ignore[union-attr]

    def test_nothing_is_put_on_a_line_whose_case_is_open(self) -> None:
        marks = for_invoice(after(issued(), CANCELLED), {})
        (fact,) = receive(after(issued(), CANCELLED), incoming(cad(40)), marks)
        assert fact == received(put(cad(40), CREDIT))

    def test_what_is_still_asked_is_what_lacks_up_to_the_marks(self) -> None:
        state = after(TWO_LINES, FORTY)
        assert still_asked(state, for_registration(state, REGISTRATION)) == cad(335)

    def test_accounting_reallocate(self) -> None:
        moves = (
            shifted(cad(300), on_line(LINE), CREDIT),
            shifted(cad(325), CREDIT, on_line(OTHER)),
        )
        past = given(INVOICE, TWO_LINES, TOO_MUCH)
        wish = {LINE: cad(75), OTHER: cad(325)}
        state = past.when(reallocate, PAYMENT, wish).then(PaymentReallocated(payment=PAYMENT, moves=moves))
        assert isinstance(state, Issued)
        assert [state.paid(known) for known in (LINE, OTHER)] == [cad(75), cad(325)]
        given(INVOICE, TWO_LINES, TOO_MUCH, PaymentReallocated(payment=PAYMENT, moves=moves)).when(
            reallocate, PAYMENT, wish
        ).then_nothing()

    def test_never_more_than_a_line_asks_for_or_a_payment_has(self) -> None:
        past = given(INVOICE, TWO_LINES, TOO_MUCH)
        past.when(reallocate, PAYMENT, {LINE: cad(375.01)}).then_refused(AllocationTooHigh, most=cad(375))
        past.when(reallocate, PAYMENT, {LINE: cad(375), OTHER: cad(25.01)}).then_refused(
            AllocationTooHigh, most=cad(400)
        )
        past.when(reallocate, PAYMENT, {uid("x"): cad(1)}).then_refused(NoSuchLine)
        past.when(reallocate, uid("x"), {}).then_refused(NoSuchPayment)
        past.when(reallocate, PAYMENT, {LINE: eur(1)}).then_refused(OtherCurrency, currency="CAD")

    def test_a_line_may_be_emptied_and_one_cent_counts(self) -> None:
        taken = PaymentReallocated(payment=PAYMENT, moves=(shifted(cad(40), on_line(LINE), CREDIT),))
        given(INVOICE, issued(), FORTY).when(reallocate, PAYMENT, {}).then(taken)
        cent = PaymentReallocated(payment=PAYMENT, moves=(shifted(cad(0.01), on_line(LINE), CREDIT),))
        given(INVOICE, issued(), FORTY).when(reallocate, PAYMENT, {LINE: cad(39.99)}).then(cent)

    def test_what_lies_in_an_open_case_is_not_reallocated(self) -> None:
        past = given(INVOICE, TWO_LINES, TOO_MUCH, CANCELLED)
        past.when(reallocate, PAYMENT, {LINE: cad(1)}).then_refused(CaseOpen, case=CASE)
        past.when(reallocate, PAYMENT, {OTHER: cad(26)}).then_refused(AllocationTooHigh, most=cad(25))
        past.when(reallocate, PAYMENT, {}).then_nothing()

    @pytest.mark.rule("INS-14")
    def test_a_reopened_line_has_its_money_again(self) -> None:
        past = after(issued(), FORTY, DEPOSITED, CANCELLED)
        assert (past.balance, past.waiting) == (cad(0), cad(40))
        again = fold(INVOICE, past, reopen_line(past, LINE))
        assert isinstance(again, Issued)
        assert (again.balance, again.waiting) == (cad(335), cad(0))


class TestNotedAndDeposited:
    pytestmark = pytest.mark.rule("FAC-2")

    def test_the_clients_balance_falls_at_the_deposit_that_of_staff_when_it_is_noted(self) -> None:
        noted = after(issued(), FORTY)
        assert (noted.balance, noted.balance_noted) == (cad(375), cad(335))
        deposited = PaymentDeposited(payment=PAYMENT, amount=cad(40), method=PaymentMethod.CHEQUE)
        given(INVOICE, issued(), FORTY).when(deposit, PAYMENT).then(deposited)
        done = after(issued(), FORTY, DEPOSITED)
        assert (done.balance, done.balance_noted) == (cad(335), cad(335))
        given(INVOICE, issued(), FORTY, DEPOSITED).when(deposit, PAYMENT).then_nothing()

    @pytest.mark.parametrize("method", PaymentMethod)
    def test_cards_credit_and_what_was_paid_elsewhere_are_deposited_at_once(
        self, method: PaymentMethod
    ) -> None:
        state = after(issued(), received(put(cad(40), on_line(LINE)), method=method))
        at_once = method in (PaymentMethod.CARD, PaymentMethod.CREDIT, PaymentMethod.TAKEN_OVER)
        assert state.balance == (cad(335) if at_once else cad(375))

    def test_what_stands_on_a_cheque_is_kept_beside_it(self) -> None:
        given(INVOICE, issued()).when(
            receive, incoming(cad(40), number="0042", drawer="Luc Roy"), for_invoice(after(issued()), {})
        ).then(
            FORTY,
            PaymentDescribed(
                person=CLIENT_ID,
                payment=PAYMENT,
                number="0042",
                drawer="Luc Roy",
                comment=None,
                explained=False,
            ),
        )

    @pytest.mark.rule("FAC-10", "FAC-4")
    def test_it_knows_its_cheque_who_holds_it_and_the_credit_that_it_came_from(self) -> None:
        known: dict[str, Any] = {"cheque": uid("cheque"), "holder": ORGANISER, "credit_from": uid("old")}
        facts = receive(after(issued()), incoming(cad(40), **known), for_invoice(after(issued()), {}))
        assert facts == [received(put(cad(40), on_line(LINE)), **known)]

    @pytest.mark.parametrize("what", ["number", "drawer", "comment"])
    def test_one_word_is_enough(self, what: str) -> None:
        said: dict[str, Any] = {what: "x"}
        facts = receive(after(issued()), incoming(cad(40), **said), ())
        expected: dict[str, Any] = {
            "number": None,
            "drawer": None,
            "comment": None,
            "explained": what == "comment",
        }
        assert facts[1] == PaymentDescribed(person=CLIENT_ID, payment=PAYMENT, **expected | said)
        assert len(receive(after(issued()), incoming(cad(40)), ())) == 1

    def test_a_bounced_cheque_is_owed_again_by_its_own_entry(self) -> None:
        past = given(INVOICE, issued(), FORTY, DEPOSITED)
        state = past.when(bounce, PAYMENT).then(PaymentBounced(payment=PAYMENT, amount=cad(40)))
        assert isinstance(state, Issued)
        assert state.balance == state.balance_noted == cad(375)
        given(INVOICE, issued(), FORTY, DEPOSITED, PaymentBounced(payment=PAYMENT)).when(
            bounce, PAYMENT
        ).then_nothing()

    @pytest.mark.rule("FAC-4")
    def test_what_was_given_back_before_it_bounced_is_owed(self) -> None:
        """400.00 by cheque on 375.00, 25.00 refunded, the cheque bounces: 400.00 are owed."""
        past = after(issued(), TOO_MUCH, DEPOSITED)
        wish = [Giving(uid("refund"), PAYMENT, cad(25), PaymentMethod.TRANSFER)]
        refunded = fold(INVOICE, past, refund(past, wish, by=uid("a"), needs_second=False))
        assert isinstance(refunded, Issued)
        assert refunded.balance == cad(0)
        bounced = fold(INVOICE, refunded, bounce(refunded, PAYMENT))
        assert isinstance(bounced, Issued)
        assert bounced.balance == cad(400)

    @pytest.mark.parametrize("method", [PaymentMethod.CARD, PaymentMethod.CASH, PaymentMethod.CREDIT])
    def test_only_cheques_and_transfers_bounce(self, method: PaymentMethod) -> None:
        paid = received(put(cad(40), on_line(LINE)), method=method)
        given(INVOICE, issued(), paid).when(bounce, PAYMENT).then_refused(CannotBounce)
        given(INVOICE, issued(), FORTY).when(bounce, PAYMENT).then_refused(PaymentNotDeposited)

    def test_a_typing_error_is_corrected_before_the_deposit(self) -> None:
        past = given(INVOICE, issued(), FORTY)
        how: dict[str, Any] = {"reason": "Virgule oubliée.", "marks": for_invoice(after(issued(), FORTY), {})}
        state = past.when(correct, PAYMENT, amount=cad(400), method=PaymentMethod.CASH, **how).then(
            PaymentCorrected(
                person=CLIENT_ID,
                payment=PAYMENT,
                method=PaymentMethod.CASH,
                amount=cad(400),
                moves=(put(cad(335), on_line(LINE)), put(cad(25), CREDIT)),
                reason="Virgule oubliée.",
                was_amount=cad(40),
                was_method=PaymentMethod.CHEQUE,
            )
        )
        assert isinstance(state, Issued)
        assert state.balance_noted == cad(-25)
        past.when(correct, PAYMENT, amount=cad(40), method=PaymentMethod.CHEQUE, **how).then_nothing()
        past.when(correct, PAYMENT, amount=eur(40), method=PaymentMethod.CHEQUE, **how).then_refused(
            OtherCurrency, currency="CAD"
        )

    def test_less_is_taken_off_credit_first(self) -> None:
        (fact,) = correct(
            after(issued(), TOO_MUCH),
            PAYMENT,
            amount=cad(370),
            method=PaymentMethod.CHEQUE,
            marks=(),
            reason="370 et non 400.",
        )
        moves = (shifted(cad(25), CREDIT, None), shifted(cad(5), on_line(LINE), None))
        assert fact.moves == moves  # type: ignore[union-attr]

    def test_then_what_was_put_down_last(self) -> None:
        both = received(put(cad(40), on_line(LINE)), put(cad(40), on_line(OTHER)))
        how: dict[str, Any] = {"method": PaymentMethod.CHEQUE, "marks": (), "reason": "x"}
        (fact,) = correct(after(TWO_LINES, both), PAYMENT, amount=cad(30), **how)
        moves = (shifted(cad(40), on_line(OTHER), None), shifted(cad(10), on_line(LINE), None))
        assert fact.moves == moves  # type: ignore[union-attr]

    def test_one_that_was_never_made_is_withdrawn(self) -> None:
        moves = (shifted(cad(25), CREDIT, None), shifted(cad(375), on_line(LINE), None))
        withdrawn = PaymentWithdrawn(
            person=CLIENT_ID,
            payment=PAYMENT,
            moves=moves,
            reason="Autre personne.",
            amount=cad(400),
            method=PaymentMethod.CHEQUE,
        )
        past = given(INVOICE, issued(), TOO_MUCH)
        state = past.when(withdraw, PAYMENT, reason="Autre personne.").then(withdrawn)
        assert isinstance(state, Issued)
        assert state.balance_noted == cad(375)
        gone = given(INVOICE, issued(), TOO_MUCH, withdrawn)
        gone.when(withdraw, PAYMENT, reason="Encore.").then_nothing()
        gone.when(reallocate, PAYMENT, {}).then_refused(PaymentGone)

    def test_once_deposited_it_is_neither_corrected_nor_withdrawn(self) -> None:
        past = given(INVOICE, issued(), FORTY, DEPOSITED)
        past.when(
            correct, PAYMENT, amount=cad(41), method=PaymentMethod.CHEQUE, marks=(), reason="x"
        ).then_refused(PaymentNotNoted)
        past.when(withdraw, PAYMENT, reason="x").then_refused(PaymentNotNoted)

    def test_a_bounced_payment_is_not_deposited_again(self) -> None:
        past = given(INVOICE, issued(), FORTY, DEPOSITED, PaymentBounced(payment=PAYMENT))
        past.when(deposit, PAYMENT).then_refused(PaymentNotNoted)

    @pytest.mark.rule("CAT-2")
    def test_money_of_one_currency_never_settles_another(self) -> None:
        given(INVOICE, issued()).when(receive, incoming(eur(40)), ()).then_refused(
            OtherCurrency, currency="CAD"
        )

    def test_unknown_invoices_and_payments_are_missing(self) -> None:
        given(INVOICE).when(receive, incoming(cad(40)), ()).then_refused(NoSuchInvoice)
        for decide in (deposit, bounce):
            given(INVOICE, issued()).when(decide, PAYMENT).then_refused(NoSuchPayment)

    def test_a_payment_is_received_once(self) -> None:
        given(INVOICE, issued(), FORTY).when(receive, incoming(cad(375)), ()).then_nothing()

    @pytest.mark.rule("FAC-9")
    def test_a_noted_excess_is_noted_on_another_invoice_instead(self) -> None:
        parted = PaymentSplit(
            payment=PAYMENT,
            invoice=uid("supplement"),
            part=uid("part"),
            moves=(shifted(cad(25), CREDIT, None),),
            method=PaymentMethod.CHEQUE,
        )
        named: dict[str, Any] = {"to": uid("supplement"), "part": uid("part")}
        state = given(INVOICE, issued(), TOO_MUCH).when(split, PAYMENT, cad(25), **named).then(parted)
        assert isinstance(state, Issued)
        assert state.payments.known[PAYMENT].amount == cad(375)
        given(INVOICE, issued(), TOO_MUCH, parted).when(split, PAYMENT, cad(25), **named).then_nothing()
        with pytest.raises(ValueError, match="only credit"):
            split(after(issued(), TOO_MUCH), PAYMENT, cad(25.01), **named)


@pytest.mark.rule("FAC-5")
class TestRosterOfIndependentEtreBien:
    TWO_DAYS = activity(category=Category.ETRE_BIEN, days=2)

    def date(self, **changes: Any) -> Planned:
        state = given(WORKSHOP, planned(**{"region": Region.EUROPE, "independent": True} | changes)).state
        assert isinstance(state, Planned)
        return state

    def test_it_is_capped_in_europe_where_it_is_independent(self) -> None:
        assert under_roster_cap(self.date(), self.TWO_DAYS)
        assert not under_roster_cap(self.date(), activity())
        assert not under_roster_cap(self.date(independent=False), self.TWO_DAYS)
        assert not under_roster_cap(self.date(region=Region.CANADA), self.TWO_DAYS)
        assert not under_roster_cap(self.date(region=None), self.TWO_DAYS)

    def test_two_days_take_210_euros_in_all(self) -> None:
        """150.00 were typed, 40.00 are booked by accounting: 60.00 more fit, not a cent more."""
        sold = euros(line(price=eur(250), deposit=eur(40)))
        typed = received(put(eur(150), on_line(LINE)), registration=REGISTRATION)
        booked = received(put(eur(40), on_line(LINE), uid("booked")))
        state = after(sold, typed, booked)
        within_roster_cap(self.TWO_DAYS, [state], REGISTRATION, eur(60))
        assert refusal(self.TWO_DAYS, state, eur(60.01)) == {"cap": eur(210), "left": eur(60)}

    def test_what_bounced_or_was_withdrawn_does_not_count(self) -> None:
        sold = euros(line(price=eur(250), deposit=eur(40)))
        typed = received(put(eur(210), on_line(LINE)), registration=REGISTRATION)
        assert refusal(self.TWO_DAYS, after(sold, typed), eur(0.01)) == {"cap": eur(210), "left": eur(0)}
        bounced = after(sold, typed, DEPOSITED, PaymentBounced(payment=PAYMENT))
        within_roster_cap(self.TWO_DAYS, [bounced], REGISTRATION, eur(210))

    def test_the_activity_may_say_another_amount_per_day(self) -> None:
        cheaper = activity(category=Category.ETRE_BIEN, days=2, roster_cap_per_day=(eur(50),))
        assert refusal(cheaper, after(euros(line(price=eur(250)))), eur(101))["cap"] == eur(100)


def euros(*lines: Any) -> InvoiceIssued:
    return issued(*lines).model_copy(update={"currency": eur(0).currency})


def refusal(taught: Any, state: Issued, amount: Money) -> dict[str, Any]:
    with pytest.raises(RosterCapExceeded) as caught:
        within_roster_cap(taught, [state], REGISTRATION, amount)
    return dict(caught.value.fields)


@pytest.mark.rule("FAC-10")
class TestChequesHeld:
    HELD = received(put(cad(40), on_line(LINE)), holder=ORGANISER)

    def test_the_holder_sends_it_to_accounting(self) -> None:
        past = given(INVOICE, issued(), self.HELD)
        state = past.when(send_cheque, PAYMENT, by=ORGANISER, for_others=False).then(
            ChequeSent(payment=PAYMENT)
        )
        assert isinstance(state, Issued)
        assert state.payments.known[PAYMENT].holder is None
        given(INVOICE, issued(), self.HELD, ChequeSent(payment=PAYMENT)).when(
            send_cheque, PAYMENT, by=ORGANISER, for_others=False
        ).then_nothing()

    def test_others_say_so_only_for_accounting(self) -> None:
        past = given(INVOICE, issued(), self.HELD)
        past.when(send_cheque, PAYMENT, by=uid("x"), for_others=False).then_refused(NotHolder)
        past.when(send_cheque, PAYMENT, by=uid("x"), for_others=True).then(ChequeSent(payment=PAYMENT))

    def test_deposited_it_is_there_and_cash_is_no_cheque(self) -> None:
        given(INVOICE, issued(), self.HELD, DEPOSITED).when(
            send_cheque, PAYMENT, by=ORGANISER, for_others=False
        ).then_nothing()
        cash = received(put(cad(40), on_line(LINE)), method=PaymentMethod.CASH)
        given(INVOICE, issued(), cash).when(
            send_cheque, PAYMENT, by=ORGANISER, for_others=False
        ).then_refused(NotACheque)

    @pytest.mark.parametrize(
        ("next_series", "now"),
        [(None, True), (date(2027, 3, 24), False), (date(2027, 3, 25), True), (date(2026, 12, 1), False)],
    )
    def test_they_go_at_once_when_the_next_series_is_more_than_four_months_away(
        self, next_series: date | None, now: bool
    ) -> None:
        assert send_cheques_now(next_series, NOW.date(), 4) is now
