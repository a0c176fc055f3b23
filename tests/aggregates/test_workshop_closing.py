"""Absences, handing over, closing and reopening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.catalogue.settings import Region
from aggregates.client.registrations.events import Terms
from aggregates.invoice.events import Fee, FeeBasis
from aggregates.kernel import Fact, Role
from aggregates.workshop.closing.decisions import (
    approve_reopening,
    close,
    give_back,
    hand_over,
    list_envelope,
    note_call,
    propose_reopening,
    send_tax_receipts,
    settle_absences,
    upload_expense,
)
from aggregates.workshop.closing.events import (
    AbsenceOutcome,
    AbsenceSettled,
    CallNoted,
    CallOutcome,
    EnvelopeListed,
    Expense,
    ExpenseUploaded,
    Gap,
    GapKind,
    ReopeningProposed,
    RosterGivenBack,
    RosterHandedOver,
    TaxReceipt,
    TaxReceiptsSent,
    WorkshopClosed,
    WorkshopReopened,
)
from aggregates.workshop.closing.policies import (
    Absence,
    ClosingWay,
    SeatMoney,
    absence_fee,
    closing_way,
    verifier,
    what_is_missing,
)
from aggregates.workshop.closing.refusals import (
    AbsenceSettledOtherwise,
    AbsentWithoutNotice,
    ChargeUndecided,
    GapsNeedReason,
    NobodyToCall,
    NoHandingOver,
    NoReopeningProposed,
    NotAbsent,
    NoTaxReceipts,
    NotHandedOver,
    ReopeningNeedsSecondPerson,
    StudentIsDeferred,
    WorkshopNotClosed,
)
from aggregates.workshop.closing.state import Stage
from aggregates.workshop.decisions import take_seat
from aggregates.workshop.events import AttendanceTicked, SeatTaken, WorkshopCancelled
from aggregates.workshop.refusals import (
    NoSuchWorkshop,
    NotOnRoster,
    NotYetStarted,
    RosterIsHandedOver,
    WorkshopIsCancelled,
    WorkshopIsClosed,
)
from aggregates.workshop.state import WORKSHOP, Planned
from tests.aggregates.given import NOW, WORKSHOP_ID, Given, cad, given, planned, uid

STARTS = NOW + timedelta(days=30)
DEFERRED, CANCELLED = AbsenceOutcome.DEFERRED, AbsenceOutcome.CANCELLED
QUEBEC: dict[str, Any] = {"region": Region.CANADA}
EUROPE: dict[str, Any] = {"region": Region.EUROPE}
ETRE_BIEN: dict[str, Any] = {"region": Region.EUROPE, "independent": True}
CLOSED = WorkshopClosed()
HANDED_OVER = RosterHandedOver()


def seat(name: str) -> SeatTaken:
    return SeatTaken(registration=uid(name), client=uid(f"client of {name}"), retake=False)


def settled(name: str, outcome: AbsenceOutcome, **changes: Any) -> AbsenceSettled:
    values: dict[str, Any] = {"registration": uid(name), "client": uid(f"client of {name}")}
    return AbsenceSettled(outcome=outcome, **{"noticed": False, **values, **changes})


def absence(name: str, outcome: AbsenceOutcome, *, noticed: bool = False, charge: Any = None) -> Absence:
    return Absence(uid(name), outcome, noticed, charge)


def workshop(place: Mapping[str, Any], *facts: Fact) -> Given[Any]:
    return given(WORKSHOP, planned(**place), *facts)


NOBODY: dict[str, Any] = {"students": set(), "now": STARTS}


@pytest.mark.rule("ATE-7", "INS-13")
class TestAbsences:
    def test_a_student_is_deferred_told_or_not(self) -> None:
        past = workshop(QUEBEC, seat("s"))
        students = {"students": {uid("s")}, "now": STARTS}
        after = past.when(settle_absences, [absence("s", DEFERRED)], **students).then(settled("s", DEFERRED))
        assert isinstance(after, Planned)
        assert not after.seats
        assert after.closing.absents[uid("s")].client == uid("client of s")
        past.when(settle_absences, [absence("s", CANCELLED)], **students).then_refused(
            StudentIsDeferred, registration=uid("s")
        )

    def test_a_la_carte_without_notice_is_cancelled(self) -> None:
        past = workshop(QUEBEC, seat("a"))
        past.when(settle_absences, [absence("a", CANCELLED)], **NOBODY).then(settled("a", CANCELLED))
        past.when(settle_absences, [absence("a", DEFERRED)], **NOBODY).then_refused(
            AbsentWithoutNotice, registration=uid("a")
        )

    @pytest.mark.parametrize("outcome", AbsenceOutcome)
    def test_with_notice_as_they_wish(self, outcome: AbsenceOutcome) -> None:
        workshop(QUEBEC, seat("a")).when(
            settle_absences, [absence("a", outcome, noticed=True)], **NOBODY
        ).then(settled("a", outcome, noticed=True))

    @pytest.mark.parametrize("noticed", [True, False])
    def test_for_an_independent_etre_bien_in_europe_the_organiser_says_whether_it_costs(
        self, noticed: bool
    ) -> None:
        past = workshop(ETRE_BIEN, seat("a"))
        unsaid = absence("a", CANCELLED, noticed=noticed)
        past.when(settle_absences, [unsaid], **NOBODY).then_refused(ChargeUndecided, registration=uid("a"))
        past.when(settle_absences, [absence("a", CANCELLED, noticed=noticed, charge=False)], **NOBODY).then(
            settled("a", CANCELLED, noticed=noticed, charge_deposit=False)
        )

    def test_what_the_organiser_said_of_the_deposit_stays_said(self) -> None:
        past = workshop(ETRE_BIEN, seat("a"), settled("a", CANCELLED, charge_deposit=True))
        past.when(settle_absences, [absence("a", CANCELLED, charge=True)], **NOBODY).then_nothing()
        past.when(settle_absences, [absence("a", CANCELLED, charge=False)], **NOBODY).then_refused(
            AbsenceSettledOtherwise, registration=uid("a")
        )

    def test_elsewhere_what_is_said_of_the_deposit_is_left_out(self) -> None:
        workshop(EUROPE, seat("a")).when(
            settle_absences, [absence("a", CANCELLED, charge=True)], **NOBODY
        ).then(settled("a", CANCELLED))

    def test_several_at_once_each_once(self) -> None:
        past = workshop(QUEBEC, seat("a"), seat("b"), settled("b", CANCELLED))
        wishes = [absence("b", CANCELLED), absence("a", CANCELLED), absence("a", CANCELLED)]
        past.when(settle_absences, wishes, **NOBODY).then(settled("a", CANCELLED))

    def test_settled_it_stays_so(self) -> None:
        past = workshop(QUEBEC, seat("a"), settled("a", CANCELLED))
        past.when(settle_absences, [absence("a", CANCELLED)], **NOBODY).then_nothing()
        past.when(settle_absences, [absence("a", CANCELLED, noticed=True)], **NOBODY).then_refused(
            AbsenceSettledOtherwise, registration=uid("a")
        )

    def test_who_is_ticked_present_is_not_absent_nor_who_is_not_on_the_roster(self) -> None:
        past = workshop(QUEBEC, seat("a"), AttendanceTicked(registrations=(uid("a"),)))
        past.when(settle_absences, [absence("a", CANCELLED)], **NOBODY).then_refused(
            NotAbsent, registration=uid("a")
        )
        past.when(settle_absences, [absence("b", CANCELLED)], **NOBODY).then_refused(
            NotOnRoster, registration=uid("b")
        )

    def test_from_the_start_until_handed_over_or_closed(self) -> None:
        wish = [absence("a", CANCELLED)]
        workshop(QUEBEC, seat("a")).when(
            settle_absences, wish, students=set(), now=STARTS - timedelta(seconds=1)
        ).then_refused(NotYetStarted, starts=STARTS)
        workshop(QUEBEC, seat("a"), CLOSED).when(settle_absences, wish, **NOBODY).then_refused(
            WorkshopIsClosed
        )
        handed = workshop(EUROPE, seat("a"), HANDED_OVER)
        handed.when(settle_absences, wish, **NOBODY).then_refused(RosterIsHandedOver)
        handed.when(settle_absences, wish, **NOBODY, verifies=True).then(settled("a", CANCELLED))

    def test_who_gets_the_seat_back_is_absent_no_more(self) -> None:
        past = workshop(QUEBEC, seat("a"), settled("a", DEFERRED, noticed=True))
        after = past.when(
            take_seat, uid("a"), client=uid("client of a"), retake=False, now=STARTS, by_staff=True
        ).then(seat("a"))
        assert isinstance(after, Planned)
        assert not after.closing.absents


TERMS = Terms(deposit_lost_everywhere=False, late_months=1, absence_percent=15)


@pytest.mark.rule("ATE-7")
class TestWhatAnAbsenceCosts:
    @pytest.mark.parametrize(
        ("place", "basis", "percent"),
        [
            (QUEBEC, FeeBasis.ABSENT_SHARE, 15),
            ({"venue": None, "region": None}, FeeBasis.ABSENT_SHARE, 15),
            ({"region": Region.ABROAD}, FeeBasis.ABSENT_SHARE, 15),
            (QUEBEC | {"independent": True}, FeeBasis.ABSENT_SHARE, 15),
            (EUROPE, FeeBasis.ABSENT_DEPOSIT, None),
        ],
        ids=["Québec", "online", "abroad", "independent in Québec", "Europe"],
    )
    def test_without_notice(self, place: dict[str, Any], basis: FeeBasis, percent: int | None) -> None:
        fee = absence_fee(workshop(place).state, WORKSHOP_ID, absence("a", CANCELLED), TERMS)
        assert fee == Fee(basis=basis, workshop=WORKSHOP_ID, percent=percent)

    def test_a_sale_without_terms_costs_ten_per_cent(self) -> None:
        fee = absence_fee(workshop(QUEBEC).state, WORKSHOP_ID, absence("a", CANCELLED), None)
        assert fee == Fee(basis=FeeBasis.ABSENT_SHARE, workshop=WORKSHOP_ID, percent=10)

    @pytest.mark.parametrize("place", [QUEBEC, EUROPE])
    def test_with_notice_what_a_cancellation_costs(self, place: dict[str, Any]) -> None:
        told = absence("a", CANCELLED, noticed=True)
        assert absence_fee(workshop(place).state, WORKSHOP_ID, told, TERMS) is None

    @pytest.mark.parametrize(("charge", "basis"), [(True, FeeBasis.ABSENT_DEPOSIT), (False, FeeBasis.NONE)])
    @pytest.mark.parametrize("noticed", [True, False])
    def test_an_independent_etre_bien_in_europe_as_noted(
        self, charge: bool, basis: FeeBasis, noticed: bool
    ) -> None:
        wish = absence("a", CANCELLED, noticed=noticed, charge=charge)
        fee = absence_fee(workshop(ETRE_BIEN).state, WORKSHOP_ID, wish, TERMS)
        assert fee == Fee(basis=basis, workshop=WORKSHOP_ID)


GONE = WorkshopCancelled(reason="Eau", registrations=(uid("a"),), waiting=())


class TestCalls:
    @pytest.mark.rule("ATE-4")
    def test_of_a_cancelled_workshop_everybody_is_called(self) -> None:
        past = workshop(QUEBEC, seat("a"), GONE)
        noted = CallNoted(registration=uid("a"), called=True, outcome=CallOutcome.REFUND)
        past.when(note_call, uid("a"), called=True, outcome=CallOutcome.REFUND).then(noted)
        again = workshop(QUEBEC, seat("a"), GONE, noted)
        again.when(note_call, uid("a"), called=True, outcome=CallOutcome.REFUND).then_nothing()
        again.when(note_call, uid("a"), called=True, outcome=CallOutcome.LATER).then(
            noted.model_copy(update={"outcome": CallOutcome.LATER})
        )
        past.when(note_call, uid("b"), called=True, outcome=None).then_refused(NobodyToCall)

    @pytest.mark.rule("ATE-7")
    def test_of_a_closed_one_the_absents(self) -> None:
        past = workshop(QUEBEC, seat("a"), seat("b"), settled("a", CANCELLED), CLOSED)
        noted = CallNoted(registration=uid("a"), called=False, outcome=None)
        past.when(note_call, uid("a"), called=False, outcome=None).then(noted)
        workshop(QUEBEC, seat("a"), settled("a", CANCELLED), noted).when(
            note_call, uid("a"), called=False, outcome=None
        ).then_nothing()
        past.when(note_call, uid("b"), called=True, outcome=None).then_refused(NobodyToCall)

    def test_an_unknown_workshop_is_missing(self) -> None:
        given(WORKSHOP).when(note_call, uid("a"), called=True, outcome=None).then_refused(NoSuchWorkshop)


@pytest.mark.rule("ATE-7")
class TestWhoClosesWhat:
    @pytest.mark.parametrize(
        ("place", "way", "role"),
        [
            (QUEBEC, ClosingWay.QUEBEC, Role.OFFICE),
            ({"venue": None, "region": None}, ClosingWay.QUEBEC, Role.OFFICE),
            (EUROPE, ClosingWay.EUROPE, Role.ACCOUNTING),
            (ETRE_BIEN, ClosingWay.INDEPENDENT, Role.OFFICE),
            ({"region": Region.ABROAD}, ClosingWay.ABROAD, Role.ACCOUNTING),
        ],
    )
    def test_by_region(self, place: dict[str, Any], way: ClosingWay, role: Role) -> None:
        state = workshop(place).state
        assert (closing_way(state), verifier(state)) == (way, role)


ALL_EXPENSES = [ExpenseUploaded(expense=e, document=uid(e)) for e in Expense]
PRESENT = AttendanceTicked(registrations=(uid("a"),))


def missing(place: Mapping[str, Any], *facts: Fact, money: Any = None) -> tuple[Gap, ...]:
    return what_is_missing(workshop(place, *facts).state, money or {})


@pytest.mark.rule("ATE-7")
class TestWhatIsMissing:
    UNPAID: Mapping[UUID, SeatMoney] = {uid("a"): SeatMoney(settled=False)}

    def test_an_empty_workshop_of_quebec_lacks_nothing(self) -> None:
        assert missing(QUEBEC) == ()

    @pytest.mark.parametrize("place", [QUEBEC, ETRE_BIEN, {"region": Region.ABROAD}])
    def test_everywhere_attendance_of_everybody(self, place: dict[str, Any]) -> None:
        undecided = Gap(kind=GapKind.ATTENDANCE, registrations=(uid("b"),))
        assert missing(place, seat("a"), seat("b"), PRESENT) == (undecided,)
        assert missing(place, seat("a"), seat("b"), PRESENT, settled("b", CANCELLED)) == ()

    def test_in_quebec_balances(self) -> None:
        unpaid = Gap(kind=GapKind.BALANCE, registrations=(uid("a"),))
        assert missing(QUEBEC, seat("a"), PRESENT, money=self.UNPAID) == (unpaid,)
        paid = {uid("a"): SeatMoney(settled=True)}
        assert missing(QUEBEC, seat("a"), PRESENT, money=paid) == ()

    def test_for_an_independent_etre_bien_payment_columns(self) -> None:
        unpaid = Gap(kind=GapKind.PAYMENTS, registrations=(uid("a"),))
        assert missing(ETRE_BIEN, seat("a"), PRESENT, money=self.UNPAID) == (unpaid,)

    def test_in_europe_columns_comments_expenses_and_envelope(self) -> None:
        money = {uid("a"): SeatMoney(settled=False, cheques_without_comment=True)}
        assert missing(EUROPE, seat("a"), PRESENT, money=money) == (
            Gap(kind=GapKind.PAYMENTS, registrations=(uid("a"),)),
            Gap(kind=GapKind.CHEQUE_COMMENT, registrations=(uid("a"),)),
            *(Gap(kind=GapKind.EXPENSE, expense=expense) for expense in Expense),
            Gap(kind=GapKind.ENVELOPE),
        )
        assert missing(EUROPE, *ALL_EXPENSES, EnvelopeListed()) == ()

    def test_that_there_was_no_such_expense_is_said_too(self) -> None:
        none = ExpenseUploaded(expense=Expense.LODGING, document=None)
        assert missing(EUROPE, *ALL_EXPENSES[:2], none, *ALL_EXPENSES[3:], EnvelopeListed()) == ()

    def test_abroad_money_is_not_looked_at(self) -> None:
        assert missing({"region": Region.ABROAD}, seat("a"), PRESENT, money=self.UNPAID) == ()


@pytest.mark.rule("ATE-7")
class TestHandingIn:
    def test_expense_invoices_several_of_a_kind(self) -> None:
        one = ExpenseUploaded(expense=Expense.ROOM, document=uid("one"))
        past = workshop(EUROPE, one)
        past.when(upload_expense, Expense.ROOM, uid("one")).then_nothing()
        past.when(upload_expense, Expense.ROOM, uid("two")).then(
            ExpenseUploaded(expense=Expense.ROOM, document=uid("two"))
        )
        workshop(EUROPE, HANDED_OVER, CLOSED).when(upload_expense, Expense.ROOM, None).then_refused(
            WorkshopIsClosed
        )

    def test_one_envelope(self) -> None:
        workshop(EUROPE).when(list_envelope).then(EnvelopeListed())
        workshop(EUROPE, EnvelopeListed()).when(list_envelope).then_nothing()

    @pytest.mark.parametrize("place", [EUROPE, ETRE_BIEN])
    def test_the_roster_is_handed_over_and_given_back(self, place: dict[str, Any]) -> None:
        after = workshop(place).when(hand_over, now=STARTS).then(HANDED_OVER)
        assert after.closing.stage is Stage.HANDED_OVER
        handed = workshop(place, HANDED_OVER)
        handed.when(hand_over, now=STARTS).then_nothing()
        back = RosterGivenBack(reason="Il manque un chèque.")
        again = handed.when(give_back, reason="Il manque un chèque.").then(back)
        assert again.closing.stage is Stage.OPEN
        workshop(place).when(give_back, reason="Rien").then_nothing()

    @pytest.mark.parametrize("place", [QUEBEC, {"region": Region.ABROAD}])
    def test_nowhere_else(self, place: dict[str, Any]) -> None:
        workshop(place).when(hand_over, now=STARTS).then_refused(NoHandingOver)

    def test_not_before_the_start(self) -> None:
        workshop(EUROPE).when(hand_over, now=NOW).then_refused(NotYetStarted, starts=STARTS)

    def test_what_is_closed_is_neither_handed_over_nor_given_back(self) -> None:
        past = workshop(EUROPE, HANDED_OVER, CLOSED)
        past.when(hand_over, now=STARTS).then_refused(WorkshopIsClosed)
        past.when(give_back, reason="Trop tard").then_refused(WorkshopIsClosed)


BY: dict[str, Any] = {"gaps": (), "reason": None, "now": STARTS}
GAP = Gap(kind=GapKind.ENVELOPE)


class TestClosing:
    @pytest.mark.rule("ATE-6")
    def test_it_is_read_only(self) -> None:
        after = workshop(QUEBEC).when(close, **BY).then(CLOSED)
        assert after.closing.stage is Stage.CLOSED
        workshop(QUEBEC, CLOSED).when(close, **BY).then_nothing()

    @pytest.mark.rule("ATE-7")
    def test_with_gaps_only_for_a_reason_and_both_are_kept(self) -> None:
        past = workshop(EUROPE, HANDED_OVER)
        gaps = {"gaps": (GAP, GAP)}
        past.when(close, **BY | gaps).then_refused(GapsNeedReason, gaps=[GapKind.ENVELOPE])
        past.when(close, **BY | gaps | {"reason": "Perdue"}).then(
            WorkshopClosed(gaps=(GAP, GAP), reason="Perdue")
        )
        past.when(close, **BY | {"reason": "Inutile"}).then(CLOSED)

    @pytest.mark.rule("ATE-7")
    @pytest.mark.parametrize("place", [EUROPE, ETRE_BIEN])
    def test_in_europe_once_it_was_handed_over(self, place: dict[str, Any]) -> None:
        workshop(place).when(close, **BY).then_refused(NotHandedOver)
        given_back = workshop(place, HANDED_OVER, RosterGivenBack(reason="Chèque"))
        given_back.when(close, **BY).then_refused(NotHandedOver)
        workshop(place, HANDED_OVER).when(close, **BY).then(CLOSED)

    @pytest.mark.rule("ATE-6")
    def test_never_before_the_start_nor_when_cancelled(self) -> None:
        workshop(QUEBEC).when(close, **BY | {"now": NOW}).then_refused(NotYetStarted, starts=STARTS)
        workshop(QUEBEC, GONE).when(close, **BY).then_refused(WorkshopIsCancelled)
        given(WORKSHOP).when(close, **BY).then_refused(NoSuchWorkshop)


PROPOSED = ReopeningProposed(by=uid("first"), reason="Un absent était là.")


@pytest.mark.rule("ATE-6")
class TestReopening:
    def test_one_proposes_and_another_approves(self) -> None:
        past = workshop(QUEBEC, CLOSED)
        past.when(propose_reopening, by=uid("first"), reason="Un absent était là.").then(PROPOSED)
        past = workshop(QUEBEC, CLOSED, PROPOSED)
        past.when(propose_reopening, by=uid("second"), reason="Moi aussi").then_nothing()
        past.when(approve_reopening, by=uid("first")).then_refused(ReopeningNeedsSecondPerson)
        after = past.when(approve_reopening, by=uid("second")).then(WorkshopReopened())
        assert after.closing.stage is Stage.OPEN

    def test_where_it_had_been_handed_over_it_is_so_again(self) -> None:
        past = workshop(EUROPE, HANDED_OVER, CLOSED, PROPOSED)
        after = past.when(approve_reopening, by=uid("second")).then(WorkshopReopened())
        assert after.closing.stage is Stage.HANDED_OVER

    def test_each_reopening_has_its_own_two_persons(self) -> None:
        past = workshop(QUEBEC, CLOSED, PROPOSED, WorkshopReopened(), CLOSED)
        past.when(approve_reopening, by=uid("second")).then_refused(NoReopeningProposed)

    def test_only_what_is_closed(self) -> None:
        workshop(QUEBEC).when(propose_reopening, by=uid("first"), reason="Oups").then_refused(
            WorkshopNotClosed
        )
        workshop(QUEBEC).when(approve_reopening, by=uid("second")).then_refused(WorkshopNotClosed)
        workshop(QUEBEC, CLOSED).when(approve_reopening, by=uid("second")).then_refused(NoReopeningProposed)


@pytest.mark.rule("FAC-7", "COM-3")
class TestTaxReceipts:
    def receipt(self, name: str, amount: float) -> TaxReceipt:
        return TaxReceipt(registration=uid(name), client=uid(f"client of {name}"), paid=cad(amount))

    def test_each_amount_goes_once_and_another_one_takes_its_place(self) -> None:
        past = (seat("léa"), seat("luc"), seat("zoé"), CLOSED)
        paid = {uid("léa"): cad(375), uid("luc"): cad(40), uid("zoé"): cad(0)}
        first = TaxReceiptsSent(receipts=(self.receipt("léa", 375), self.receipt("luc", 40)))
        workshop(QUEBEC, *past).when(send_tax_receipts, paid).then(first)
        workshop({"region": None}, *past).when(send_tax_receipts, paid).then(first)
        workshop(QUEBEC, *past, first).when(send_tax_receipts, paid).then_nothing()
        more = TaxReceiptsSent(receipts=(self.receipt("luc", 375),))
        workshop(QUEBEC, *past, first).when(send_tax_receipts, paid | {uid("luc"): cad(375)}).then(more)
        again = workshop(QUEBEC, *past, first, WorkshopReopened(), CLOSED)
        again.when(send_tax_receipts, paid).then_nothing()

    def test_not_before_it_is_closed_not_from_europe_and_not_for_nothing(self) -> None:
        paid = {uid("léa"): cad(375)}
        workshop(QUEBEC, seat("léa")).when(send_tax_receipts, paid).then_refused(WorkshopNotClosed)
        workshop(EUROPE, seat("léa"), CLOSED).when(send_tax_receipts, paid).then_refused(NoTaxReceipts)
        workshop(QUEBEC, seat("léa"), CLOSED).when(send_tax_receipts, {}).then_refused(NoTaxReceipts)
        given(WORKSHOP).when(send_tax_receipts, paid).then_refused(NoSuchWorkshop)
