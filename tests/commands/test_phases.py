"""Phases, retakes, discounts and lost places at command height: one command, all streams together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from aggregates.catalogue.events import PhasePrice
from aggregates.client.documents.refusals import NoSuchDocument
from aggregates.client.events import CardGranted, NoteKind
from aggregates.client.phases.events import MissingPlaceReported
from aggregates.client.phases.policies import PlaceFate
from aggregates.client.phases.refusals import (
    FreeALaCarte,
    LetterAlreadySent,
    NotInPhase,
    PhaseNotFinished,
    PlaceInPhase,
    RegistrationsInPhase,
)
from aggregates.client.proofs.refusals import AnotherProofCame
from aggregates.client.proofs.state import Proof
from aggregates.client.refusals import RedFlagUnconfirmed
from aggregates.client.registrations.events import ExceptionGranted, ExceptionKind
from aggregates.client.registrations.refusals import NoteByStaffOnly, NoteNeeded
from aggregates.client.registrations.state import Cancelled, Scheduled, ToSchedule
from aggregates.client.state import CLIENT
from aggregates.invoice.events import FeeBasis, LineCancelled
from aggregates.invoice.refusals import DiscountNotAllowed, FullPaymentNeeded
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.refusals import WorkshopFull
from aggregates.workshop.state import WORKSHOP
from commands.access import ForbiddenError, Principal
from commands.clients.write_note import WriteNote
from commands.registrations.accept_proof import AcceptProof
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.change_to_phase import ChangeToPhase
from commands.registrations.mark_without_proof import MarkWithoutProof
from commands.registrations.receive_proof import ReceiveProof
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.registrations.reject_proof import RejectProof
from commands.registrations.reopen_place import ReopenPlace
from commands.registrations.report_missing_place import ReportMissingPlace
from commands.registrations.send_phase_letter import SendPhaseLetter
from commands.workshops.tick_attendance import TickAttendance
from schema.append import Effect
from schema.envelope import Envelope
from schema.store import Change
from tests.support.write_side import ACCOUNTING, OFFICE, ORGANISER, School, school_on

SOON = timedelta(hours=47)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def state(school: School, stream: Any) -> Any:
    return school.side.store.load([stream])[0].state


def facts(school: School, stream: Any) -> tuple[Any, ...]:
    return school.side.store.load([stream])[0].facts


def cad(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.CAD)


def abroad(school: School, client: UUID, activity: UUID, last_day: date) -> None:
    added = AddFollowedWorkshop(
        client=client, activity=activity, first_day=last_day, last_day=last_day, country="MA"
    )
    school.send(added, ACCOUNTING)


@pytest.mark.rule("INS-2", "INS-4", "FAC-1")
def test_a_phase_with_three_activities_done_is_one_invoice_with_a_deposit_of_6_times_40(
    school: School,
) -> None:
    client = school.client()
    phase, activities = school.phase()
    for activity in activities[:3]:
        abroad(school, client, activity, datetime.now(UTC).date() - timedelta(days=100))
    dated = school.workshop(activities[5])
    made = school.send(
        RegisterForPhase(
            client=client, phase=phase, dates=(PhaseDate(activity=activities[5], workshop=dated),)
        ),
        ORGANISER,
    ).made
    invoice = state(school, INVOICE.at(made["invoice"]))
    assert [line.price for line in invoice.lines] == [cad(0)] * 3 + [cad(375)] * 6
    assert sum(line.deposit.minor for line in invoice.lines) == 6 * 4_000
    assert [line.done_on is not None for line in invoice.lines] == [True] * 3 + [False] * 6
    dossier = state(school, CLIENT.at(client))
    kinds = [type(r) for r in dossier.registrations.values()]
    assert (kinds.count(ToSchedule), kinds.count(Scheduled)) == (5, 1)
    assert list(state(school, WORKSHOP.at(dated)).seats) == [made["registration-6"]]


@pytest.mark.rule("INS-2", "CAT-1")
def test_the_phase_has_its_own_prices_and_half_of_them_for_what_was_followed_long_ago(
    school: School,
) -> None:
    client = school.client()
    one, two = school.activity("Un"), school.activity("Deux")
    prices = (PhasePrice(activity=one, price=cad(300)), PhasePrice(activity=two, price=cad(250)))
    phase, _ = school.phase(activities=(one, two), prices=prices)
    abroad(school, client, two, date(2010, 5, 4))
    made = school.send(RegisterForPhase(client=client, phase=phase)).made
    assert [line.price for line in state(school, INVOICE.at(made["invoice"])).lines] == [cad(300), cad(125)]


@pytest.mark.rule("INS-2")
def test_a_date_for_a_done_activity_or_one_outside_the_phase_is_refused(school: School) -> None:
    client, (phase, activities) = school.client(), school.phase(size=2)
    abroad(school, client, activities[0], datetime.now(ZoneInfo("America/Toronto")).date())
    for activity in (activities[0], school.activity("Ailleurs")):
        chosen = PhaseDate(activity=activity, workshop=school.workshop(activity))
        with pytest.raises(NotInPhase):
            school.send(RegisterForPhase(client=client, phase=phase, dates=(chosen,)))


@pytest.mark.rule("INS-2", "ATE-2")
def test_a_full_date_leaves_nothing_half_done(school: School) -> None:
    client, (phase, activities) = school.client(), school.phase(size=3)
    full = school.workshop(activities[2], capacity=0)
    chosen = PhaseDate(activity=activities[2], workshop=full)
    with pytest.raises(WorkshopFull):
        school.send(RegisterForPhase(client=client, phase=phase, dates=(chosen,)))
    assert state(school, CLIENT.at(client)).places.none_ever


class TestChangeToPhase:
    @pytest.mark.rule("INS-11")
    def test_dates_and_seats_pass_without_being_freed_and_old_invoices_get_their_case(
        self, school: School
    ) -> None:
        client, (phase, activities) = school.client(), school.phase(size=3)
        last_seat = school.workshop(activities[0], capacity=1)
        old = school.send(RegisterClient(client=client, activity=activities[0], workshop=last_seat)).made
        school.registration(client, activities[1])
        with pytest.raises(RegistrationsInPhase):
            school.send(RegisterForPhase(client=client, phase=phase))
        made = school.send(ChangeToPhase(client=client, phase=phase, note="Passe à la phase 1.")).made
        assert list(state(school, WORKSHOP.at(last_seat)).seats) == [made["registration-1"]]
        registrations = state(school, CLIENT.at(client)).registrations
        assert isinstance(registrations[old["registration"]], Cancelled)
        assert isinstance(registrations[made["registration-1"]], Scheduled)
        (cancelled,) = [f for f in facts(school, INVOICE.at(old["invoice"])) if isinstance(f, LineCancelled)]
        assert cancelled.note == "Passe à la phase 1."
        assert cancelled.fee is not None
        assert cancelled.fee.basis is FeeBasis.TO_PHASE
        assert sum(li.deposit.minor for li in state(school, INVOICE.at(made["invoice"])).lines) == 3 * 4_000

    @pytest.mark.rule("INS-11")
    def test_another_date_chosen_frees_the_old_seat(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        old, new = school.workshop(activities[0]), school.workshop(activities[0])
        school.registration(client, activities[0], old)
        chosen = PhaseDate(activity=activities[0], workshop=new)
        made = school.send(ChangeToPhase(client=client, phase=phase, note="Phase", dates=(chosen,))).made
        assert not state(school, WORKSHOP.at(old)).seats
        assert list(state(school, WORKSHOP.at(new)).seats) == [made["registration-1"]]


class TestMissingPlaces:
    @pytest.mark.rule("INS-14")
    def test_it_is_refused_reported_and_reopened_on_the_old_line(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        made = school.send(RegisterForPhase(client=client, phase=phase)).made
        lost = made["registration-1"]
        school.send(CancelRegistration(client=client, registration=lost, note="Ne vient plus."))
        with pytest.raises(PlaceInPhase) as caught:
            school.registration(client, activities[0])
        assert caught.value.fields == {
            "enrolment": made["enrolment"],
            "registration": lost,
            "fate": PlaceFate.CANCELLED,
        }
        school.send(ReportMissingPlace(client=client, activity=activities[0], note="Mars"), ORGANISER)
        assert isinstance(facts(school, CLIENT.at(client))[-1], MissingPlaceReported)
        with pytest.raises(ForbiddenError):
            school.send(
                ReopenPlace(client=client, enrolment=made["enrolment"], activity=activities[0]), ORGANISER
            )
        school.send(ReopenPlace(client=client, enrolment=made["enrolment"], activity=activities[0]))
        assert isinstance(state(school, CLIENT.at(client)).registrations[lost], ToSchedule)
        assert not state(school, INVOICE.at(made["invoice"])).cancelled

    @pytest.mark.rule("INS-14")
    def test_office_alone_sells_it_a_la_carte_with_a_reason(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        made = school.send(RegisterForPhase(client=client, phase=phase)).made
        cancel = CancelRegistration(client=client, registration=made["registration-1"], note="Ne vient plus.")
        school.send(cancel)
        wish = RegisterClient(
            client=client, activity=activities[0], workshop=None, outside_phase_reason="A tout remboursé."
        )
        with pytest.raises(ForbiddenError):
            school.send(wish, ORGANISER)
        school.send(wish)
        granted = facts(school, CLIENT.at(client))[-1]
        assert isinstance(granted, ExceptionGranted)
        assert (granted.kind, granted.reason) == (ExceptionKind.OUTSIDE_PHASE, "A tout remboursé.")


class TestWithin48Hours:
    @pytest.mark.rule("INS-4")
    def test_staff_register_only_with_the_full_payment_or_a_reason_of_office_or_accounting(
        self, school: School
    ) -> None:
        activity = school.activity()
        workshop = school.workshop(activity, starts=datetime.now(UTC) + SOON)
        wish = RegisterClient(client=school.client(), activity=activity, workshop=workshop)
        waived = wish.model_copy(update={"waive_reason": "Paie sur place."})
        with pytest.raises(FullPaymentNeeded) as caught:
            school.send(wish)
        assert caught.value.fields == {"due": cad(375), "paid": cad(0)}
        with pytest.raises(ForbiddenError):
            school.send(waived, ORGANISER)
        registration = school.send(waived, ACCOUNTING).made["registration"]
        assert list(state(school, WORKSHOP.at(workshop)).seats) == [registration]

    @pytest.mark.rule("INS-4")
    def test_in_a_phase_too(self, school: School) -> None:
        phase, activities = school.phase(size=2)
        client = school.client()
        workshop = school.workshop(activities[0], starts=datetime.now(UTC) + SOON)
        chosen = PhaseDate(activity=activities[0], workshop=workshop)
        wish = RegisterForPhase(client=client, phase=phase, dates=(chosen,))
        with pytest.raises(FullPaymentNeeded):
            school.send(wish)
        school.send(wish.model_copy(update={"waive_reason": "Virement en route."}))
        waived = [f for f in facts(school, CLIENT.at(client)) if isinstance(f, ExceptionGranted)]
        assert len(waived) == 1


class TestDiscounts:
    @pytest.mark.rule("INS-6", "CAT-3", "CAT-4")
    def test_it_lowers_the_price_at_once_and_its_proof_is_handled(self, school: School) -> None:
        activity, client, discount = school.activity(), school.client(), school.discount()
        workshop = school.workshop(activity)
        made = school.send(
            RegisterClient(client=client, activity=activity, workshop=workshop, discount=discount)
        ).made
        registration = made["registration"]
        assert state(school, INVOICE.at(made["invoice"])).total == cad(337.50)

        def proof() -> Proof:
            found: Proof = state(school, CLIENT.at(client)).registrations[registration].sale.proof
            return found

        assert proof() is Proof.ASKED
        school.send(MarkWithoutProof(client=client, registration=registration), ORGANISER)
        assert proof() is Proof.MISSING
        one = school.document(client, ORGANISER, registration=registration)
        school.send(RejectProof(client=client, registration=registration, document=one, reason="Illisible"))
        assert proof() is Proof.REJECTED
        two = school.document(client)
        with pytest.raises(NoSuchDocument):
            school.send(ReceiveProof(client=client, registration=registration, document=uuid4()))
        school.send(ReceiveProof(client=client, registration=registration, document=two))
        with pytest.raises(AnotherProofCame):
            school.send(AcceptProof(client=client, registration=registration, document=one), ACCOUNTING)
        school.send(AcceptProof(client=client, registration=registration, document=two), ACCOUNTING)
        assert proof() is Proof.ACCEPTED

    @pytest.mark.rule("CAT-1")
    def test_one_meant_for_others_cannot_be_chosen(self, school: School) -> None:
        discount = school.discount(name="Comptabilité", chosen_by=(Role.ACCOUNTING,))
        wish = RegisterClient(
            client=school.client(), activity=school.activity(), workshop=None, discount=discount
        )
        with pytest.raises(DiscountNotAllowed):
            school.send(wish, ORGANISER)
        school.send(wish, ACCOUNTING)

    @pytest.mark.rule("INS-3")
    def test_a_trainee_takes_a_retakes_seat_for_nothing(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity, starts=datetime.now(UTC) + SOON, retake_limit=1)
        wish = RegisterClient(client=school.client(), activity=activity, workshop=workshop, trainee=True)
        made = school.send(wish, ORGANISER).made
        assert state(school, INVOICE.at(made["invoice"])).total == cad(0)
        assert state(school, WORKSHOP.at(workshop)).retakes == 1


class TestPhaseLetter:
    @pytest.mark.rule("ATT-2")
    def test_once_the_last_workshop_is_followed_and_over_it_goes_once(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        long_ago = datetime.now(UTC).date() - timedelta(days=200)
        abroad(school, client, activities[0], long_ago)
        past = school.workshop(activities[1], starts=datetime.now(UTC) - timedelta(hours=9))
        wish = RegisterForPhase(
            client=client,
            phase=phase,
            dates=(PhaseDate(activity=activities[1], workshop=past),),
            waive_reason="Sur place",
        )
        made = school.send(wish).made
        letter = SendPhaseLetter(client=client, enrolment=made["enrolment"])
        with pytest.raises(PhaseNotFinished):
            school.send(letter)
        school.send(TickAttendance(workshop=past, registrations=(made["registration-2"],)))
        school.send(letter)
        with pytest.raises(LetterAlreadySent):
            school.send(letter)
        school.send(letter.model_copy(update={"resend": True}))


class TestGoingThereAnyway:
    @pytest.mark.rule("INS-11", "INS-2")
    def test_a_retake_of_what_counts_as_done_frees_its_seat_when_the_phase_begins(
        self, school: School
    ) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        abroad(school, client, activities[0], datetime.now(UTC).date() - timedelta(days=300))
        retake = school.workshop(activities[0])
        school.registration(client, activities[0], retake)
        made = school.send(ChangeToPhase(client=client, phase=phase, note="Phase")).made
        assert not state(school, WORKSHOP.at(retake)).seats
        assert "registration-2" in made
        assert "registration-1" not in made

    @pytest.mark.rule("INS-3", "DOS-20")
    def test_a_card_holder_who_repeats_it_is_steered_to_the_free_way_before_anything_else(
        self, school: School
    ) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        for activity in activities:
            abroad(school, client, activity, date(2020, 5, 4))
        card = CardGranted(valid_from=date(2020, 1, 1), valid_until=None)
        (loaded,) = school.side.store.load([CLIENT.at(client)])
        around = Envelope(OFFICE.user, Role.OFFICE, datetime.now(UTC), uuid4())
        school.side.store.append([Change(loaded, [card])], around, Effect())
        school.registration(client, activities[0])
        for wish in (
            RegisterForPhase(client=client, phase=phase),
            ChangeToPhase(client=client, phase=phase, note="Phase"),
        ):
            with pytest.raises(FreeALaCarte):
                school.send(wish)
        confirmed = ChangeToPhase(client=client, phase=phase, note="Phase", although_free=True)
        made = school.send(confirmed).made
        lines = state(school, INVOICE.at(made["invoice"])).lines
        assert [line.price for line in lines] == [cad(187.50)] * 2

    @pytest.mark.rule("CAT-3", "INS-6")
    def test_a_discount_of_an_amount_is_taken_off_the_phase_once(self, school: School) -> None:
        client, (phase, _) = school.client(), school.phase(size=9)
        discount = school.discount(percent=None, amounts=(cad(50),))
        made = school.send(RegisterForPhase(client=client, phase=phase, discount=discount)).made
        assert state(school, INVOICE.at(made["invoice"])).total == cad(9 * 375 - 50)

    @pytest.mark.rule("INS-8")
    def test_staff_cancel_with_a_note_and_clients_without(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        registration = school.registration(client, activity)
        oneself = Principal(client, frozenset({Role.CLIENT}), Role.CLIENT)
        silent = CancelRegistration(client=client, registration=registration, note=None)
        with pytest.raises(NoteNeeded):
            school.send(silent)
        with pytest.raises(NoteByStaffOnly):
            school.send(silent.model_copy(update={"note": "Remboursez-moi."}), oneself)
        school.send(silent, oneself)
        assert isinstance(state(school, CLIENT.at(client)).registrations[registration], Cancelled)

    @pytest.mark.rule("DOS-13", "INS-2")
    def test_a_red_flag_that_was_confirmed_leaves_its_trace_in_a_phase_too(self, school: School) -> None:
        client, (phase, _) = school.client(), school.phase(size=2)
        note = WriteNote(client=client, seen_version=1, kind=NoteKind.ACCOUNTING, text="Nous doit 80 $.")
        school.send(note, ACCOUNTING)
        with pytest.raises(RedFlagUnconfirmed):
            school.send(RegisterForPhase(client=client, phase=phase))
        school.send(RegisterForPhase(client=client, phase=phase, red_flag_confirmed=True))
        granted = [f for f in facts(school, CLIENT.at(client)) if isinstance(f, ExceptionGranted)]
        assert [f.kind for f in granted] == [ExceptionKind.RED_FLAG] * 2
