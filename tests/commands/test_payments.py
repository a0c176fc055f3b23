"""Payments at command height: noted, deposited, bounced, on one invoice or several (FAC-1, FAC-2, FAC-5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Category, Region
from aggregates.client.refusals import BalanceNotZero, DossierNotActive
from aggregates.client.registrations.refusals import ProofNotMissing
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.refusals import (
    NotHolder,
    OtherCurrency,
    PaymentNotNoted,
    RosterCapExceeded,
)
from aggregates.invoice.payments.state import CREDIT
from aggregates.invoice.refusals import CaseOpen, FullPaymentNeeded, NoSuchInvoice
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.refusals import NoSuchWorkshop, RosterIsHandedOver, WorkshopIsClosed
from commands.access import ForbiddenError, Principal
from commands.clients.remove_dossier import RemoveDossier
from commands.paying import FirstPayment, PaymentOn, Typed
from commands.payments.bounce_payments import BouncePayments
from commands.payments.correct_payment import CorrectPayment
from commands.payments.deposit_payments import DepositPayments
from commands.payments.note_payment import NotePayment, Part
from commands.payments.raise_price import RaisePrice
from commands.payments.reallocate_payment import LineShare, ReallocatePayment
from commands.payments.send_cheques import SendCheques
from commands.payments.withdraw_payment import WithdrawPayment
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.change_to_phase import ChangeToPhase
from commands.registrations.mark_without_proof import MarkWithoutProof
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.hand_over import HandOver
from commands.workshops.tick_attendance import TickAttendance
from tests.support.write_side import ACCOUNTING, OFFICE, ORGANISER, School, Sold, principal, school_on

CHEQUE = Typed(method=PaymentMethod.CHEQUE)
CASH = Typed(method=PaymentMethod.CASH)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def eur(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.EUR)


def on_roster(sold: Sold, amount: Money) -> Part:
    return Part(client=sold.client, registration=sold.registration, amount=amount)


def on_invoice(sold: Sold, amount: Money) -> Part:
    return Part(client=sold.client, invoice=sold.invoice, amount=amount)


def balances(school: School, invoice: UUID) -> tuple[int, int]:
    """As the client has it, and as staff count it."""
    state = school.issued(invoice)
    return state.balance.minor, state.balance_noted.minor


def a_sale(school: School, **changes: Any) -> Sold:
    """375.00 for a date in 30 days."""
    activity = school.activity()
    return school.sold(school.client(**changes), activity, school.workshop(activity))


def named(sold: Sold, *payments: UUID) -> tuple[PaymentOn, ...]:
    return tuple(PaymentOn(invoice=sold.invoice, payment=payment) for payment in payments)


@pytest.mark.rule("FAC-2", "LIS-3")
def test_a_cheque_noted_on_the_roster_lowers_the_clients_balance_once_it_is_deposited(school: School) -> None:
    sold = a_sale(school)
    payment = school.paid(sold.client, 4_000, registration=sold.registration)
    assert balances(school, sold.invoice) == (37_500, 33_500)
    school.deposited(sold.invoice, payment)
    assert balances(school, sold.invoice) == (33_500, 33_500)
    school.send(BouncePayments(payments=named(sold, payment)), ACCOUNTING)
    assert balances(school, sold.invoice) == (37_500, 37_500)
    with pytest.raises(PaymentNotNoted):
        school.deposited(sold.invoice, payment)


@pytest.mark.rule("FAC-1")
def test_a_payment_on_a_phases_invoice_fills_deposits_then_balances_by_date(school: School) -> None:
    phase, activities = school.phase(size=3)
    client, late = school.client(), school.workshop(activities[0])
    early = school.workshop(activities[2], starts=datetime.now(UTC) + timedelta(days=10))
    dates = (
        PhaseDate(activity=activities[0], workshop=late),
        PhaseDate(activity=activities[2], workshop=early),
    )
    invoice = school.send(RegisterForPhase(client=client, phase=phase, dates=dates)).made["invoice"]
    school.paid(client, 12_000 + 40_000, invoice=invoice)
    state = school.issued(invoice)
    assert [state.paid(line.id).minor for line in state.lines] == [4_000 + 6_500, 4_000, 37_500]


@pytest.mark.rule("FAC-2")
def test_one_cheque_pays_for_two_persons_in_one_act(school: School) -> None:
    first, second = a_sale(school), a_sale(school)
    typed = Typed(method=PaymentMethod.CHEQUE, number="0042", drawer="Luc Roy", comment="Pour les deux.")
    parts = (on_roster(first, cad(37_500)), on_roster(second, cad(37_500)))
    made = school.send(NotePayment(payment=typed, parts=parts), ORGANISER).made
    one, two = (school.issued(sold.invoice).payments.known for sold in (first, second))
    assert {one[made["payment-1"]].cheque, two[made["payment-2"]].cheque} == {made["cheque"]}
    assert one[made["payment-1"]].holder == ORGANISER.user
    assert balances(school, first.invoice) == balances(school, second.invoice) == (37_500, 0)


@pytest.mark.rule("FAC-2")
def test_two_parts_on_one_invoice_see_each_other(school: School) -> None:
    sold = a_sale(school)
    parts = (on_invoice(sold, cad(30_000)), on_roster(sold, cad(10_000)))
    school.send(NotePayment(payment=CASH, parts=parts))
    state = school.issued(sold.invoice)
    assert state.paid(sold.line) == cad(37_500)
    assert state.balance_noted == cad(-2_500), "what is too much stays as credit"


@pytest.mark.rule("FAC-2")
def test_a_bundle_is_deposited_at_once_by_accounting_alone(school: School) -> None:
    sales = [a_sale(school) for _ in range(3)]
    payments = [
        PaymentOn(invoice=s.invoice, payment=school.paid(s.client, 4_000, registration=s.registration))
        for s in sales
    ]
    wish = DepositPayments(payments=tuple(payments))
    with pytest.raises(ForbiddenError):
        school.send(wish, OFFICE)
    school.send(wish, ACCOUNTING)
    school.send(wish, ACCOUNTING)
    assert [balances(school, s.invoice) for s in sales] == [(33_500, 33_500)] * 3


@pytest.mark.rule("CAT-2")
def test_dollars_never_settle_euros(school: School) -> None:
    sold, euros = a_sale(school), a_sale(school, country="FR")
    for part in (on_roster(euros, cad(4_000)), on_invoice(euros, cad(4_000))):
        with pytest.raises(OtherCurrency):
            school.send(NotePayment(payment=CHEQUE, parts=(on_roster(sold, cad(100)), part)))
    assert balances(school, sold.invoice) == (37_500, 37_500), "nothing half done"


@pytest.mark.rule("FAC-2")
def test_an_invoice_of_another_client_is_not_found(school: School) -> None:
    sold, other = a_sale(school), a_sale(school)
    part = Part(client=other.client, invoice=sold.invoice, amount=cad(100))
    with pytest.raises(NoSuchInvoice):
        school.send(NotePayment(payment=CHEQUE, parts=(part,)))


@pytest.mark.rule("FAC-2")
def test_a_typing_error_is_corrected_or_withdrawn_before_the_deposit(school: School) -> None:
    sold = a_sale(school)
    payment = school.paid(sold.client, 37_500, registration=sold.registration)
    right = CorrectPayment(
        client=sold.client,
        invoice=sold.invoice,
        payment=payment,
        method=PaymentMethod.CASH,
        amount=cad(35_700),
        reason="Chiffres inversés.",
    )
    school.send(right, ORGANISER)
    assert balances(school, sold.invoice) == (37_500, 1_800)
    school.send(
        WithdrawPayment(client=sold.client, invoice=sold.invoice, payment=payment, reason="Autre personne."),
        ORGANISER,
    )
    assert balances(school, sold.invoice) == (37_500, 37_500)
    with pytest.raises(PaymentNotNoted):
        school.send(right, ORGANISER)


@pytest.mark.rule("FAC-1")
def test_accounting_put_a_payment_on_another_line(school: School) -> None:
    phase, _ = school.phase(size=2)
    client = school.client()
    made = school.send(RegisterForPhase(client=client, phase=phase)).made
    payment = school.paid(client, 10_000, registration=made["registration-1"])
    share = LineShare(line=made["line-2"], amount=cad(10_000))
    wish = ReallocatePayment(invoice=made["invoice"], payment=payment, shares=(share,))
    with pytest.raises(ForbiddenError):
        school.send(wish, OFFICE)
    school.send(wish, ACCOUNTING)
    state = school.issued(made["invoice"])
    assert [state.paid(made[name]).minor for name in ("line-1", "line-2")] == [0, 10_000]


@pytest.mark.rule("FAC-10")
def test_an_organiser_sends_the_cheques_to_accounting(school: School) -> None:
    sold = a_sale(school)
    made = school.send(NotePayment(payment=CHEQUE, parts=(on_roster(sold, cad(4_000)),)), ORGANISER).made
    sending = SendCheques(payments=named(sold, made["payment-1"]))
    with pytest.raises(NotHolder):
        school.send(sending, principal(Role.ORGANISER))
    school.send(sending, ORGANISER)
    assert school.issued(sold.invoice).payments.known[made["payment-1"]].holder is None


@pytest.mark.rule("FAC-1")
def test_nothing_is_paid_on_a_cancelled_place_before_its_case_is_decided(school: School) -> None:
    sold = a_sale(school)
    school.send(CancelRegistration(client=sold.client, registration=sold.registration, note="Ne vient plus."))
    with pytest.raises(CaseOpen):
        school.paid(sold.client, 4_000, registration=sold.registration)
    school.paid(sold.client, 4_000, invoice=sold.invoice)
    assert balances(school, sold.invoice) == (0, -4_000)


@pytest.mark.rule("INS-6", "FAC-9")
class TestWithoutProof:
    """Regular 375.00, 10 % less makes 337.50; without proof 37.50 more."""

    def sold(self, school: School) -> Sold:
        activity = school.activity()
        workshop = school.workshop(activity)
        sold = school.sold(school.client(), activity, workshop, discount=school.discount())
        assert school.issued(sold.invoice).total == cad(33_750)
        return sold

    def raised(self, school: School, sold: Sold) -> UUID:
        wish = RaisePrice(
            client=sold.client, registration=sold.registration, amount=None, reason="Sans preuve."
        )
        made = school.send(wish, ACCOUNTING).made
        before = school.side.store.load([CLIENT.at(sold.client)])[0].version
        school.send(wish, ACCOUNTING)
        assert school.side.store.load([CLIENT.at(sold.client)])[0].version == before, "raised once"
        supplement = school.issued(made["invoice"])
        assert supplement.supplement_of == sold.invoice
        assert supplement.total == cad(3_750)
        assert supplement.number.endswith("0002")
        return made["invoice"]

    def test_a_noted_cheque_of_375_pays_both_invoices_once_it_is_deposited(self, school: School) -> None:
        sold = self.sold(school)
        school.send(MarkWithoutProof(client=sold.client, registration=sold.registration), ORGANISER)
        payment = school.paid(sold.client, 37_500, registration=sold.registration)
        assert balances(school, sold.invoice) == (33_750, -3_750)
        supplement = self.raised(school, sold)
        assert balances(school, sold.invoice) == (33_750, 0)
        assert balances(school, supplement) == (3_750, 0)
        (part,) = school.issued(supplement).payments
        assert part.cheque == school.issued(sold.invoice).payments.known[payment].cheque
        school.deposited(sold.invoice, payment)
        school.deposited(supplement, part.id)
        assert balances(school, sold.invoice) == balances(school, supplement) == (0, 0)

    def test_deposited_before_it_is_moved_as_credit(self, school: School) -> None:
        sold = self.sold(school)
        school.send(MarkWithoutProof(client=sold.client, registration=sold.registration), ORGANISER)
        school.deposited(sold.invoice, school.paid(sold.client, 37_500, registration=sold.registration))
        assert balances(school, sold.invoice) == (-3_750, -3_750)
        supplement = self.raised(school, sold)
        assert balances(school, sold.invoice) == balances(school, supplement) == (0, 0)

    def test_unpaid_it_is_owed_and_a_payment_of_the_place_goes_there(self, school: School) -> None:
        sold = self.sold(school)
        school.send(MarkWithoutProof(client=sold.client, registration=sold.registration), ORGANISER)
        supplement = self.raised(school, sold)
        school.paid(sold.client, 37_600, registration=sold.registration)
        assert balances(school, sold.invoice) == (33_750, -100)
        assert balances(school, supplement) == (3_750, 0)

    def test_only_where_the_proof_is_missing(self, school: School) -> None:
        sold = self.sold(school)
        wish = RaisePrice(
            client=sold.client, registration=sold.registration, amount=None, reason="Sans preuve."
        )
        with pytest.raises(ProofNotMissing):
            school.send(wish, ACCOUNTING)
        error = wish.model_copy(update={"amount": cad(1_000), "reason": "Prix mal saisi."})
        made = school.send(error, ACCOUNTING).made
        assert school.issued(made["invoice"]).total == cad(1_000)

    @pytest.mark.rule("INS-8")
    def test_a_cancelled_place_opens_a_case_on_each_of_its_invoices(self, school: School) -> None:
        sold = self.sold(school)
        school.send(MarkWithoutProof(client=sold.client, registration=sold.registration), ORGANISER)
        supplement = self.raised(school, sold)
        made = school.send(
            CancelRegistration(client=sold.client, registration=sold.registration, note="Ne vient plus.")
        ).made
        assert list(school.issued(sold.invoice).cases) == [made["case-1"]]
        assert list(school.issued(supplement).cases) == [made["case-2"]]


@pytest.mark.rule("FAC-5")
class TestIndependentEtreBien:
    """Two days: 250.00 with a deposit of 40.00; the roster takes 210.00."""

    def sold(self, school: School, trainer: Principal) -> Sold:
        activity = school.activity("ÊTRE BIEN", category=Category.ETRE_BIEN, prices=(eur(25_000),), days=2)
        venue = school.venue(country="FR", city="Lyon", region=Region.EUROPE, zone="Europe/Paris")
        workshop = school.workshop(activity, venue=venue, independent=True, trainers=(trainer.user,))
        return school.sold(school.client(country="FR"), activity, workshop)

    def test_the_roster_takes_105_euros_per_day_and_accounting_book_the_deposit(self, school: School) -> None:
        trainer = principal(Role.TRAINER)
        sold = self.sold(school, trainer)
        school.send(NotePayment(payment=CASH, parts=(on_roster(sold, eur(15_000)),)), trainer)
        for who, amount in ((trainer, 6_001), (ACCOUNTING, 6_001)):
            with pytest.raises(RosterCapExceeded) as caught:
                school.send(NotePayment(payment=CASH, parts=(on_roster(sold, eur(amount)),)), who)
            assert caught.value.fields == {"cap": eur(21_000), "left": eur(6_000)}
        last = school.send(NotePayment(payment=CASH, parts=(on_roster(sold, eur(6_000)),)), trainer).made
        for who in (ORGANISER, OFFICE, trainer):
            with pytest.raises(ForbiddenError):
                school.send(NotePayment(payment=CHEQUE, parts=(on_invoice(sold, eur(4_000)),)), who)
        school.send(NotePayment(payment=CHEQUE, parts=(on_invoice(sold, eur(4_000)),)), ACCOUNTING)
        assert balances(school, sold.invoice) == (25_000, 0)
        with pytest.raises(RosterCapExceeded):
            school.send(
                CorrectPayment(
                    client=sold.client,
                    invoice=sold.invoice,
                    payment=last["payment-1"],
                    method=PaymentMethod.CASH,
                    amount=eur(6_001),
                    reason="Un centime de plus.",
                ),
                ORGANISER,
            )

    def test_two_parts_of_one_cheque_count_together(self, school: School) -> None:
        sold = self.sold(school, principal(Role.TRAINER))
        parts = (on_roster(sold, eur(21_000)), on_roster(sold, eur(1)))
        with pytest.raises(RosterCapExceeded):
            school.send(NotePayment(payment=CHEQUE, parts=parts))

    def test_trainers_note_money_of_their_own_independent_workshops_only(self, school: School) -> None:
        trainer = principal(Role.TRAINER)
        sold, other = self.sold(school, principal(Role.TRAINER)), a_sale(school)
        with pytest.raises(NoSuchWorkshop):
            school.send(NotePayment(payment=CASH, parts=(on_roster(sold, eur(100)),)), trainer)
        activity = school.activity()
        taught = school.sold(school.client(), activity, school.workshop(activity, trainers=(trainer.user,)))
        for part in (on_roster(taught, cad(100)), on_invoice(other, cad(100))):
            with pytest.raises((ForbiddenError, NoSuchWorkshop)):
                school.send(NotePayment(payment=CASH, parts=(part,)), trainer)

    def test_outside_europe_the_trainer_notes_payments_without_a_cap(self, school: School) -> None:
        trainer, activity = principal(Role.TRAINER), school.activity(category=Category.ETRE_BIEN)
        workshop = school.workshop(activity, independent=True, trainers=(trainer.user,))
        sold = school.sold(school.client(), activity, workshop)
        school.send(NotePayment(payment=CASH, parts=(on_roster(sold, cad(37_500)),)), trainer)
        assert balances(school, sold.invoice) == (37_500, 0)

    @pytest.mark.rule("INS-4")
    def test_a_registration_with_its_payment_stays_within_the_cap_too(self, school: School) -> None:
        activity = school.activity("ÊTRE BIEN", category=Category.ETRE_BIEN, prices=(eur(25_000),), days=2)
        venue = school.venue(country="FR", city="Lyon", region=Region.EUROPE, zone="Europe/Paris")
        workshop = school.workshop(activity, venue=venue, independent=True)
        wish = RegisterClient(
            client=school.client(country="FR"),
            activity=activity,
            workshop=workshop,
            payment=FirstPayment(method=PaymentMethod.CASH, amount=eur(21_001)),
        )
        with pytest.raises(RosterCapExceeded):
            school.send(wish, ORGANISER)


@pytest.mark.rule("ATE-6", "ATE-7")
class TestFrozenRoster:
    """A workshop in Lyon that has begun."""

    def sold(self, school: School, **changes: Any) -> tuple[UUID, Sold]:
        venue = school.venue(country="FR", city="Lyon", region=Region.EUROPE, zone="Europe/Paris")
        activity, begun = school.activity(), datetime.now(UTC) - timedelta(hours=2)
        workshop = school.workshop(activity, venue=venue, starts=begun)
        client = school.client(country="FR")
        return workshop, school.sold(client, activity, workshop, waive_reason="Paie sur place.", **changes)

    def test_once_handed_over_accounting_alone_note_and_correct(self, school: School) -> None:
        workshop, sold = self.sold(school)
        payment = school.paid(sold.client, 4_000, registration=sold.registration)
        school.send(HandOver(workshop=workshop), ORGANISER)
        note = NotePayment(payment=CASH, parts=(on_roster(sold, eur(100)),))
        right = CorrectPayment(
            client=sold.client,
            invoice=sold.invoice,
            payment=payment,
            method=PaymentMethod.CHEQUE,
            amount=eur(4_100),
            reason="Faute de frappe.",
        )
        gone = WithdrawPayment(
            client=sold.client, invoice=sold.invoice, payment=payment, reason="Jamais reçu."
        )
        for wish in (note, right, gone):
            with pytest.raises(RosterIsHandedOver):
                school.send(wish, ORGANISER)
        for wish in (note, right, gone):
            school.send(wish, ACCOUNTING)
        assert balances(school, sold.invoice) == (37_500, 37_400)

    def test_closed_money_still_moves_on_the_invoice(self, school: School) -> None:
        workshop, sold = self.sold(school)
        school.send(HandOver(workshop=workshop), ORGANISER)
        school.send(CloseWorkshop(workshop=workshop, reason="Rien à ajouter."), ACCOUNTING)
        with pytest.raises(WorkshopIsClosed):
            school.send(NotePayment(payment=CASH, parts=(on_roster(sold, eur(100)),)), ORGANISER)
        school.send(NotePayment(payment=CASH, parts=(on_invoice(sold, eur(100)),)), ORGANISER)
        assert balances(school, sold.invoice) == (37_500, 37_400)

    @pytest.mark.rule("INS-6")
    def test_the_price_without_proof_is_taken_after_closing_too(self, school: School) -> None:
        workshop, sold = self.sold(school, discount=school.discount())
        school.send(HandOver(workshop=workshop), ORGANISER)
        school.send(CloseWorkshop(workshop=workshop, reason="Rien à ajouter."), ACCOUNTING)
        school.send(MarkWithoutProof(client=sold.client, registration=sold.registration), ORGANISER)
        school.send(NotePayment(payment=CHEQUE, parts=(on_roster(sold, eur(37_500)),)), ORGANISER)
        assert balances(school, sold.invoice) == (33_750, -3_750)


@pytest.mark.rule("INS-4")
class TestPaidInTheSameAct:
    SOON = timedelta(hours=24)

    def test_within_48_hours_the_whole_is_noted_at_once(self, school: School) -> None:
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity, starts=datetime.now(UTC) + self.SOON)
        wish = RegisterClient(client=client, activity=activity, workshop=workshop)
        for amount in (None, 37_499):
            part = None if amount is None else FirstPayment(method=PaymentMethod.CASH, amount=cad(amount))
            with pytest.raises(FullPaymentNeeded):
                school.send(wish.model_copy(update={"payment": part}), ORGANISER)
        whole = FirstPayment(method=PaymentMethod.CHEQUE, amount=cad(37_500), number="7", drawer="Luc Roy")
        made = school.send(wish.model_copy(update={"payment": whole}), ORGANISER).made
        assert balances(school, made["invoice"]) == (37_500, 0)
        payment = school.issued(made["invoice"]).payments.known[made["payment"]]
        assert payment.registration == made["registration"]

    def test_in_a_phase_the_line_that_starts_soon_is_filled_first(self, school: School) -> None:
        phase, activities = school.phase(size=3)
        soon = school.workshop(activities[1], starts=datetime.now(UTC) + self.SOON)
        wish = RegisterForPhase(
            client=school.client(),
            phase=phase,
            dates=(PhaseDate(activity=activities[1], workshop=soon),),
            payment=FirstPayment(method=PaymentMethod.CASH, amount=cad(40_000)),
        )
        made = school.send(wish, ORGANISER).made
        state = school.issued(made["invoice"])
        assert [state.paid(line.id).minor for line in state.lines] == [2_500, 37_500, 0]

    @pytest.mark.rule("INS-11")
    def test_from_a_la_carte_to_a_phase_with_a_new_date_tomorrow(self, school: School) -> None:
        phase, activities = school.phase(size=2)
        sold = school.sold(school.client(), activities[0])
        soon = school.workshop(activities[1], starts=datetime.now(UTC) + self.SOON)
        wish = ChangeToPhase(
            client=sold.client,
            phase=phase,
            note="Passe à la phase 1.",
            dates=(PhaseDate(activity=activities[1], workshop=soon),),
        )
        with pytest.raises(FullPaymentNeeded):
            school.send(wish, ORGANISER)
        whole = FirstPayment(method=PaymentMethod.CASH, amount=cad(37_500))
        made = school.send(wish.model_copy(update={"payment": whole}), ORGANISER).made
        state = school.issued(made["invoice"])
        assert [state.paid(line.id).minor for line in state.lines] == [0, 37_500]

    def test_in_another_currency_it_is_refused(self, school: School) -> None:
        wish = RegisterClient(
            client=school.client(),
            activity=school.activity(),
            workshop=None,
            payment=FirstPayment(method=PaymentMethod.CASH, amount=eur(4_000)),
        )
        with pytest.raises(OtherCurrency):
            school.send(wish)


@pytest.mark.rule("DOS-8")
class TestLeaving:
    def followed(self, school: School) -> tuple[Sold, UUID]:
        """Followed and paid by cheque, not yet deposited."""
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=2))
        sold = school.sold(client, activity, workshop, waive_reason="Paie sur place.")
        school.send(TickAttendance(workshop=workshop, registrations=(sold.registration,)))
        return sold, school.paid(client, 37_500, registration=sold.registration)

    def test_it_waits_for_the_deposit(self, school: School) -> None:
        sold, payment = self.followed(school)
        with pytest.raises(BalanceNotZero):
            school.send(RemoveDossier(client=sold.client))
        school.deposited(sold.invoice, payment)
        school.send(RemoveDossier(client=sold.client))
        gone = school.side.store.load([CLIENT.at(sold.client)])[0].state
        assert isinstance(gone, DeactivatedDossier)

    def test_credit_on_one_invoice_never_pays_what_is_owed_on_another(self, school: School) -> None:
        sold, payment = self.followed(school)
        school.deposited(sold.invoice, payment)
        wish = RaisePrice(
            client=sold.client, registration=sold.registration, amount=cad(1_000), reason="Erreur."
        )
        supplement = school.send(wish, ACCOUNTING).made["invoice"]
        school.deposited(sold.invoice, school.paid(sold.client, 1_000, invoice=sold.invoice))
        assert balances(school, sold.invoice) == (-1_000, -1_000)
        assert balances(school, supplement) == (1_000, 1_000)
        with pytest.raises(BalanceNotZero):
            school.send(RemoveDossier(client=sold.client))

    @pytest.mark.rule("DOS-11")
    def test_a_cheque_that_bounces_afterwards_can_still_be_paid_without_a_word_about_anybody(
        self, school: School
    ) -> None:
        sold, payment = self.followed(school)
        school.deposited(sold.invoice, payment)
        school.send(RemoveDossier(client=sold.client))
        school.send(BouncePayments(payments=named(sold, payment)), ACCOUNTING)
        assert balances(school, sold.invoice) == (37_500, 37_500)
        part = on_roster(sold, cad(37_500))
        signed = Typed(method=PaymentMethod.CHEQUE, drawer="Luc Roy")
        with pytest.raises(DossierNotActive):
            school.send(NotePayment(payment=signed, parts=(part,)))
        again = school.send(NotePayment(payment=CASH, parts=(part,))).made["payment-1"]
        school.deposited(sold.invoice, again)
        assert balances(school, sold.invoice) == (0, 0)


@pytest.mark.rule("T3")
def test_the_same_payment_sent_twice_is_noted_once(school: School) -> None:
    sold, key = a_sale(school), uuid4()
    wish = NotePayment(payment=CHEQUE, parts=(on_roster(sold, cad(4_000)),))
    assert school.send(wish, id_=key).to_bytes() == school.send(wish, id_=key).to_bytes()
    assert balances(school, sold.invoice) == (37_500, 33_500)
    assert isinstance(school.side.store.load([CLIENT.at(sold.client)])[0].state, Dossier)
    assert [p.held(CREDIT).minor for p in school.issued(sold.invoice).payments] == [0]
