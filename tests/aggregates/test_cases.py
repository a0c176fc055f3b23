"""Cancellation cases, credit notes, refunds and moved credit (FAC-4, FAC-9, INS-9, DOS-8)."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import pytest

from aggregates.invoice.decisions import Verdict, cancel_line, credit_line, decide_case, reopen_line
from aggregates.invoice.events import (
    CaseDecided,
    CreditNote,
    Fee,
    FeeBasis,
    LineCancelled,
    LineCredited,
)
from aggregates.invoice.payments.events import (
    CreditMoved,
    Move,
    PaymentBounced,
    PaymentDeposited,
    PaymentMethod,
    PaymentReceived,
    Pocket,
    PocketKind,
    RefundApproved,
    RefundMade,
    RefundProposed,
    RefundWithdrawn,
)
from aggregates.invoice.payments.policies import on_line, same_owner
from aggregates.invoice.payments.refusals import (
    CreditTooLow,
    NoSuchRefund,
    NotACardPayment,
    OtherClient,
    OtherCurrency,
    PaymentNotDeposited,
    RefundNotProposed,
    RefundTooHigh,
    SameInvoice,
    SecondPersonNeeded,
)
from aggregates.invoice.payments.state import CREDIT
from aggregates.invoice.policies import money_open
from aggregates.invoice.refunds.decisions import Giving, approve_refund, refund, send_credit, withdraw_refund
from aggregates.invoice.refusals import (
    CaseAlreadyDecided,
    CaseOpen,
    CreditNoteTooHigh,
    FeeTooHigh,
    MoreThanPaid,
    NoSuchCase,
)
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money
from tests.aggregates.given import CLIENT_ID, LINE, NOW, cad, eur, fold, given, issued, line, uid

CARD, CHEQUE, CASE, SECOND = uid("card"), uid("cheque"), uid("case"), uid("second line")
FIRST_PERSON, SECOND_PERSON = uid("first accountant"), uid("second accountant")
REFUND, TARGET, MOVED = uid("refund"), uid("target"), uid("moved")


def paid(payment: UUID, method: PaymentMethod, *shares: tuple[Money, Pocket]) -> PaymentReceived:
    moves = tuple(Move(payment=payment, amount=amount, target=pocket) for amount, pocket in shares)
    amount = Money.total(shares[0][0].currency, (share for share, _ in shares))
    return PaymentReceived(payment=payment, method=method, amount=amount, moves=moves)


def cancelled(proposed: Money | None = None, **changes: Any) -> LineCancelled:
    values = {"person": CLIENT_ID, "line": LINE, "note": None, "cancelled_at": NOW, "case": CASE}
    return LineCancelled(**values | {"proposed": proposed or cad(0)} | changes)


def move(amount: Money, source: Pocket, target: Pocket, payment: UUID = CARD) -> Move:
    return Move(payment=payment, amount=amount, source=source, target=target)


def after(*facts: Any) -> Issued:
    state = given(INVOICE, *facts).state
    assert isinstance(state, Issued)
    return state


def decided(state: Any, verdict: Verdict, **changes: Any) -> Any:
    named: dict[str, Any] = {"number": "CA-N-2026-0001", "today": NOW.date(), "by": FIRST_PERSON}
    return decide_case(state, CASE, verdict, **named | {"needs_second": False} | changes)


BY_CARD = paid(CARD, PaymentMethod.CARD, (cad(100), on_line(LINE)))
BY_CHEQUE = paid(CHEQUE, PaymentMethod.CHEQUE, (cad(60), on_line(LINE)))
CREDIT_BY_CARD = paid(CARD, PaymentMethod.CARD, (cad(375), on_line(LINE)), (cad(100), CREDIT))
CREDIT_BY_CHEQUE = paid(CHEQUE, PaymentMethod.CHEQUE, (cad(60), CREDIT))
DEPOSITED = PaymentDeposited(payment=CHEQUE)


@pytest.mark.rule("INS-9")
class TestProposedFee:
    """A line of 375.00 with a deposit of 40.00."""

    @pytest.mark.parametrize("basis", [FeeBasis.LATE, FeeBasis.LATE_DEFERRAL])
    @pytest.mark.parametrize(("given_before", "proposed"), [(0, 0), (25, 25), (40, 40), (375, 40)])
    def test_late_it_is_what_was_paid_of_the_deposit(
        self, basis: FeeBasis, given_before: int, proposed: int
    ) -> None:
        noted = [paid(CHEQUE, PaymentMethod.CHEQUE, (cad(given_before), on_line(LINE)))]
        state = after(issued(), *(noted if given_before else []))
        assert self.proposed(state, Fee(basis=basis)) == cad(proposed)

    @pytest.mark.rule("ATE-7")
    def test_absent_it_is_a_share_of_the_price_or_the_deposit_in_full(self) -> None:
        odd = after(issued(line(price=cad(337.25))))
        assert self.proposed(odd, Fee(basis=FeeBasis.ABSENT_SHARE, percent=10)) == cad(33.73)
        assert self.proposed(after(issued()), Fee(basis=FeeBasis.ABSENT_DEPOSIT)) == cad(40)

    @pytest.mark.parametrize(
        "basis", [FeeBasis.NONE, FeeBasis.BY_SCHOOL, FeeBasis.TO_PHASE, FeeBasis.MISTAKE]
    )
    def test_otherwise_it_is_nothing(self, basis: FeeBasis) -> None:
        assert self.proposed(after(issued(), BY_CARD), Fee(basis=basis)) == cad(0)

    def test_it_is_never_above_what_the_line_asks_for(self) -> None:
        note = CreditNote(number="CA-N-2026-0001", issued_on=NOW.date(), amount=cad(350))
        credited = LineCredited(person=CLIENT_ID, line=LINE, credit_note=note, reason="x", moves=())
        state = after(issued(), credited)
        assert self.proposed(state, Fee(basis=FeeBasis.ABSENT_DEPOSIT)) == cad(25)

    @staticmethod
    def proposed(state: Issued, fee: Fee) -> Money | None:
        (fact,) = cancel_line(state, LINE, note=None, now=NOW, case=CASE, fee=fee)
        assert isinstance(fact, LineCancelled)
        return fact.proposed


@pytest.mark.rule("FAC-1")
@pytest.mark.rule("INS-8")
def test_what_was_paid_waits_in_the_case_and_counts_in_no_balance() -> None:
    both = issued(line(), line(id=SECOND))
    state = after(both, BY_CARD, cancelled())
    assert state.balance == cad(375)
    assert state.waiting == cad(100)
    assert state.cases[CASE].is_open
    assert after(issued(), cancelled()).cases[CASE].is_open, "also when nothing was paid"


@pytest.mark.rule("INS-8")
def test_a_line_cancelled_before_cases_had_ids_goes_by_its_own() -> None:
    old = LineCancelled(person=CLIENT_ID, line=LINE, note=None, cancelled_at=NOW)
    assert list(after(issued(), old).cases) == [LINE]


@pytest.mark.rule("FAC-4")
class TestDecidedCase:
    def test_fee_kept_rest_refunded_to_the_card_with_a_credit_note_for_the_rest_of_the_price(self) -> None:
        """375.00 sold, 100.00 paid by card: 40.00 kept, 60.00 given back, 335.00 credited."""
        note = CreditNote(number="CA-N-2026-0001", issued_on=NOW.date(), amount=cad(335))
        verdict = Verdict(cad(40), [Giving(REFUND, CARD, cad(60), PaymentMethod.CARD)])
        back = Pocket(kind=PocketKind.REFUNDED, id=REFUND)
        state = (
            given(INVOICE, issued(), BY_CARD, cancelled(cad(40)))
            .when(decided, verdict)
            .then(
                CaseDecided(
                    case=CASE,
                    line=LINE,
                    kept=cad(40),
                    credit_note=note,
                    moves=(move(cad(60), on_line(LINE), CREDIT),),
                ),
                RefundMade(refund=REFUND, method=PaymentMethod.CARD, moves=(move(cad(60), CREDIT, back),)),
            )
        )
        assert isinstance(state, Issued)
        assert (state.total, state.balance, state.waiting) == (cad(40), cad(0), cad(0))

    def test_nothing_asked_the_money_is_credit(self) -> None:
        state = fold_(after(issued(), BY_CARD, cancelled()), Verdict(cad(0)))
        assert (state.total, state.balance) == (cad(0), cad(-100))
        assert state.payments.known[CARD].pockets == {CREDIT: cad(100)}

    def test_the_fee_stays_on_the_line_and_the_rest_is_credit(self) -> None:
        state = fold_(after(issued(), BY_CARD, cancelled()), Verdict(cad(40)))
        assert state.payments.known[CARD].pockets == {on_line(LINE): cad(40), CREDIT: cad(60)}

    def test_a_fee_above_what_was_paid_is_owed(self) -> None:
        state = fold_(after(issued(), cancelled(cad(40))), Verdict(cad(40)))
        assert state.balance == cad(40)

    def test_the_whole_price_kept_makes_no_credit_note(self) -> None:
        past = after(issued(), BY_CARD, cancelled())
        state = fold_(past, Verdict(cad(375)), number=None)
        assert decided(past, Verdict(cad(375)), number=None)[0].moves == ()
        assert state.credit_notes == ()
        assert state.balance == cad(275)

    def test_the_rest_goes_to_another_invoice_after_the_refund(self) -> None:
        verdict = Verdict(
            cad(40), [Giving(REFUND, CARD, cad(10), PaymentMethod.CARD)], cad(50), TARGET, MOVED
        )
        facts = decided(after(issued(), BY_CARD, cancelled()), verdict)
        gone = Pocket(kind=PocketKind.OTHER_INVOICE, id=TARGET)
        assert facts[-1] == CreditMoved(payment=MOVED, invoice=TARGET, moves=(move(cad(50), CREDIT, gone),))

    def test_the_fee_is_kept_from_deposited_money_first_and_what_is_noted_waits_as_credit(self) -> None:
        state = fold_(after(issued(), BY_CARD, BY_CHEQUE, cancelled()), Verdict(cad(120)))
        assert [p.held(on_line(LINE)) for p in state.payments] == [cad(100), cad(20)]
        assert (state.balance, state.balance_noted) == (cad(20), cad(-40))

    def test_what_is_given_back_is_left_for_it(self) -> None:
        """100.00 by card go back, the fee stays with the cheque that is not deposited yet."""
        verdict = Verdict(cad(60), [Giving(REFUND, CARD, cad(100), PaymentMethod.CARD)])
        state = fold_(after(issued(), BY_CARD, BY_CHEQUE, cancelled()), verdict)
        assert [p.held(on_line(LINE)) for p in state.payments] == [cad(0), cad(60)]
        assert (state.balance, state.balance_noted) == (cad(60), cad(0))

    def test_moved_credit_is_left_for_it_among_several_payments(self) -> None:
        second = paid(uid("second card"), PaymentMethod.CARD, (cad(100), on_line(LINE)))
        verdict = Verdict(cad(60), (), cad(140), TARGET, MOVED)
        state = fold_(after(issued(), BY_CARD, second, cancelled()), verdict)
        assert (state.balance, state.paid(LINE)) == (cad(0), cad(60))

    def test_the_fee_waits_for_a_noted_cheque_where_all_else_is_moved(self) -> None:
        verdict = Verdict(cad(60), (), cad(100), TARGET, MOVED)
        state = fold_(after(issued(), BY_CARD, BY_CHEQUE, cancelled()), verdict)
        assert [p.held(on_line(LINE)) for p in state.payments] == [cad(0), cad(60)]

    def test_what_one_payment_gives_back_is_not_taken_as_the_fee(self) -> None:
        """80.00 of the card go back: 20.00 of it and 40.00 of the cheque are the fee."""
        verdict = Verdict(cad(60), [Giving(REFUND, CARD, cad(80), PaymentMethod.CARD)])
        state = fold_(after(issued(), BY_CARD, BY_CHEQUE, DEPOSITED, cancelled()), verdict)
        assert [p.held(on_line(LINE)) for p in state.payments] == [cad(20), cad(40)]

    def test_the_fee_lies_on_deposited_money_only_as_far_as_that_stays(self) -> None:
        """100.00 are deposited and 80.00 of them move: 20.00 of the fee are there, 40.00 only noted."""
        first = paid(CARD, PaymentMethod.CARD, (cad(40), on_line(LINE)))
        noted = paid(uid("noted"), PaymentMethod.CHEQUE, (cad(70), on_line(LINE)))
        verdict = Verdict(cad(60), (), cad(80), TARGET, MOVED)
        state = fold_(after(issued(), first, BY_CHEQUE, DEPOSITED, noted, cancelled()), verdict)
        assert [p.held(on_line(LINE)) for p in state.payments] == [cad(20), cad(0), cad(40)]

    def test_a_refund_above_the_limit_waits_for_somebody_else_than_who_decides(self) -> None:
        verdict = Verdict(cad(40), [Giving(REFUND, CARD, cad(60), PaymentMethod.CARD)])
        (_, proposed) = decided(after(issued(), BY_CARD, cancelled()), verdict, needs_second=True)
        assert isinstance(proposed, RefundProposed)
        assert (proposed.refund, proposed.by) == (REFUND, FIRST_PERSON)

    def test_an_invoice_named_without_an_amount_gets_nothing(self) -> None:
        verdict = Verdict(cad(0), (), None, TARGET, MOVED)
        (fact,) = decided(after(issued(), BY_CARD, cancelled()), verdict)
        assert isinstance(fact, CaseDecided)

    def test_fee_refunds_and_credit_never_come_to_more_than_was_paid(self) -> None:
        past = given(INVOICE, issued(), BY_CARD, cancelled())
        refunds = [Giving(REFUND, CARD, cad(60.01), PaymentMethod.CARD)]
        past.when(decided, Verdict(cad(40), refunds)).then_refused(MoreThanPaid, paid=cad(100))
        past.when(decided, Verdict(cad(40), (), cad(61), TARGET, MOVED)).then_refused(
            MoreThanPaid, paid=cad(100)
        )

    def test_the_fee_is_never_above_the_price(self) -> None:
        given(INVOICE, issued(), cancelled()).when(decided, Verdict(cad(375.01))).then_refused(
            FeeTooHigh, price=cad(375)
        )

    @pytest.mark.rule("CAT-2")
    def test_every_amount_is_in_the_invoices_currency(self) -> None:
        past = given(INVOICE, issued(), BY_CARD, cancelled())
        for verdict in (
            Verdict(eur(0)),
            Verdict(cad(0), [Giving(REFUND, CARD, eur(1), PaymentMethod.CARD)]),
            Verdict(cad(0), (), eur(1), TARGET, MOVED),
        ):
            past.when(decided, verdict).then_refused(OtherCurrency, currency="CAD")

    def test_it_is_decided_once(self) -> None:
        verdict = Verdict(cad(40), [Giving(REFUND, CARD, cad(60), PaymentMethod.CARD)])
        state = fold_(after(issued(), BY_CARD, cancelled()), verdict)
        assert decided(state, verdict, number=None) == []
        moving = Verdict(cad(40), (), cad(60), TARGET, MOVED)
        moved = fold_(after(issued(), BY_CARD, cancelled()), moving)
        assert decided(moved, moving, number=None) == []
        for other in (
            Verdict(cad(41)),
            Verdict(cad(40), [Giving(uid("x"), CARD, cad(1), PaymentMethod.CARD)]),
        ):
            with pytest.raises(CaseAlreadyDecided):
                decided(state, other, number=None)
        with pytest.raises(CaseAlreadyDecided):
            reopen_line(state, LINE)

    def test_an_unknown_case_is_missing(self) -> None:
        given(INVOICE, issued()).when(decided, Verdict(cad(0))).then_refused(NoSuchCase)

    def test_a_credit_note_has_a_number_and_no_other_has(self) -> None:
        state = after(issued(), cancelled())
        with pytest.raises(ValueError, match="number"):
            decided(state, Verdict(cad(0)), number=None)
        with pytest.raises(ValueError, match="number"):
            decided(state, Verdict(cad(375)))


def fold_(state: Issued, verdict: Verdict, **changes: Any) -> Issued:
    done = fold(INVOICE, state, decided(state, verdict, **changes))
    assert isinstance(done, Issued)
    return done


@pytest.mark.rule("CAT-4")
@pytest.mark.rule("FAC-9")
class TestCreditNote:
    NAMED: ClassVar[dict[str, Any]] = {
        "number": "CA-N-2026-0001",
        "today": NOW.date(),
        "reason": "Geste commercial.",
    }

    def test_it_takes_something_off_a_line_and_what_is_overpaid_is_credit(self) -> None:
        note = CreditNote(number="CA-N-2026-0001", issued_on=NOW.date(), amount=cad(37.50))
        paid_whole = paid(CARD, PaymentMethod.CARD, (cad(375), on_line(LINE)))
        state = (
            given(INVOICE, issued(), paid_whole)
            .when(credit_line, LINE, cad(37.50), **self.NAMED)
            .then(
                LineCredited(
                    person=CLIENT_ID,
                    line=LINE,
                    credit_note=note,
                    reason="Geste commercial.",
                    moves=(move(cad(37.50), on_line(LINE), CREDIT),),
                )
            )
        )
        assert isinstance(state, Issued)
        assert (state.total, state.balance) == (cad(337.50), cad(-37.50))
        assert state.lines == (line(),), "the line itself never changes"
        assert credit_line(state, LINE, cad(37.50), **self.NAMED) == []

    def test_a_cent_too_much_is_credit_too(self) -> None:
        paid_whole = paid(CARD, PaymentMethod.CARD, (cad(375), on_line(LINE)))
        (fact,) = credit_line(after(issued(), paid_whole), LINE, cad(0.01), **self.NAMED)
        assert isinstance(fact, LineCredited)
        assert fact.moves == (move(cad(0.01), on_line(LINE), CREDIT),)

    def test_of_several_payments_the_newest_becomes_credit(self) -> None:
        state = after(
            issued(),
            paid(CARD, PaymentMethod.CARD, (cad(300), on_line(LINE))),
            paid(CHEQUE, PaymentMethod.CHEQUE, (cad(75), on_line(LINE))),
            paid(uid("too much"), PaymentMethod.CHEQUE, (cad(10), CREDIT)),
        )
        (fact,) = credit_line(state, LINE, cad(100), **self.NAMED)
        assert fact.moves == (  # type: ignore[union-attr]
            move(cad(75), on_line(LINE), CREDIT, CHEQUE),
            move(cad(25), on_line(LINE), CREDIT),
        )

    def test_never_more_than_the_line_asks_for(self) -> None:
        past = given(INVOICE, issued())
        past.when(credit_line, LINE, cad(375.01), **self.NAMED).then_refused(CreditNoteTooHigh, due=cad(375))
        past.when(credit_line, LINE, eur(1), **self.NAMED).then_refused(OtherCurrency, currency="CAD")

    def test_while_a_case_is_open_it_is_decided_instead(self) -> None:
        given(INVOICE, issued(), cancelled()).when(credit_line, LINE, cad(1), **self.NAMED).then_refused(
            CaseOpen, case=CASE
        )

    def test_a_fee_that_was_decided_can_be_let_off(self) -> None:
        state = fold_(after(issued(), cancelled()), Verdict(cad(40)))
        named = self.NAMED | {"number": "CA-N-2026-0002"}
        let_off = fold(INVOICE, state, credit_line(state, LINE, cad(40), **named))
        assert isinstance(let_off, Issued)
        assert let_off.balance == cad(0)


@pytest.mark.rule("FAC-4")
class TestRefund:
    PAST = (issued(), CREDIT_BY_CARD, CREDIT_BY_CHEQUE, DEPOSITED)
    NAMED: ClassVar[dict[str, Any]] = {"by": FIRST_PERSON, "needs_second": False}

    def test_credit_is_given_back_per_payment(self) -> None:
        wishes = [
            Giving(REFUND, CARD, cad(100), PaymentMethod.CARD),
            Giving(uid("second refund"), CHEQUE, cad(60), PaymentMethod.TRANSFER),
        ]
        state = after(*self.PAST)
        refunded = fold(INVOICE, state, refund(state, wishes, **self.NAMED))
        assert isinstance(refunded, Issued)
        assert (state.balance, refunded.balance) == (cad(-160), cad(0))
        assert refund(refunded, wishes, **self.NAMED) == []

    def test_never_more_than_a_payment_holds_also_in_two_parts(self) -> None:
        past = given(INVOICE, *self.PAST)
        too_much = [Giving(REFUND, CARD, cad(100.01), PaymentMethod.CARD)]
        past.when(refund, too_much, **self.NAMED).then_refused(RefundTooHigh, held=cad(100))
        twice = [Giving(uid(str(n)), CHEQUE, cad(31), PaymentMethod.CASH) for n in range(2)]
        past.when(refund, twice, **self.NAMED).then_refused(RefundTooHigh, held=cad(60))

    def test_only_deposited_money_and_to_a_card_only_what_it_paid(self) -> None:
        noted = given(INVOICE, issued(), CREDIT_BY_CHEQUE)
        back = [Giving(REFUND, CHEQUE, cad(1), PaymentMethod.CASH)]
        noted.when(refund, back, **self.NAMED).then_refused(PaymentNotDeposited)
        to_card = [Giving(REFUND, CHEQUE, cad(1), PaymentMethod.CARD)]
        given(INVOICE, *self.PAST).when(refund, to_card, **self.NAMED).then_refused(NotACardPayment)
        euros = [Giving(REFUND, CARD, eur(1), PaymentMethod.CARD)]
        given(INVOICE, *self.PAST).when(refund, euros, **self.NAMED).then_refused(
            OtherCurrency, currency="CAD"
        )

    def test_above_the_limit_its_money_is_set_aside_until_a_second_person_agrees(self) -> None:
        aside = Pocket(kind=PocketKind.PROPOSED, id=REFUND)
        back = Pocket(kind=PocketKind.REFUNDED, id=REFUND)
        wish = [Giving(REFUND, CARD, cad(100), PaymentMethod.CARD)]
        proposed = RefundProposed(
            refund=REFUND,
            method=PaymentMethod.CARD,
            moves=(move(cad(100), CREDIT, aside),),
            by=FIRST_PERSON,
        )
        approved = RefundApproved(
            refund=REFUND, method=PaymentMethod.CARD, moves=(move(cad(100), aside, back),)
        )
        withdrawn = RefundWithdrawn(refund=REFUND, moves=(move(cad(100), aside, CREDIT),))
        past = given(INVOICE, *self.PAST)
        state = past.when(refund, wish, by=FIRST_PERSON, needs_second=True).then(proposed)
        assert isinstance(state, Issued)
        assert state.balance == cad(-160), "still the client's"
        waiting = given(INVOICE, *self.PAST, proposed)
        again = [Giving(uid("x"), CARD, cad(1), PaymentMethod.CARD)]
        waiting.when(refund, again, **self.NAMED).then_refused(RefundTooHigh, held=cad(0))
        waiting.when(approve_refund, REFUND, by=FIRST_PERSON).then_refused(SecondPersonNeeded)
        state = waiting.when(approve_refund, REFUND, by=SECOND_PERSON).then(approved)
        assert isinstance(state, Issued)
        assert state.balance == cad(-60)
        made = given(INVOICE, *self.PAST, proposed, approved)
        made.when(approve_refund, REFUND, by=SECOND_PERSON).then_nothing()
        made.when(withdraw_refund, REFUND).then_refused(RefundNotProposed)
        waiting.when(withdraw_refund, REFUND).then(withdrawn)
        given_up = given(INVOICE, *self.PAST, proposed, withdrawn)
        given_up.when(withdraw_refund, REFUND).then_nothing()
        given_up.when(approve_refund, REFUND, by=SECOND_PERSON).then_refused(RefundNotProposed)
        past.when(approve_refund, REFUND, by=SECOND_PERSON).then_refused(NoSuchRefund)

    def test_a_cheque_that_bounced_meanwhile_is_not_given_back(self) -> None:
        state = after(*self.PAST)
        wish = [Giving(REFUND, CHEQUE, cad(60), PaymentMethod.TRANSFER)]
        facts = refund(state, wish, by=FIRST_PERSON, needs_second=True)
        given(INVOICE, *self.PAST, *facts, PaymentBounced(payment=CHEQUE)).when(
            approve_refund, REFUND, by=SECOND_PERSON
        ).then_refused(PaymentNotDeposited)


@pytest.mark.rule("FAC-4")
class TestMovedCredit:
    PAST = (issued(), CREDIT_BY_CARD, CREDIT_BY_CHEQUE)

    def test_the_oldest_deposited_credit_goes_first_and_what_is_noted_does_not(self) -> None:
        gone = Pocket(kind=PocketKind.OTHER_INVOICE, id=TARGET)
        past = given(INVOICE, *self.PAST, DEPOSITED)
        moved = CreditMoved(
            payment=MOVED,
            invoice=TARGET,
            moves=(move(cad(100), CREDIT, gone), move(cad(20), CREDIT, gone, CHEQUE)),
        )
        state = past.when(send_credit, cad(120), to=TARGET, payment=MOVED).then(moved)
        assert isinstance(state, Issued)
        assert state.balance == cad(-40)
        given(INVOICE, *self.PAST, DEPOSITED, moved).when(
            send_credit, cad(120), to=TARGET, payment=MOVED
        ).then_nothing()
        given(INVOICE, *self.PAST).when(send_credit, cad(120), to=TARGET, payment=MOVED).then_refused(
            CreditTooLow, held=cad(100)
        )

    def test_it_stays_with_its_client_and_currency(self) -> None:
        source = after(issued())
        same_owner(source, uid("a"), source, uid("b"))
        with pytest.raises(SameInvoice):
            same_owner(source, uid("a"), source, uid("a"))
        other = after(issued().model_copy(update={"person": uid("other")}))
        with pytest.raises(OtherClient):
            same_owner(source, uid("a"), other, uid("b"))
        euros = after(issued(line(price=eur(1))).model_copy(update={"currency": eur(0).currency}))
        with pytest.raises(OtherCurrency) as caught:
            same_owner(source, uid("a"), euros, uid("b"))
        assert caught.value.fields == {"currency": Currency.EUR}


@pytest.mark.rule("DOS-8")
class TestOpenMoney:
    FREE = issued(line(price=cad(0), deposit=cad(0)))

    @pytest.mark.parametrize(
        "facts",
        [
            (issued(),),
            (FREE, CREDIT_BY_CHEQUE),
            (FREE, CREDIT_BY_CHEQUE, DEPOSITED),
            (FREE, cancelled()),
            (issued(), CREDIT_BY_CARD),
        ],
        ids=["owed", "not deposited", "credit", "case without money", "overpaid"],
    )
    def test_it_keeps_a_dossier(self, facts: tuple[Any, ...]) -> None:
        assert money_open(after(*facts))

    def test_settled_to_the_cent_it_does_not(self) -> None:
        whole = paid(CARD, PaymentMethod.CARD, (cad(375), on_line(LINE)))
        assert not money_open(after(issued(), whole))
        assert not money_open(after(self.FREE))
        assert not money_open(INVOICE.initial)
