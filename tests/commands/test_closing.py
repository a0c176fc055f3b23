"""From absences to the closed workshop at command height."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Region
from aggregates.client.registrations.events import CancelReason, RegistrationCancelled
from aggregates.client.registrations.refusals import NoSuchRegistration, NoteNeeded
from aggregates.client.registrations.state import Cancelled, Followed, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.events import Fee, FeeBasis, LineCancelled
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.closing.events import (
    AbsenceOutcome,
    AbsenceSettled,
    CallOutcome,
    Expense,
    Gap,
    GapKind,
    WorkshopClosed,
)
from aggregates.workshop.closing.refusals import (
    AbsentWithoutNotice,
    ChargeUndecided,
    GapsNeedReason,
    NoHandingOver,
    NotHandedOver,
    ReopeningNeedsSecondPerson,
    StudentIsDeferred,
)
from aggregates.workshop.closing.state import Stage
from aggregates.workshop.refusals import (
    NoSuchWorkshop,
    NotOnRoster,
    RosterIsHandedOver,
    WorkshopIsClosed,
)
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import ForbiddenError
from commands.paying import Typed
from commands.payments.note_payment import NotePayment, Part
from commands.payments.raise_price import RaisePrice
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.workshops.approve_reopening import ApproveReopening
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.give_back import GiveBack
from commands.workshops.hand_over import HandOver
from commands.workshops.list_envelope import ListEnvelope
from commands.workshops.note_call import NoteCall
from commands.workshops.propose_reopening import ProposeReopening
from commands.workshops.settle_absence import AbsentClient, SettleAbsence
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from commands.workshops.upload_expense import UploadExpense
from tests.support.write_side import ACCOUNTING, OFFICE, ORGANISER, School, principal, school_on

AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
CAD = Currency.CAD
DEFERRED, CANCELLED = AbsenceOutcome.DEFERRED, AbsenceOutcome.CANCELLED
FREE = (Money(minor=0, currency=Currency.CAD), Money(minor=0, currency=Currency.EUR))
PRICES = (Money(minor=37_500, currency=Currency.CAD), Money(minor=37_500, currency=Currency.EUR))
TRAINER = principal(Role.TRAINER)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def europe(school: School) -> UUID:
    return school.venue(name="Bellecour", country="FR", region=Region.EUROPE, zone="Europe/Paris")


class Held:
    """A workshop that began an hour ago, with people on its roster."""

    def __init__(self, school: School, people: int = 1, *, free: bool = False, **changes: Any) -> None:
        self.school = school
        self.activity = school.activity(days=1, prices=FREE if free else PRICES)
        self.workshop = school.workshop(self.activity, starts=AN_HOUR_AGO, **changes)
        self.people = [self.register() for _ in range(people)]

    def register(self) -> tuple[UUID, UUID]:
        client = self.school.client()
        return client, self.school.late_registration(client, self.activity, self.workshop)

    @property
    def state(self) -> Planned:
        state = self.school.state(WORKSHOP.at(self.workshop))
        assert isinstance(state, Planned)
        return state

    def absent(self, n: int = 0, **changes: Any) -> AbsentClient:
        client, registration = self.people[n]
        values: dict[str, Any] = {
            "client": client,
            "registration": registration,
            "outcome": CANCELLED,
            "noticed": False,
            "note": "Absence.",
        }
        return AbsentClient(**values | changes)

    def settle(self, *absents: AbsentClient, who: Any = OFFICE) -> None:
        self.school.send(SettleAbsence(workshop=self.workshop, absents=absents), who)

    def tick(self, who: Any = OFFICE) -> None:
        registrations = tuple(self.state.seats)
        self.school.send(TickAttendance(workshop=self.workshop, registrations=registrations), who)

    def registration(self, n: int = 0) -> Any:
        client, registration = self.people[n]
        state = self.school.state(CLIENT.at(client))
        assert isinstance(state, Dossier)
        return state.registrations[registration]

    def line_cancelled(self, n: int = 0) -> LineCancelled:
        fact = self.school.facts(INVOICE.at(self.registration(n).sale.invoice))[-1]
        assert isinstance(fact, LineCancelled)
        return fact

    def note(self, method: Any, minor: int, n: int = 0, comment: str | None = None) -> None:
        """A payment typed on the roster."""
        client, registration = self.people[n]
        part = Part(client=client, registration=registration, amount=Money(minor=minor, currency=CAD))
        self.school.send(NotePayment(payment=Typed(method=method, comment=comment), parts=(part,)))

    def close(self, who: Any = OFFICE, reason: str | None = None) -> None:
        self.school.send(CloseWorkshop(workshop=self.workshop, reason=reason), who)

    def hand_over(self, who: Any = ORGANISER) -> None:
        self.school.send(HandOver(workshop=self.workshop), who)


class TestSettleAbsence:
    @pytest.mark.rule("ATE-7")
    def test_without_notice_it_is_cancelled_with_ten_per_cent_as_a_case(self, school: School) -> None:
        held = Held(school)
        (client, registration) = held.people[0]
        held.settle(held.absent(note="Absente sans nous prévenir."), who=ORGANISER)
        assert isinstance(held.registration(), Cancelled)
        assert school.facts(CLIENT.at(client))[-1] == RegistrationCancelled(
            registration=registration, workshop=held.workshop, why=CancelReason.ABSENT
        )
        cancelled = held.line_cancelled()
        assert cancelled.fee == Fee(basis=FeeBasis.ABSENT_SHARE, workshop=held.workshop, percent=10)
        assert cancelled.note == "Absente sans nous prévenir."
        assert not held.state.seats
        assert held.state.closing.absents[registration].client == client

    @pytest.mark.rule("INS-8", "ATE-7")
    def test_the_client_reads_why_on_the_invoice(self, school: School) -> None:
        held = Held(school)
        with pytest.raises(NoteNeeded):
            held.settle(held.absent(note=None))

    @pytest.mark.rule("ATE-7", "INS-5")
    def test_the_share_is_the_one_frozen_at_the_sale(self, school: School) -> None:
        held = Held(school)
        assert held.registration().sale.terms.absence_percent == 10

    @pytest.mark.rule("ATE-7")
    def test_in_europe_it_is_the_deposit(self, school: School) -> None:
        held = Held(school, venue=europe(school))
        held.settle(held.absent())
        assert held.line_cancelled().fee == Fee(basis=FeeBasis.ABSENT_DEPOSIT, workshop=held.workshop)

    @pytest.mark.rule("ATE-7", "INS-9")
    def test_with_notice_as_they_wish(self, school: School) -> None:
        held = Held(school, 2, venue=europe(school))
        held.settle(held.absent(0, noticed=True), held.absent(1, noticed=True, outcome=DEFERRED))
        assert held.line_cancelled(0).fee == Fee(basis=FeeBasis.LATE, workshop=held.workshop)
        assert school.facts(CLIENT.at(held.people[0][0]))[-1] == RegistrationCancelled(
            registration=held.people[0][1], workshop=held.workshop, why=CancelReason.ASKED
        )
        later = held.registration(1)
        assert isinstance(later, ToSchedule)
        assert later.sale.deposit_lost_with == held.workshop

    @pytest.mark.rule("ATE-7")
    def test_without_notice_it_is_not_deferred(self, school: School) -> None:
        held = Held(school)
        with pytest.raises(AbsentWithoutNotice):
            held.settle(held.absent(outcome=DEFERRED))

    @pytest.mark.rule("ATE-7")
    def test_a_student_is_deferred(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        workshop = school.workshop(activities[0], starts=AN_HOUR_AGO)
        dates = (PhaseDate(activity=activities[0], workshop=workshop),)
        wish = RegisterForPhase(client=client, phase=phase, dates=dates, waive_reason="Paie sur place.")
        registration = school.send(wish).made["registration-1"]
        absent = AbsentClient(client=client, registration=registration, outcome=CANCELLED, noticed=False)
        with pytest.raises(StudentIsDeferred):
            school.send(SettleAbsence(workshop=workshop, absents=(absent,)))
        deferred = absent.model_copy(update={"outcome": DEFERRED})
        school.send(SettleAbsence(workshop=workshop, absents=(deferred,)))
        state = school.state(CLIENT.at(client))
        assert isinstance(state, Dossier)
        assert isinstance(state.registrations[registration], ToSchedule)

    @pytest.mark.rule("ATE-7")
    @pytest.mark.parametrize(("charge", "basis"), [(True, FeeBasis.ABSENT_DEPOSIT), (False, FeeBasis.NONE)])
    def test_the_trainer_of_an_independent_etre_bien_says_whether_the_deposit_is_charged(
        self, school: School, charge: bool, basis: FeeBasis
    ) -> None:
        held = Held(school, venue=europe(school), independent=True, trainers=(TRAINER.user,))
        with pytest.raises(ChargeUndecided):
            held.settle(held.absent(), who=TRAINER)
        held.settle(held.absent(charge_deposit=charge), who=TRAINER)
        assert held.line_cancelled().fee == Fee(basis=basis, workshop=held.workshop)

    @pytest.mark.rule("ATE-7")
    def test_trainers_of_other_workshops_tick_but_settle_nothing(self, school: School) -> None:
        held = Held(school, trainers=(TRAINER.user,))
        with pytest.raises(ForbiddenError):
            held.settle(held.absent(), who=TRAINER)
        held.tick(TRAINER)

    @pytest.mark.rule("ATE-7")
    def test_own_workshops_and_who_is_on_the_roster_only(self, school: School) -> None:
        held = Held(school, 2)
        with pytest.raises(NoSuchWorkshop):
            held.settle(held.absent(), who=principal(Role.ORGANISER))
        with pytest.raises(NotOnRoster):
            held.settle(held.absent(0, client=held.people[1][0]))
        with pytest.raises(NoSuchRegistration):
            held.settle(held.absent(0, registration=uuid4()))

    @pytest.mark.rule("ATE-7")
    def test_settled_again_nothing_happens_whatever_became_of_the_registration(self, school: School) -> None:
        held = Held(school)
        told = held.absent(noticed=True, outcome=DEFERRED)
        held.settle(told)
        later = school.workshop(held.activity)
        client, registration = held.people[0]
        school.send(ChooseDate(client=client, registration=registration, workshop=later))
        held.settle(told)
        assert held.registration().workshop == later
        assert sum(isinstance(f, AbsenceSettled) for f in school.facts(WORKSHOP.at(held.workshop))) == 1


class TestClosing:
    @pytest.mark.rule("ATE-6", "ATE-7")
    def test_in_quebec_office_closes_once_nothing_is_missing(self, school: School) -> None:
        held = Held(school, 2, free=True, venue=school.venue())
        with pytest.raises(GapsNeedReason) as caught:
            held.close()
        assert caught.value.fields == {"gaps": [GapKind.ATTENDANCE]}
        held.tick()
        for who in (ACCOUNTING, ORGANISER):
            with pytest.raises(ForbiddenError):
                held.close(who)
        held.close()
        assert held.state.closing.stage is Stage.CLOSED

    @pytest.mark.rule("ATE-7")
    def test_an_open_balance_needs_a_reason(self, school: School) -> None:
        held = Held(school)
        held.tick()
        with pytest.raises(GapsNeedReason) as caught:
            held.close()
        assert caught.value.fields == {"gaps": [GapKind.BALANCE]}
        held.close(reason="Le chèque est en route.")
        closed = school.facts(WORKSHOP.at(held.workshop))[-1]
        assert isinstance(closed, WorkshopClosed)
        assert (closed.gaps[0].registrations, closed.reason) == (
            (held.people[0][1],),
            "Le chèque est en route.",
        )

    @pytest.mark.rule("ATE-7", "FAC-2")
    def test_money_noted_on_the_roster_settles_it(self, school: School) -> None:
        held = Held(school)
        held.tick()
        held.note(PaymentMethod.CASH, 37_500)
        held.close()

    @pytest.mark.rule("ATE-7", "FAC-9")
    def test_what_was_invoiced_later_is_to_be_paid_too(self, school: School) -> None:
        held = Held(school)
        held.tick()
        held.note(PaymentMethod.CASH, 37_500)
        client, registration = held.people[0]
        more = Money(minor=2_000, currency=CAD)
        wish = RaisePrice(client=client, registration=registration, amount=more, reason="Prix mal saisi.")
        school.send(wish, ACCOUNTING)
        with pytest.raises(GapsNeedReason):
            held.close()
        held.note(PaymentMethod.CASH, 2_000)
        held.close()

    @pytest.mark.rule("ATE-7")
    def test_in_europe_each_cheque_has_its_comment(self, school: School) -> None:
        held = Held(school, 2, venue=europe(school))
        held.tick()
        held.note(PaymentMethod.CHEQUE, 37_500, comment="Paie aussi pour Luc.")
        held.note(PaymentMethod.CHEQUE, 37_500, n=1)
        held.hand_over()
        held.close(ACCOUNTING, reason="Les factures suivent.")
        closed = school.facts(WORKSHOP.at(held.workshop))[-1]
        assert isinstance(closed, WorkshopClosed)
        assert closed.gaps[0] == Gap(kind=GapKind.CHEQUE_COMMENT, registrations=(held.people[1][1],))
        assert {gap.kind for gap in closed.gaps[1:]} == {GapKind.EXPENSE, GapKind.ENVELOPE}

    @pytest.mark.rule("ATE-6", "INS-13", "INS-15")
    def test_closed_the_roster_is_frozen_for_everybody(self, school: School) -> None:
        held = Held(school, 2, free=True)
        late = school.client()
        held.tick()
        school.send(UntickAttendance(workshop=held.workshop, registrations=(held.people[1][1],)))
        held.close(reason="Une personne à rappeler.")
        (present, followed), (client, undecided) = held.people
        assert isinstance(held.registration(0), Followed)
        for wish in (
            DeferRegistration(client=client, registration=undecided),
            CancelRegistration(client=client, registration=undecided, note="Ne vient pas."),
            UntickAttendance(workshop=held.workshop, registrations=(followed,)),
            TickAttendance(workshop=held.workshop, registrations=(undecided,)),
            SettleAbsence(workshop=held.workshop, absents=(held.absent(1),)),
        ):
            with pytest.raises(WorkshopIsClosed):
                school.send(wish)
        with pytest.raises(WorkshopIsClosed):
            school.late_registration(late, held.activity, held.workshop)
        assert present

    @pytest.mark.rule("ATE-7")
    def test_absents_of_a_closed_workshop_are_called(self, school: School) -> None:
        held = Held(school, free=True)
        held.settle(held.absent())
        held.close()
        call = NoteCall(
            workshop=held.workshop,
            registration=held.people[0][1],
            called=True,
            outcome=CallOutcome.NEW_DATE,
        )
        school.send(call)
        assert held.state.closing.calls[held.people[0][1]].outcome is CallOutcome.NEW_DATE

    @pytest.mark.rule("ATE-7")
    def test_in_europe_the_organiser_hands_over_and_accounting_close(self, school: School) -> None:
        held = Held(school, free=True, venue=europe(school))
        held.tick(ORGANISER)
        with pytest.raises(NotHandedOver):
            held.close(ACCOUNTING, "Vite")
        for expense in Expense:
            paper = school.upload(ORGANISER, "salle.pdf")
            school.send(UploadExpense(workshop=held.workshop, expense=expense, document=paper), ORGANISER)
        school.send(ListEnvelope(workshop=held.workshop), ORGANISER)
        with pytest.raises(NoSuchWorkshop):
            held.hand_over(principal(Role.ORGANISER))
        held.hand_over()
        untick = UntickAttendance(workshop=held.workshop, registrations=(held.people[0][1],))
        with pytest.raises(RosterIsHandedOver):
            school.send(untick, ORGANISER)
        school.send(untick, ACCOUNTING)
        held.tick(ACCOUNTING)
        with pytest.raises(ForbiddenError):
            held.close(OFFICE)
        held.close(ACCOUNTING)
        closed = school.facts(WORKSHOP.at(held.workshop))[-1]
        assert closed == WorkshopClosed(gaps=(), reason=None)

    @pytest.mark.rule("ATE-7")
    def test_what_europe_lacks_is_told(self, school: School) -> None:
        held = Held(school, venue=europe(school))
        held.tick()
        held.hand_over()
        with pytest.raises(GapsNeedReason) as caught:
            held.close(ACCOUNTING)
        assert caught.value.fields == {"gaps": [GapKind.PAYMENTS, GapKind.EXPENSE, GapKind.ENVELOPE]}

    @pytest.mark.rule("ATE-7")
    def test_who_verifies_gives_the_roster_back(self, school: School) -> None:
        held = Held(school, venue=europe(school))
        held.hand_over()
        with pytest.raises(RosterIsHandedOver):
            held.tick(ORGANISER)
        back = GiveBack(workshop=held.workshop, reason="Il manque un chèque.")
        with pytest.raises(ForbiddenError):
            school.send(back, OFFICE)
        school.send(back, ACCOUNTING)
        held.tick(ORGANISER)

    @pytest.mark.rule("ATE-7")
    def test_the_trainer_of_an_independent_etre_bien_hands_over_and_office_closes(
        self, school: School
    ) -> None:
        held = Held(school, free=True, venue=europe(school), independent=True, trainers=(TRAINER.user,))
        held.tick(TRAINER)
        held.hand_over(TRAINER)
        with pytest.raises(ForbiddenError):
            held.close(ACCOUNTING)
        held.close(OFFICE)
        assert held.state.closing.stage is Stage.CLOSED

    @pytest.mark.rule("ATE-7")
    def test_elsewhere_trainers_hand_nothing_over_and_quebec_hands_over_nothing(self, school: School) -> None:
        held = Held(school, venue=europe(school), trainers=(TRAINER.user,))
        with pytest.raises(ForbiddenError):
            held.hand_over(TRAINER)
        held.hand_over(OFFICE)
        with pytest.raises(NoHandingOver):
            Held(school).hand_over()

    @pytest.mark.rule("ATE-7")
    def test_abroad_accounting_close(self, school: School) -> None:
        abroad = school.venue(country="MA", region=Region.ABROAD, zone="Africa/Casablanca")
        held = Held(school, venue=abroad)
        held.tick()
        with pytest.raises(ForbiddenError):
            held.close(OFFICE)
        held.close(ACCOUNTING)


class TestReopening:
    @pytest.mark.rule("ATE-6")
    def test_one_proposes_another_approves_and_the_roster_is_open_again(self, school: School) -> None:
        held = Held(school, free=True)
        held.close(reason="Erreur")
        propose = ProposeReopening(workshop=held.workshop, reason="Une personne était là.")
        approve = ApproveReopening(workshop=held.workshop)
        with pytest.raises(ForbiddenError):
            school.send(propose, ORGANISER)
        school.send(propose, OFFICE)
        with pytest.raises(ReopeningNeedsSecondPerson):
            school.send(approve, OFFICE)
        with pytest.raises(WorkshopIsClosed):
            held.tick()
        school.send(approve, ACCOUNTING)
        held.tick()
        held.close()
