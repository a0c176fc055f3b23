"""Cancellation cases at command height: fee, refund, credit, numbered credit notes (FAC-4, FAC-9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from aggregates.client.refusals import BalanceNotZero
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.refusals import (
    CreditTooLow,
    NoSuchPayment,
    OtherClient,
    OtherCurrency,
    RefundTooHigh,
    SecondPersonNeeded,
)
from aggregates.invoice.refusals import (
    CaseAlreadyDecided,
    CreditNoteTooHigh,
    FeeTooHigh,
    MoreThanPaid,
    NoSuchInvoice,
)
from aggregates.kernel import Currency, Money, Role
from commands.access import ForbiddenError
from commands.clients.remove_dossier import RemoveDossier
from commands.crediting import RefundOf
from commands.payments.approve_refund import ApproveRefund
from commands.payments.credit_line import CreditLine
from commands.payments.decide_case import CreditTo, DecideCase
from commands.payments.move_credit import MoveCredit
from commands.payments.refund_credit import RefundCredit
from commands.payments.withdraw_refund import WithdrawRefund
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.change_to_phase import ChangeToPhase
from commands.registrations.register_for_phase import RegisterForPhase
from commands.registrations.reopen_place import ReopenPlace
from tests.support.write_side import ACCOUNTING, OFFICE, School, Sold, principal, school_on

YEAR = datetime.now(UTC).year
CHEQUE, TRANSFER = PaymentMethod.CHEQUE, PaymentMethod.TRANSFER


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def paid_sale(school: School, minor: int, *, days: int = 60) -> tuple[Sold, UUID]:
    """A two-day workshop at 375.00, of which so much is paid by a deposited cheque."""
    activity = school.activity()
    workshop = school.workshop(activity, starts=datetime.now(UTC) + timedelta(days=days))
    sold = school.sold(school.client(), activity, workshop)
    payment = school.paid(sold.client, minor, registration=sold.registration)
    school.deposited(sold.invoice, payment)
    return sold, payment


def cancel(school: School, sold: Sold) -> UUID:
    wish = CancelRegistration(client=sold.client, registration=sold.registration, note="Ne vient plus.")
    return school.send(wish).made["case-1"]


def decide(
    sold: Sold, case: UUID, fee: int = 0, *refunds: RefundOf, to: CreditTo | None = None
) -> DecideCase:
    return DecideCase(
        client=sold.client, invoice=sold.invoice, case=case, fee=cad(fee), refunds=refunds, credit=to
    )


@pytest.mark.rule("FAC-4", "INS-8", "INS-9")
def test_a_late_cancellation_keeps_the_deposit_and_gives_the_rest_back(school: School) -> None:
    """375.00, 100.00 paid, cancelled within the month: 40.00 kept, 60.00 back, 335.00 credited."""
    sold, payment = paid_sale(school, 10_000, days=10)
    case = cancel(school, sold)
    state = school.issued(sold.invoice)
    assert state.cases[case].proposed == cad(4_000)
    assert (state.balance.minor, state.waiting.minor) == (0, 10_000)
    back = RefundOf(payment=payment, amount=cad(6_000), method=TRANSFER)
    with pytest.raises(ForbiddenError):
        school.send(decide(sold, case, 4_000, back), OFFICE)
    school.send(decide(sold, case, 4_000, back), ACCOUNTING)
    state = school.issued(sold.invoice)
    assert (state.total, state.balance.minor) == (cad(4_000), 0)
    assert [c.note.number for c in state.credit_notes] == [f"CA-N-{YEAR}-0001"]
    assert state.credit_notes[0].note.amount == cad(33_500)
    with pytest.raises(CaseAlreadyDecided):
        school.send(decide(sold, case, 0), ACCOUNTING)


@pytest.mark.rule("FAC-4", "T5")
def test_credit_notes_have_a_series_of_their_own_without_gaps(school: School) -> None:
    numbers = []
    for fee in (0, 37_500, 4_000):
        sold, _ = paid_sale(school, 4_000)
        case = cancel(school, sold)
        with pytest.raises(FeeTooHigh):
            school.send(decide(sold, case, 37_501), ACCOUNTING)
        too_much = RefundOf(payment=case, amount=cad(1), method=TRANSFER)
        with pytest.raises((NoSuchPayment, MoreThanPaid)):
            school.send(decide(sold, case, fee, too_much), ACCOUNTING)
        school.send(decide(sold, case, fee), ACCOUNTING)
        numbers += [c.note.number for c in school.issued(sold.invoice).credit_notes]
    assert numbers == [f"CA-N-{YEAR}-0001", f"CA-N-{YEAR}-0002"]


@pytest.mark.rule("INS-11", "FAC-4")
def test_a_deposit_goes_from_the_activity_a_la_carte_to_the_phase(school: School) -> None:
    phase, activities = school.phase(size=3)
    sold = school.sold(school.client(), activities[0])
    payment = school.paid(sold.client, 4_000, registration=sold.registration)
    school.deposited(sold.invoice, payment)
    made = school.send(ChangeToPhase(client=sold.client, phase=phase, note="Passe à la phase 1.")).made
    case = school.issued(sold.invoice).cases[made["case-1"]]
    assert case.proposed == cad(0)
    to = CreditTo(invoice=made["invoice"], amount=cad(4_000))
    credit = school.send(decide(sold, case.id, to=to), ACCOUNTING).made["credit"]
    assert school.issued(sold.invoice).balance == cad(0)
    target = school.issued(made["invoice"])
    assert target.balance == cad(3 * 37_500 - 4_000)
    assert target.payments.known[credit].method is PaymentMethod.CREDIT
    assert target.payments.known[credit].credit_from == sold.invoice


@pytest.mark.rule("FAC-4")
def test_undecided_money_pays_nothing_else_and_decided_it_is_credit(school: School) -> None:
    sold, payment = paid_sale(school, 10_000)
    case = cancel(school, sold)
    refund = RefundCredit(
        invoice=sold.invoice, refunds=(RefundOf(payment=payment, amount=cad(1), method=TRANSFER),)
    )
    with pytest.raises(RefundTooHigh):
        school.send(refund, ACCOUNTING)
    school.send(decide(sold, case), ACCOUNTING)
    assert school.issued(sold.invoice).balance == cad(-10_000)
    school.send(refund, ACCOUNTING)
    assert school.issued(sold.invoice).balance == cad(-9_999)


@pytest.mark.rule("FAC-4")
class TestSecondPerson:
    """The limit is 500.00 in all refunds of one act."""

    def credit(self, school: School) -> tuple[Sold, tuple[RefundOf, ...]]:
        sold, first = paid_sale(school, 37_500)
        school.deposited(sold.invoice, first)
        second = school.paid(sold.client, 50_000, CHEQUE, invoice=sold.invoice)
        third = school.paid(sold.client, 10_000, CHEQUE, invoice=sold.invoice)
        school.deposited(sold.invoice, second, third)
        wishes = (
            RefundOf(payment=second, amount=cad(50_000), method=TRANSFER),
            RefundOf(payment=third, amount=cad(1), method=TRANSFER),
        )
        return sold, wishes

    def test_up_to_the_limit_none_is_needed(self, school: School) -> None:
        sold, wishes = self.credit(school)
        school.send(RefundCredit(invoice=sold.invoice, refunds=wishes[:1]), ACCOUNTING)
        assert school.issued(sold.invoice).balance == cad(-10_000)

    def test_above_it_another_person_of_accounting_approves(self, school: School) -> None:
        sold, wishes = self.credit(school)
        made = school.send(RefundCredit(invoice=sold.invoice, refunds=wishes), ACCOUNTING).made
        assert school.issued(sold.invoice).balance == cad(-60_000), "set aside, still the client's"
        approve = ApproveRefund(invoice=sold.invoice, refund=made["refund-1"])
        with pytest.raises(SecondPersonNeeded):
            school.send(approve, ACCOUNTING)
        school.send(approve, principal(Role.ACCOUNTING))
        school.send(WithdrawRefund(invoice=sold.invoice, refund=made["refund-2"]), ACCOUNTING)
        assert school.issued(sold.invoice).balance == cad(-10_000)

    def test_a_decided_case_obeys_it_too(self, school: School) -> None:
        sold = school.sold(school.client(), school.activity(prices=(cad(80_000),)))
        payment = school.paid(sold.client, 80_000, registration=sold.registration)
        school.deposited(sold.invoice, payment)
        case = cancel(school, sold)
        back = RefundOf(payment=payment, amount=cad(80_000), method=TRANSFER)
        made = school.send(decide(sold, case, 0, back), ACCOUNTING).made
        assert school.issued(sold.invoice).balance == cad(-80_000)
        approve = ApproveRefund(invoice=sold.invoice, refund=made["refund-1"])
        school.send(approve, principal(Role.ACCOUNTING))
        assert school.issued(sold.invoice).balance == cad(0)


@pytest.mark.rule("FAC-4", "CAT-2")
def test_credit_stays_with_its_client_and_currency(school: School) -> None:
    sold, _ = paid_sale(school, 40_000)
    own, foreign = (
        school.sold(sold.client, school.activity()),
        school.sold(school.client(), school.activity()),
    )

    def moving(to: UUID, minor: int = 2_500, client: UUID = sold.client) -> MoveCredit:
        return MoveCredit(client=client, invoice=sold.invoice, to=to, amount=cad(minor))

    with pytest.raises(CreditTooLow) as caught:
        school.send(moving(own.invoice, 2_501), ACCOUNTING)
    assert caught.value.fields == {"held": cad(2_500)}
    with pytest.raises(OtherClient):
        school.send(moving(foreign.invoice), ACCOUNTING)
    with pytest.raises(NoSuchInvoice):
        school.send(moving(own.invoice, client=foreign.client), ACCOUNTING)
    euros = moving(own.invoice).model_copy(update={"amount": Money(minor=1, currency=Currency.EUR)})
    with pytest.raises(OtherCurrency):
        school.send(euros, ACCOUNTING)
    school.send(moving(own.invoice), ACCOUNTING)
    assert school.issued(sold.invoice).balance == cad(0)
    assert school.issued(own.invoice).balance == cad(35_000)


@pytest.mark.rule("CAT-4", "FAC-9")
def test_accounting_take_something_off_by_credit_note_with_a_reason(school: School) -> None:
    sold, _ = paid_sale(school, 37_500)
    wish = CreditLine(
        client=sold.client,
        invoice=sold.invoice,
        line=sold.line,
        amount=cad(3_750),
        reason="Geste commercial.",
    )
    with pytest.raises(ForbiddenError):
        school.send(wish, OFFICE)
    school.send(wish, ACCOUNTING)
    state = school.issued(sold.invoice)
    assert (state.total, state.balance) == (cad(33_750), cad(-3_750))
    with pytest.raises(CreditNoteTooHigh):
        school.send(wish.model_copy(update={"amount": cad(33_751)}), ACCOUNTING)


@pytest.mark.rule("INS-14")
def test_a_place_is_reopened_with_its_money_until_its_case_is_decided(school: School) -> None:
    phase, activities = school.phase(size=2)
    client = school.client()
    made = school.send(RegisterForPhase(client=client, phase=phase)).made
    school.deposited(made["invoice"], school.paid(client, 8_000, invoice=made["invoice"]))
    reopen = ReopenPlace(client=client, enrolment=made["enrolment"], activity=activities[0])
    sold = Sold(client, made["registration-1"], made["invoice"], made["line-1"])
    cancel(school, sold)
    school.send(reopen)
    state = school.issued(made["invoice"])
    assert (state.balance, state.paid(made["line-1"])) == (cad(67_000), cad(4_000))
    case = cancel(school, sold)
    school.send(decide(sold, case), ACCOUNTING)
    with pytest.raises(CaseAlreadyDecided):
        school.send(reopen)


@pytest.mark.rule("DOS-8")
def test_an_open_case_keeps_the_dossier_even_without_money(school: School) -> None:
    activity = school.activity(prices=(cad(0),))
    sold = school.sold(school.client(), activity)
    case = cancel(school, sold)
    with pytest.raises(BalanceNotZero):
        school.send(RemoveDossier(client=sold.client))
    school.send(decide(sold, case), ACCOUNTING)
    school.send(RemoveDossier(client=sold.client))
