"""To-do entries: each kind appears with its cause, ends with it, and leaves what is in order alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Region
from aggregates.client.events import ContactAddressRecorded, PriceAdjustmentAsked, PriceAdjustmentRefused
from aggregates.client.phases.events import Enrolled, MissingPlaceReported, PhaseLetterSent
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.client.registrations.events import (
    DateChosen,
    Discounted,
    FollowedAbroad,
    FollowedBeforePortal,
    RegistrationFollowed,
)
from aggregates.client.removal.events import DeletionProposed, DeletionWithdrawn
from aggregates.invoice.basket.events import CreditOpened
from aggregates.invoice.events import CreditNote, LineCredited
from aggregates.invoice.payments.events import (
    ChequeSent,
    Move,
    PaymentMethod,
    PaymentReceived,
    Pocket,
    PocketKind,
    RefundApproved,
    RefundProposed,
)
from aggregates.kernel import Currency, Fact
from aggregates.ledger.events import DifferenceKind, DifferenceOutcome, DifferenceSettled, PaymentDiffered
from aggregates.ledger.state import LEDGER_ID
from aggregates.staff.events import StaffLeft
from aggregates.workshop.closing.events import (
    AbsenceOutcome,
    AbsenceSettled,
    CallNoted,
    CallOutcome,
    EnvelopeListed,
    Expense,
    ExpenseUploaded,
    ReopeningProposed,
    RosterGivenBack,
    RosterHandedOver,
    WorkshopClosed,
    WorkshopReopened,
)
from aggregates.workshop.events import Session, WorkshopCancelled, WorkshopRestored
from projections import waiting_work
from projections.waiting_work import Asked, ToDoKind
from tests.support.builders import (
    NOW,
    activity_added,
    cad,
    dossier_created,
    envelope,
    invoice_issued,
    invoice_line,
    registered,
    staff_added,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row


def entries(models: Projecting, kind: ToDoKind, user: UUID | None = None, **asked: Any) -> list[Row]:
    asked.setdefault("now", NOW)
    return models.ask(lambda c: waiting_work.to_dos(c, kind, Asked(user=user, **asked), 50))


def ids(models: Projecting, kind: ToDoKind, user: UUID | None = None, **asked: Any) -> list[str]:
    return [row["id"] for row in entries(models, kind, user, **asked)]


def workshop(days: float, **changes: Any) -> Any:
    starts = NOW + timedelta(days=days)
    session = Session(starts=starts, ends=starts + timedelta(hours=6))
    return workshop_planned(sessions=(session,), **changes)


def card(line: UUID | None, minor: int, method: PaymentMethod = PaymentMethod.CARD, **more: Any) -> Any:
    target = Pocket(kind=PocketKind.CREDIT) if line is None else Pocket(kind=PocketKind.LINE, id=line)
    payment = more.pop("payment", uuid4())
    move = Move(payment=payment, amount=cad(minor), target=target)
    return PaymentReceived(payment=payment, method=method, amount=cad(minor), moves=(move,), **more)


@pytest.mark.rule("LIS-4", "INS-6", "STF-1")
def test_before_a_workshop_its_organiser_is_told_who_lacks_what(proven: Projecting) -> None:
    organiser, reachable, silent, invoice = (uuid4() for _ in range(4))
    near, later = uuid4(), uuid4()
    lines = [invoice_line(cad(10_000)) for _ in range(3)]
    paid, unpaid, far = (line.registration or uuid4() for line in lines)
    rebate = Discounted(discount=uuid4(), regular=cad(12_000), proof_needed=True)

    def sold(registration: UUID, at: UUID, n: int, **more: Any) -> Any:
        return registered(registration, workshop=at, invoice=invoice, line=lines[n].id, **more)

    proven.given(
        (near, workshop(5, organiser=organiser)),
        (later, workshop(8)),
        (reachable, dossier_created(reachable)),
        (silent, dossier_created(silent, last_name="Roy", email=None)),
        (silent, sold(paid, near, 0, discount=rebate)),
        (reachable, sold(unpaid, near, 1)),
        (silent, sold(far, later, 2, discount=rebate)),
        (invoice, invoice_issued(reachable, "CA-2026-0001", *lines)),
        (invoice, card(lines[0].id, 4_000)),
    )
    [row] = entries(proven, ToDoKind.MISSING_EMAIL)
    assert (row["id"], row["client"]["last_name"], row["workshop"]) == (str(paid), "Roy", str(near))
    assert (row["due"], row["owner"]) == ("2026-11-29T15:00:00Z", str(organiser))
    assert ids(proven, ToDoKind.MISSING_DEPOSIT) == [str(unpaid)]
    assert ids(proven, ToDoKind.MISSING_PROOF) == [str(paid)]
    assert ids(proven, ToDoKind.MISSING_PROOF, now=NOW - timedelta(days=1)) == [], "five days before"
    assert ids(proven, ToDoKind.MISSING_EMAIL, now=NOW - timedelta(days=3)) == [], "a week before"
    assert ids(proven, ToDoKind.MISSING_EMAIL, now=NOW + timedelta(days=6)) == [str(far)], "not afterwards"
    assert ids(proven, ToDoKind.MISSING_EMAIL, organiser, own=True) == [str(paid)]
    assert ids(proven, ToDoKind.MISSING_EMAIL, uuid4(), own=True) == []
    assert ids(proven, ToDoKind.MISSING_EMAIL, uuid4(), own=True, regions=["europe"]) == []
    assert ids(proven, ToDoKind.MISSING_EMAIL, uuid4(), own=True, regions=["canada"]) == [str(paid)]
    assert ids(proven, ToDoKind.MISSING_EMAIL, uuid4(), own=True, unowned=True) == []
    proven.given(
        (organiser, staff_added(organiser, "Monique Tremblay")), (organiser, StaffLeft(person=organiser))
    )
    [row] = entries(proven, ToDoKind.MISSING_EMAIL, uuid4(), own=True, unowned=True)
    assert (row["id"], row["unowned"]) == (str(paid), True), "who left hands it over (STF-1)"
    relative = ContactAddressRecorded(person=silent, email="zoe@example.com", via="sa fille Zoé")
    proven.given((silent, relative))
    assert ids(proven, ToDoKind.MISSING_EMAIL) == [], "a relative's address is one (DOS-6)"
    document = uuid4()
    proven.given((silent, ProofReceived(registration=paid, document=document)))
    assert ids(proven, ToDoKind.MISSING_PROOF) == []
    rejected = ProofRejected(person=silent, registration=paid, reason="illisible", document=document)
    proven.given((silent, rejected))
    assert ids(proven, ToDoKind.MISSING_PROOF) == [str(paid)]
    proven.given((silent, ProofMissing(registration=paid)))
    assert ids(proven, ToDoKind.WITHOUT_PROOF) == [str(paid)]
    extra = invoice_line(cad(2_000), registration=paid)
    proven.given((uuid4(), invoice_issued(silent, "CA-2026-0002", extra)))
    assert ids(proven, ToDoKind.WITHOUT_PROOF) == [], "the regular price is invoiced"
    proven.given((silent, ProofAccepted(registration=far)), (invoice, card(lines[1].id, 4_000)))
    assert ids(proven, ToDoKind.MISSING_DEPOSIT) == []


@pytest.mark.rule("ATE-6", "ATE-7")
def test_workshops_are_closed_by_region_and_what_is_missing_is_told(proven: Projecting) -> None:
    quebec, europe, abroad, independent, coming = (uuid4() for _ in range(5))
    organiser, client, invoice = uuid4(), uuid4(), uuid4()
    line = invoice_line(cad(10_000))
    registration = line.registration or uuid4()
    proven.given(
        (quebec, workshop(-4)),
        (europe, workshop(-3, region=Region.EUROPE, organiser=organiser)),
        (abroad, workshop(-2, region=Region.ABROAD)),
        (independent, workshop(-1, region=Region.CANADA, independent=True)),
        (coming, workshop(1)),
        (client, dossier_created(client)),
        (client, registered(registration, workshop=europe, invoice=invoice, line=line.id)),
        (invoice, invoice_issued(client, "CA-2026-0001", line)),
        (invoice, card(line.id, 500, PaymentMethod.CHEQUE, registration=registration)),
        (europe, ExpenseUploaded(expense=Expense.ROOM, document=None)),
    )
    assert ids(proven, ToDoKind.CLOSE_QUEBEC) == [str(quebec)]
    assert ids(proven, ToDoKind.CLOSE_ABROAD) == [str(abroad)]
    assert ids(proven, ToDoKind.HAND_OVER) == [str(europe), str(independent)], "longest first"
    [row] = entries(proven, ToDoKind.HAND_OVER, organiser, own=True)
    assert row["missing"] == {
        "attendance": 1,
        "payments": 1,
        "cheque_comment": 1,
        "expense": 4,
        "envelope": 1,
    }
    assert ids(proven, ToDoKind.CLOSE_EUROPE) == ids(proven, ToDoKind.CLOSE_INDEPENDENT) == []
    proven.given(
        (europe, RosterHandedOver()),
        (europe, EnvelopeListed()),
        (independent, RosterHandedOver()),
        (client, RegistrationFollowed(registration=registration, workshop=europe)),
    )
    [row] = entries(proven, ToDoKind.CLOSE_EUROPE)
    assert row["missing"] == {"payments": 1, "cheque_comment": 1, "expense": 4}
    assert ids(proven, ToDoKind.CLOSE_INDEPENDENT) == [str(independent)]
    proven.given((europe, RosterGivenBack(reason="colonnes")))
    assert ids(proven, ToDoKind.CLOSE_EUROPE) == []
    proven.given(
        (quebec, WorkshopClosed()),
        (abroad, WorkshopCancelled(reason="grève", registrations=(), waiting=())),
    )
    assert ids(proven, ToDoKind.CLOSE_QUEBEC) == ids(proven, ToDoKind.CLOSE_ABROAD) == []
    proven.given(
        (abroad, WorkshopRestored(back=(), moved_on=(), no_seat=())),
        (quebec, ReopeningProposed(by=organiser, reason="erreur")),
    )
    assert ids(proven, ToDoKind.CLOSE_ABROAD) == [str(abroad)]
    assert ids(proven, ToDoKind.APPROVE_REOPENING, uuid4()) == [str(quebec)]
    assert ids(proven, ToDoKind.APPROVE_REOPENING, organiser) == [], "a second person's"
    proven.given((quebec, WorkshopReopened()))
    assert ids(proven, ToDoKind.APPROVE_REOPENING, uuid4()) == []
    assert ids(proven, ToDoKind.CLOSE_QUEBEC) == [str(quebec)]


@pytest.mark.rule("INS-14", "CAT-4", "DOS-10")
def test_reports_and_proposals_wait_until_they_are_met(proven: Projecting) -> None:
    client, other, activity, elsewhere, enrolment, by = (uuid4() for _ in range(6))

    def reported(what: UUID) -> MissingPlaceReported:
        return MissingPlaceReported(person=client, activity=what, enrolment=enrolment, note=None)

    line = invoice_line(cad(10_000), activity=activity)
    proven.given(
        (activity, activity_added("Autonomie affective")),
        (client, dossier_created(client)),
        (other, dossier_created(other, last_name="Roy", email="r@example.com")),
        (client, reported(activity)),
        (client, reported(elsewhere)),
        (client, PriceAdjustmentAsked(person=client, activity=activity, reason="deux ateliers")),
        (other, DeletionProposed(person=other, by=by, reason="demandé")),
    )
    shown = {row["activity"] for row in entries(proven, ToDoKind.MISSING_PLACE)}
    assert shown == {"Autonomie affective", None}
    [asked] = entries(proven, ToDoKind.PRICE_ADJUSTMENT)
    assert (asked["client"]["id"], asked["activity_id"]) == (str(client), str(activity))
    assert ids(proven, ToDoKind.APPROVE_DELETION, uuid4()) == [str(other)]
    assert ids(proven, ToDoKind.APPROVE_DELETION, by) == []
    at = NOW + timedelta(hours=1)
    invoice = uuid4()
    abroad = FollowedAbroad(
        registration=uuid4(),
        activity=elsewhere,
        first_day=NOW.date(),
        last_day=NOW.date(),
        country="MX",
    )
    note = CreditNote(number="CA-N-2026-0001", issued_on=NOW.date(), amount=cad(100))
    credited = LineCredited(person=client, line=line.id, credit_note=note, reason="deux", moves=())
    proven.given(
        (client, registered(line.registration or uuid4(), activity=activity, invoice=invoice, line=line.id)),
        (client, abroad),
        (invoice, invoice_issued(client, "CA-2026-0001", line)),
        (other, DeletionWithdrawn()),
        around=envelope(at=at),
    )
    assert ids(proven, ToDoKind.MISSING_PLACE) == []
    assert ids(proven, ToDoKind.APPROVE_DELETION, uuid4()) == []
    assert ids(proven, ToDoKind.PRICE_ADJUSTMENT) == [str(client)], "sold, not yet adjusted"
    proven.given((invoice, credited), around=envelope(at=at))
    assert ids(proven, ToDoKind.PRICE_ADJUSTMENT) == []
    wishes = [
        (other, PriceAdjustmentAsked(person=other, activity=a, reason="x")) for a in (activity, elsewhere)
    ]
    proven.given(*wishes)
    no = PriceAdjustmentRefused(person=other, activity=activity, reason="le rabais suffit")
    proven.given((other, no))
    [left] = entries(proven, ToDoKind.PRICE_ADJUSTMENT)
    assert left["activity_id"] == str(elsewhere)


@pytest.mark.rule("FAC-1", "FAC-2", "FAC-4", "FAC-10")
def test_money_waits_for_accounting_and_cheques_for_their_holder(proven: Projecting) -> None:
    client, late, invoice, holder, busy, refund, by = (uuid4() for _ in range(7))
    line, payment, cheque = invoice_line(cad(10_000)), uuid4(), uuid4()
    kept = Pocket(kind=PocketKind.PROPOSED, id=refund)
    gone = Pocket(kind=PocketKind.REFUNDED, id=refund)

    def move(source: Pocket, target: Pocket) -> tuple[Move, ...]:
        return (Move(payment=payment, amount=cad(300), source=source, target=target),)

    way: dict[str, Any] = {"refund": refund, "method": PaymentMethod.TRANSFER}
    credit = Pocket(kind=PocketKind.CREDIT)
    proven.given(
        (client, dossier_created(client)),
        (invoice, invoice_issued(client, "CA-2026-0001", line)),
        (invoice, card(line.id, 100, PaymentMethod.CHEQUE, payment=cheque, holder=holder)),
        (invoice, card(line.id, 100, PaymentMethod.CHEQUE, holder=busy)),
        (invoice, card(None, 300, payment=payment)),
        (invoice, RefundProposed(moves=move(credit, kept), by=by, **way)),
        (late, CreditOpened(client=client, currency=Currency.CAD, attempt=uuid4())),
        (late, card(None, 700)),
        (uuid4(), workshop(60, organiser=busy)),
        (uuid4(), workshop(150, organiser=holder)),
    )
    assert len(ids(proven, ToDoKind.DEPOSIT_PAYMENT)) == 2
    [held] = entries(proven, ToDoKind.SEND_CHEQUES)
    assert (held["id"], held["owner"], held["missing"]) == (str(holder), str(holder), {"cheques": 1})
    assert ids(proven, ToDoKind.SEND_CHEQUES, cheque_months=5) == [], "the next series is near enough"
    [opened] = entries(proven, ToDoKind.CREDIT_WITHOUT_INVOICE)
    assert opened["invoice"] == str(late)
    assert ids(proven, ToDoKind.APPROVE_REFUND, uuid4()) == [str(refund)]
    assert ids(proven, ToDoKind.APPROVE_REFUND, by) == []
    proven.given(
        (invoice, ChequeSent(payment=cheque)), (invoice, RefundApproved(moves=move(kept, gone), **way))
    )
    assert ids(proven, ToDoKind.SEND_CHEQUES) == ids(proven, ToDoKind.APPROVE_REFUND, uuid4()) == []


@pytest.mark.rule("ATT-2")
@pytest.mark.parametrize("imported", [True, False])
def test_a_phase_letter_is_ready_once_all_is_followed_and_over(proven: Projecting, *, imported: bool) -> None:
    client, enrolment, phase, place, held = (uuid4() for _ in range(5))
    at_home, abroad, other = uuid4(), uuid4(), uuid4()

    def student(person: UUID, id_: UUID) -> tuple[UUID, Enrolled]:
        return person, Enrolled(
            enrolment=id_,
            phase=phase,
            number=1,
            activities=(at_home, abroad),
            invoice=uuid4(),
            done=(),
        )

    followed: Fact = FollowedAbroad(
        registration=uuid4(), activity=abroad, first_day=NOW.date(), last_day=NOW.date(), country="MX"
    )
    if imported:
        followed = FollowedBeforePortal(registration=uuid4(), activity=abroad, last_day=NOW.date())
    proven.given(
        (held, workshop(1)),
        (client, dossier_created(client)),
        (other, dossier_created(other, last_name="Roy", email="r@example.com")),
        student(client, enrolment),
        student(other, uuid4()),
        (client, registered(place, activity=at_home, enrolment=enrolment)),
        (client, DateChosen(registration=place, workshop=held, starts=NOW, given_up=None)),
        (client, followed),
    )
    after = NOW + timedelta(days=2)
    assert ids(proven, ToDoKind.PHASE_LETTER, now=after) == []
    proven.given((client, RegistrationFollowed(registration=place, workshop=held)))
    assert ids(proven, ToDoKind.PHASE_LETTER) == [], "not before its end"
    [letter] = entries(proven, ToDoKind.PHASE_LETTER, now=after)
    assert letter["id"] == str(enrolment)
    assert (letter["since"], letter["due"]) == ("2026-11-25T21:00:00Z", "2026-11-30T05:00:00Z"), (
        "ready when it is over, a Wednesday; due on the Monday after, where the school is"
    )
    proven.given((client, PhaseLetterSent(enrolment=enrolment, phase=phase, resend=False)))
    assert ids(proven, ToDoKind.PHASE_LETTER, now=after) == []


@pytest.mark.rule("FAC-3")
def test_a_difference_with_the_provider_waits_until_it_is_settled(proven: Projecting) -> None:
    one, two, invoice = uuid4(), uuid4(), uuid4()

    def differed(difference: UUID) -> tuple[UUID, PaymentDiffered]:
        fact = PaymentDiffered(
            difference=difference,
            kind=DifferenceKind.OTHER_AMOUNT,
            reference="3C679366HH908993F",
            provider=cad(4_050),
            booked=cad(4_000),
            invoice=invoice,
        )
        return LEDGER_ID, fact

    proven.given(differed(one), differed(two))
    [row, _] = entries(proven, ToDoKind.PAYMENT_DIFFERENCE)
    assert (row["invoice"], row["missing"]) == (str(invoice), {"other_amount": 50})
    settled = DifferenceSettled(difference=one, outcome=DifferenceOutcome.BOOKED)
    proven.given((LEDGER_ID, settled))
    assert ids(proven, ToDoKind.PAYMENT_DIFFERENCE) == [str(two)]


@pytest.mark.rule("ATE-7")
def test_the_office_calls_the_absents_of_a_closed_workshop_of_quebec(proven: Projecting) -> None:
    first, second, client, quebec, europe = (uuid4() for _ in range(5))
    proven.given((client, dossier_created(client)))
    for taught, absents in ((quebec, (first, second)), (europe, (uuid4(),))):
        proven.given((taught, workshop(-2, region=Region.EUROPE if taught == europe else Region.CANADA)))
        for registration in absents:
            settled = {"registration": registration, "client": client, "noticed": False}
            proven.given((taught, AbsenceSettled(outcome=AbsenceOutcome.CANCELLED, **settled)))
    assert ids(proven, ToDoKind.CALL_ABSENT) == [], "not yet closed"
    for taught in (quebec, europe):
        proven.given((taught, WorkshopClosed(reason=None)))

    def told() -> dict[str, int]:
        return {row["id"]: row["missing"]["calls"] for row in entries(proven, ToDoKind.CALL_ABSENT)}

    assert told() == {str(quebec): 2}
    proven.given(
        (quebec, CallNoted(registration=first, called=False, outcome=None)),
        (quebec, CallNoted(registration=second, called=True, outcome=CallOutcome.LATER)),
    )
    assert told() == {str(quebec): 1}


@pytest.mark.rule("ATE-4")
def test_who_had_a_date_in_a_cancelled_workshop_is_to_be_called(proven: Projecting) -> None:
    first, second, client, full, empty = (uuid4() for _ in range(5))
    proven.given((full, workshop(20)), (empty, workshop(20)), (client, dossier_created(client)))
    proven.given((client, registered(first, workshop=full)), (client, registered(second, workshop=full)))
    off = WorkshopCancelled(reason="grève", registrations=(first, second), waiting=())
    proven.given((full, off), (empty, WorkshopCancelled(reason="grève", registrations=(), waiting=())))

    def told(days: float = 0) -> dict[str, int]:
        rows = entries(proven, ToDoKind.CANCELLED_WORKSHOP, now=NOW + timedelta(days=days))
        return {row["id"]: row["missing"]["calls"] for row in rows}

    assert told() == {str(full): 2, str(empty): 0}, "the room is to be freed"
    assert told(8) == {str(full): 2}
    proven.given(
        (full, CallNoted(registration=first, called=False, outcome=None)),
        (full, CallNoted(registration=second, called=True, outcome=CallOutcome.LATER)),
    )
    assert told(8) == {str(full): 1}
    proven.given((full, WorkshopRestored(back=(first,), moved_on=(second,), no_seat=())))
    assert told() == {str(empty): 0}
