"""What was registered by mistake is taken back on the same day: client, invoice and seat (INS-10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.phases.events import Enrolled
from aggregates.client.phases.policies import is_student
from aggregates.client.phases.refusals import PhaseGoesWhole
from aggregates.client.registrations.decisions import take_back
from aggregates.client.registrations.events import (
    CancelReason,
    Registered,
    RegistrationCancelled,
    RegistrationFollowed,
)
from aggregates.client.registrations.refusals import (
    LineAlreadyCancelled,
    NoSuchRegistration,
    RegistrationNotOpen,
)
from aggregates.client.registrations.state import Sale, Supplement
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.corrections.decisions import take_off, taken_off
from aggregates.invoice.corrections.policies import only_line_of
from aggregates.invoice.corrections.refusals import InvoiceHasPayment, InvoiceOfAnotherDay, PriceWasRaised
from aggregates.invoice.events import CaseDecided, CreditNote, Fee, FeeBasis, LineCancelled, LineCredited
from aggregates.invoice.payments.decisions import Incoming, receive, withdraw
from aggregates.invoice.payments.events import PaymentBounced, PaymentMethod, PaymentReceived
from aggregates.invoice.payments.policies import for_invoice
from aggregates.invoice.refusals import NoSuchInvoice, NoSuchLine
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Fact
from aggregates.workshop.decisions import pass_seat
from aggregates.workshop.events import SeatPassed, SeatTaken
from aggregates.workshop.refusals import RetakesFull
from aggregates.workshop.state import WORKSHOP
from tests.aggregates.given import (
    ACTIVITY,
    CLIENT_ID,
    INVOICE_ID,
    LINE,
    NOW,
    OTHER_ACTIVITY,
    REGISTRATION,
    WORKSHOP_ID,
    cad,
    dossier,
    fold,
    given,
    issued,
    line,
    planned,
    registered,
    uid,
)

pytestmark = pytest.mark.rule("INS-10")
SECOND = line(id=uid("second"), registration=uid("other"), price=cad(200))
FREE = line(id=uid("free"), registration=uid("trainee"), price=cad(0), deposit=cad(0))
HOW: dict[str, Any] = {
    "reason": "Inscrite par erreur.",
    "now": NOW,
    "number": "CA-N-2026-0007",
    "today": NOW.date(),
    "by": uid("office"),
}


def off(*taken: UUID) -> dict[UUID, UUID]:
    """Each line with the id of its case."""
    return {id_: uid(f"case of {id_}") for id_ in taken}


def gone(id_: UUID, due: float = 375) -> LineCancelled:
    return LineCancelled(
        person=CLIENT_ID,
        line=id_,
        note=HOW["reason"],
        cancelled_at=NOW,
        fee=Fee(basis=FeeBasis.MISTAKE),
        case=off(id_)[id_],
        proposed=cad(0),
        due=cad(due),
    )


def credited(id_: UUID, amount: float, before: float = 0) -> CaseDecided:
    note = CreditNote(number=HOW["number"], issued_on=NOW.date(), amount=cad(amount)) if amount else None
    return CaseDecided(
        case=off(id_)[id_],
        line=id_,
        kept=cad(0),
        credit_note=note,
        moves=(),
        credited=cad(before) if before else None,
    )


class TestTheInvoice:
    @pytest.mark.rule("FAC-9", "FAC-4")
    def test_one_credit_note_is_for_all_lines_taken_off(self) -> None:
        past = given(INVOICE, issued(line(), SECOND, FREE))
        after = past.when(take_off, off(LINE, SECOND.id, FREE.id), **HOW).then(
            gone(LINE),
            credited(LINE, 375),
            gone(SECOND.id, 200),
            credited(SECOND.id, 200),
            gone(FREE.id, 0),
            credited(FREE.id, 0),
        )
        assert isinstance(after, Issued)
        assert (after.total, after.balance, after.undecided) == (cad(0), cad(0), frozenset())
        assert (after.number, len(after.lines)) == ("CA-2026-0412", 3)

    def test_the_lines_left_stay_due(self) -> None:
        past = given(INVOICE, issued(line(), SECOND))
        after = past.when(take_off, off(LINE), **HOW).then(gone(LINE), credited(LINE, 375))
        assert isinstance(after, Issued)
        assert after.balance == cad(200)

    def test_what_was_credited_before_is_not_credited_again(self) -> None:
        note = CreditNote(number="CA-N-2026-0006", issued_on=NOW.date(), amount=cad(75))
        before = LineCredited(person=CLIENT_ID, line=LINE, credit_note=note, reason="Geste.", moves=())
        past = given(INVOICE, issued(), before)
        assert isinstance(past.state, Issued)
        assert taken_off(past.state, [LINE]) == cad(300)
        past.when(take_off, off(LINE), **HOW).then(gone(LINE, 300), credited(LINE, 300, before=75))

    def test_only_on_the_day_it_was_made(self) -> None:
        for day in (date(2026, 11, 23), date(2026, 11, 25)):
            given(INVOICE, issued()).when(take_off, off(LINE), **HOW | {"today": day}).then_refused(
                InvoiceOfAnotherDay, issued_on=NOW.date()
            )

    def test_a_payment_makes_it_a_cancellation_also_one_that_bounced(self) -> None:
        past = [issued(), cheque()]
        given(INVOICE, *past).when(take_off, off(LINE), **HOW).then_refused(InvoiceHasPayment)
        past.append(PaymentBounced(payment=uid("cheque")))
        given(INVOICE, *past).when(take_off, off(LINE), **HOW).then_refused(InvoiceHasPayment)

    def test_a_payment_typed_by_mistake_and_withdrawn_is_none(self) -> None:
        state = given(INVOICE, issued(), cheque()).state
        past = given(INVOICE, issued(), cheque(), *withdraw(state, uid("cheque"), reason="Rien reçu."))
        past.when(take_off, off(LINE), **HOW).then(gone(LINE), credited(LINE, 375))

    def test_a_line_cancelled_before_is_not_taken_off(self) -> None:
        past = given(INVOICE, issued(line(), SECOND), gone(LINE))
        past.when(take_off, off(SECOND.id, LINE), **HOW).then_refused(LineAlreadyCancelled)

    def test_unknown_lines_and_invoices_are_missing(self) -> None:
        given(INVOICE).when(take_off, off(LINE), **HOW).then_refused(NoSuchInvoice)
        given(INVOICE, issued()).when(take_off, off(uid("nothing")), **HOW).then_refused(NoSuchLine)


def cheque() -> PaymentReceived:
    """One dollar on the line."""
    state = given(INVOICE, issued()).state
    assert isinstance(state, Issued)
    incoming = Incoming(uid("cheque"), PaymentMethod.CHEQUE, cad(1))
    (fact,) = receive(state, incoming, for_invoice(state, {}))
    assert isinstance(fact, PaymentReceived)
    return fact


def sale(**changes: Any) -> Sale:
    values: dict[str, Any] = {"retake": False, "phase": None, "price": cad(375), "deposit": cad(40)}
    return Sale(REGISTRATION, ACTIVITY, invoice=INVOICE_ID, line=LINE, **values | changes)


class TestTheLineOfARegistration:
    def test_stands_on_its_own_invoice(self) -> None:
        assert only_line_of(sale(), INVOICE_ID) == LINE
        with pytest.raises(NoSuchLine):
            only_line_of(sale(), uid("another invoice"))

    @pytest.mark.rule("FAC-9")
    def test_with_a_supplement_it_is_not_the_only_one(self) -> None:
        raised = sale(supplements=(Supplement(uid("supplement"), uid("its line"), cad(37.5)),))
        for invoice in (INVOICE_ID, uid("supplement")):
            with pytest.raises((PriceWasRaised, NoSuchLine)) as caught:
                only_line_of(raised, invoice)
            assert (type(caught.value) is PriceWasRaised) is (invoice == INVOICE_ID)


def ended(registration: UUID, workshop: UUID | None = None) -> RegistrationCancelled:
    return RegistrationCancelled(registration=registration, workshop=workshop, why=CancelReason.MISTAKE)


class TestTheRegistrations:
    def test_end_with_and_without_date(self) -> None:
        other = registered(
            registration=uid("other"), activity=OTHER_ACTIVITY, workshop=None, starts=None, line=SECOND.id
        )
        past = given(CLIENT, dossier(), registered(), other)
        past.when(take_back, [REGISTRATION, uid("other"), REGISTRATION], now=NOW).then(
            ended(REGISTRATION, WORKSHOP_ID), ended(uid("other"))
        )

    def test_staff_take_them_back_after_the_start(self) -> None:
        past = given(CLIENT, dossier(), registered(starts=NOW - timedelta(hours=1)))
        past.when(take_back, [REGISTRATION], now=NOW).then(ended(REGISTRATION, WORKSHOP_ID))

    def test_unknown_cancelled_or_followed_they_stay(self) -> None:
        past: list[Fact] = [dossier(), registered()]
        given(CLIENT, *past).when(take_back, [uid("nobody's")], now=NOW).then_refused(NoSuchRegistration)
        given(CLIENT, *past, ended(REGISTRATION, WORKSHOP_ID)).when(
            take_back, [REGISTRATION], now=NOW
        ).then_refused(LineAlreadyCancelled)
        followed = RegistrationFollowed(
            registration=REGISTRATION, workshop=WORKSHOP_ID, last_day=NOW.date(), ends=NOW
        )
        given(CLIENT, *past, followed).when(take_back, [REGISTRATION], now=NOW).then_refused(
            RegistrationNotOpen
        )


def in_phase(n: int) -> Registered:
    """The nth place of the phase."""
    return registered(
        registration=uid(f"place {n}"),
        activity=uid(f"activity {n}"),
        workshop=None,
        starts=None,
        phase=uid("phase"),
        enrolment=uid("enrolment"),
        line=uid(f"line {n}"),
    )


STUDENT: list[Fact] = [
    dossier(),
    Enrolled(
        enrolment=uid("enrolment"),
        phase=uid("phase"),
        number=1,
        activities=tuple(uid(f"activity {n}") for n in range(3)),
        invoice=INVOICE_ID,
        done=(),
    ),
    *(in_phase(n) for n in range(3)),
]


@pytest.mark.rule("INS-2")
class TestAPhase:
    def test_is_taken_back_as_a_whole_or_not_at_all(self) -> None:
        past = given(CLIENT, *STUDENT)
        for left in (1, 2):
            some = [uid(f"place {n}") for n in range(3 - left)]
            past.when(take_back, some, now=NOW).then_refused(PhaseGoesWhole, count=left)

    def test_whole_it_leaves_no_student(self) -> None:
        whole = [uid(f"place {n}") for n in range(3)]
        after = given(CLIENT, *STUDENT).when(take_back, whole, now=NOW).then(*map(ended, whole))
        assert isinstance(after, Dossier)
        assert not is_student(after.places, after.places.enrolments[uid("enrolment")])

    def test_a_place_cancelled_before_is_not_missed(self) -> None:
        cancelled = RegistrationCancelled(registration=uid("place 0"), workshop=None)
        rest = [uid("place 1"), uid("place 2")]
        given(CLIENT, *STUDENT, cancelled).when(take_back, rest, now=NOW).then(*map(ended, rest))

    def test_an_activity_beside_it_goes_alone(self) -> None:
        past = given(CLIENT, *STUDENT, registered())
        past.when(take_back, [REGISTRATION], now=NOW).then(ended(REGISTRATION, WORKSHOP_ID))


PASS: dict[str, Any] = {"to": uid("new"), "invoice": INVOICE_ID, "now": NOW}


@pytest.mark.rule("ATE-1", "ATE-2")
class TestASeatThatPasses:
    def test_becomes_a_retakes_only_within_their_limit(self) -> None:
        past = [planned(retake_limit=1), taken("mine", retake=False)]
        given(WORKSHOP, *past).when(pass_seat, uid("mine"), retake=True, **PASS).then(
            SeatPassed(
                registration=uid("mine"),
                to=uid("new"),
                client=uid("client of mine"),
                retake=True,
                invoice=INVOICE_ID,
            )
        )
        given(WORKSHOP, *past, taken("another", retake=True)).when(
            pass_seat, uid("mine"), retake=True, **PASS
        ).then_refused(RetakesFull, retake_limit=1, organiser=uid("organiser"))

    def test_needs_no_second_seat(self) -> None:
        for retake in (False, True):
            past = given(WORKSHOP, planned(capacity=1, retake_limit=1), taken("mine", retake=retake))
            (fact,) = pass_seat(past.state, uid("mine"), retake=retake, **PASS)
            assert isinstance(fact, SeatPassed)
            fold(WORKSHOP, past.state, [fact])


def taken(name: str, *, retake: bool) -> SeatTaken:
    return SeatTaken(registration=uid(name), client=uid(f"client of {name}"), retake=retake)
