"""A recent invoice is corrected in one append, over POST: lines off, others on (INS-10, FAC-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from aggregates.client.events import Language, NoteKind
from aggregates.client.registrations.events import CancelReason, RegistrationCancelled
from aggregates.client.registrations.state import Cancelled, Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.corrections.refusals import InvoiceOfAnotherDay
from aggregates.invoice.events import InvoiceIssued
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.state import WORKSHOP, Planned
from aggregates.workshop.waiting.policies import next_in_line
from commands.clients.change_profile import ChangeProfile
from commands.clients.write_note import WriteNote
from commands.invoices.correct_invoice import AddedPhase, AddedPlace, CorrectInvoice
from commands.paying import FirstPayment
from commands.payments.raise_price import RaisePrice
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.workshops.join_waiting_list import JoinWaitingList
from tests.http.conftest import door, school
from tests.support.http import Door, assert_problem
from tests.support.write_side import ACCOUNTING, School, Sold

__all__ = ["door", "school"]
pytestmark = pytest.mark.rule("INS-10")


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def correction(sold: Sold, **changes: Any) -> CorrectInvoice:
    """Take the one registration off."""
    values: dict[str, Any] = {"reason": "Inscrite par erreur.", "remove": (sold.registration,)}
    return CorrectInvoice(client=sold.client, invoice=sold.invoice, **values | changes)


def done(door: Door, command: CorrectInvoice, *roles: Role) -> dict[str, UUID]:
    """It is carried out; the ids it made."""
    answer = door.send(command, door.as_(*roles) if roles else None)
    assert answer.status_code == 200, answer.text
    return {name: UUID(id_) for name, id_ in answer.json().items() if name != "position"}


def refused(
    door: Door, command: CorrectInvoice, code: str, rule: str, status: int = 409, **fields: Any
) -> None:
    with door.nothing_done():
        assert_problem(door.send(command), status, code, rule, **fields)


def file_of(school: School, client: UUID) -> Dossier:
    state = school.state(CLIENT.at(client))
    assert isinstance(state, Dossier)
    return state


def roster_of(school: School, workshop: UUID) -> Planned:
    state = school.state(WORKSHOP.at(workshop))
    assert isinstance(state, Planned)
    return state


@dataclass(frozen=True)
class Dated:
    """Sold today for a date in 30 days, at 375.00."""

    activity: UUID
    workshop: UUID
    sold: Sold


def dated(school: School, **plan: Any) -> Dated:
    activity = school.activity()
    workshop = school.workshop(activity, **plan)
    return Dated(activity, workshop, school.sold(school.client(), activity, workshop))


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING])
def test_with_no_line_left_the_invoice_is_void_and_its_seat_free(door: Door, role: Role) -> None:
    school, made = door.school, dated(door.school, capacity=1)
    number = school.issued(made.sold.invoice).number
    ids = done(door, correction(made.sold), role)
    assert set(ids) == {"case-1"}
    invoice = school.issued(made.sold.invoice)
    assert (invoice.number, invoice.total, invoice.balance) == (number, cad(0), cad(0))
    assert (invoice.undecided, invoice.cases[ids["case-1"]].kept) == (frozenset(), cad(0))
    assert [c.note.amount for c in invoice.credit_notes] == [cad(37_500)]
    assert isinstance(file_of(school, made.sold.client).registrations[made.sold.registration], Cancelled)
    last = school.facts(CLIENT.at(made.sold.client))[-1]
    assert isinstance(last, RegistrationCancelled)
    assert last.why is CancelReason.MISTAKE
    assert not roster_of(school, made.workshop).seats
    school.sold(school.client(), made.activity, made.workshop)


@pytest.mark.rule("FAC-9", "FAC-1", "INS-12")
def test_the_wrong_activity_gives_way_to_the_right_one_on_a_linked_invoice(door: Door) -> None:
    school, wrong = door.school, dated(door.school)
    right = school.activity("Bases de l’écoute")
    workshop = school.workshop(right)
    ids = done(door, correction(wrong.sold, add=(AddedPlace(activity=right, workshop=workshop),)))
    assert set(ids) == {"case-1", "invoice", "registration-1", "line-1"}
    (issued,) = school.facts(INVOICE.at(ids["invoice"]))
    assert isinstance(issued, InvoiceIssued)
    assert (issued.supplement_of, issued.reason) == (wrong.sold.invoice, "Inscrite par erreur.")
    assert [(line.activity, line.price) for line in issued.lines] == [(right, cad(37_500))]
    places = file_of(school, wrong.sold.client).registrations
    assert isinstance(places[wrong.sold.registration], Cancelled)
    assert isinstance(places[ids["registration-1"]], Scheduled)
    assert list(roster_of(school, workshop).seats) == [ids["registration-1"]]
    again = correction(Sold(wrong.sold.client, ids["registration-1"], ids["invoice"], ids["line-1"]))
    anew = done(door, again.model_copy(update={"add": (AddedPlace(activity=right, workshop=None),)}))
    assert school.issued(anew["invoice"]).supplement_of == wrong.sold.invoice


@pytest.mark.rule("FAC-4", "T5")
def test_one_number_covers_all_lines_and_none_is_drawn_for_nothing(door: Door) -> None:
    school = door.school
    phase, activities = school.phase(size=3)
    client = school.client()
    workshop = school.workshop(activities[1])
    dates = (PhaseDate(activity=activities[1], workshop=workshop),)
    made = school.send(RegisterForPhase(client=client, phase=phase, dates=dates)).made
    whole = tuple(made[f"registration-{n}"] for n in (1, 2, 3))
    wish = CorrectInvoice(client=client, invoice=made["invoice"], reason="Phase 2.", remove=whole)
    some = wish.model_copy(update={"remove": whole[:1]})
    refused(door, some, "phase_goes_whole", "INS-10", count=2)
    free = school.sold(school.client(), school.activity(), trainee=True)
    done(door, correction(free))
    assert school.issued(free.invoice).credit_notes == ()
    done(door, wish)
    first, *others = (c.note.number for c in school.issued(made["invoice"]).credit_notes)
    assert others == [first, first]
    following = dated(school).sold
    done(door, correction(following))
    (note,) = school.issued(following.invoice).credit_notes
    assert int(note.note.number[-4:]) == int(first[-4:]) + 1
    assert not roster_of(school, workshop).seats
    school.send(RegisterForPhase(client=client, phase=phase))


@pytest.mark.rule("ATE-2")
def test_a_seat_in_the_same_workshop_passes_over_whoever_waits(door: Door) -> None:
    """A discount was forgotten in a full workshop: the seat isn't offered to the waiting list."""
    school, full = door.school, dated(door.school, capacity=1)
    waiting = school.client()
    school.send(JoinWaitingList(client=waiting, workshop=full.workshop))
    place = AddedPlace(activity=full.activity, workshop=full.workshop, discount=school.discount())
    ids = done(door, correction(full.sold, add=(place,)))
    roster = roster_of(school, full.workshop)
    assert list(roster.seats) == [ids["registration-1"]]
    assert not next_in_line(roster, datetime.now(UTC))
    assert school.issued(ids["invoice"]).total == cad(33_750)
    now = Sold(full.sold.client, ids["registration-1"], ids["invoice"], ids["line-1"])
    done(door, correction(now))
    roster = roster_of(school, full.workshop)
    assert not roster.seats
    assert set(next_in_line(roster, datetime.now(UTC))) == {waiting}


@pytest.mark.rule("INS-4", "FAC-1")
def test_what_starts_within_48_hours_is_paid_in_the_same_act_or_waived(door: Door) -> None:
    school = door.school
    sold = school.sold(school.client(), school.activity())
    activity = school.activity()
    soon = school.workshop(activity, starts=datetime.now(UTC) + timedelta(hours=40))
    wish = correction(sold, add=(AddedPlace(activity=activity, workshop=soon),))
    refused(door, wish, "full_payment_needed", "INS-4")
    waived = wish.model_copy(update={"waive_reason": "Paie sur place."})
    with door.nothing_done():
        assert door.send(waived, door.as_(Role.ORGANISER)).status_code == 403
    cash = FirstPayment(method=PaymentMethod.CASH, amount=cad(37_500))
    ids = done(door, wish.model_copy(update={"payment": cash}), Role.ORGANISER)
    assert school.issued(ids["invoice"]).balance_noted == cad(0)
    with door.nothing_done():
        unheard = wish.model_dump(mode="json") | {"add": [], "payment": cash.model_dump(mode="json")}
        answer = door.http.post("/api/commands/correct-invoice", json=unheard, headers=door.office)
        assert answer.status_code == 422, answer.text


class TestRefusedIsAllOfIt:
    def test_nothing_to_correct(self, door: Door) -> None:
        sold = dated(door.school).sold
        refused(door, correction(sold, remove=()), "nothing_to_correct", "INS-10")

    def test_not_the_day_it_was_made_in_the_schools_zone(self, door: Door) -> None:
        """In Montréal noon and 23:30 are one day, in UTC two; 23:30 and 0:30 are two, in UTC one."""
        school = door.school
        noon = datetime.now(ZoneInfo("America/Toronto")).replace(hour=12) + timedelta(days=1)
        try:
            school.now(noon)
            early = dated(school).sold
            school.now(noon.replace(hour=23, minute=30))
            late = dated(school).sold
            school.send(correction(early))
            school.now(noon.replace(hour=0, minute=30) + timedelta(days=1))
            with pytest.raises(InvoiceOfAnotherDay) as caught:
                school.send(correction(late))
            assert caught.value.fields == {"issued_on": noon.date()}
        finally:
            school.now(datetime.now(UTC))

    @pytest.mark.rule("INS-8")
    def test_a_payment_leads_to_a_cancellation(self, door: Door) -> None:
        sold = dated(door.school).sold
        door.school.paid(sold.client, 1, registration=sold.registration)
        refused(door, correction(sold), "invoice_has_payment", "INS-10")

    def test_cancelled_already(self, door: Door) -> None:
        one, two = dated(door.school).sold, dated(door.school).sold
        door.school.cancelled(one.client, one.registration)
        done(door, correction(two))
        for sold in (one, two):
            refused(door, correction(sold), "line_already_cancelled", "INS-10")

    @pytest.mark.rule("FAC-9")
    def test_what_a_supplement_adds_to(self, door: Door) -> None:
        sold = dated(door.school).sold
        wish = RaisePrice(
            client=sold.client, registration=sold.registration, amount=cad(100), reason="Oubli."
        )
        supplement = door.school.send(wish, ACCOUNTING).made["invoice"]
        refused(door, correction(sold), "price_was_raised", "INS-10", registration=str(sold.registration))
        other = correction(sold).model_copy(update={"invoice": supplement})
        refused(door, other, "no_such_line", "FAC-1", 404)

    def test_what_is_somebody_elses(self, door: Door) -> None:
        mine, other = dated(door.school).sold, dated(door.school).sold
        foreign = correction(mine).model_copy(update={"invoice": other.invoice})
        refused(door, foreign, "no_such_invoice", "FAC-1", 404)
        refused(door, correction(mine, remove=(other.registration,)), "no_such_registration", "INS-7", 404)

    @pytest.mark.rule("INS-12", "ATE-2", "DOS-13")
    def test_what_is_added_is_refused_as_any_registration(self, door: Door) -> None:
        school, wrong = door.school, dated(door.school)
        full = dated(school, capacity=1)
        added = AddedPlace(activity=full.activity, workshop=full.workshop)
        refused(door, correction(wrong.sold, add=(added,)), "workshop_full", "ATE-2")
        twice = (AddedPlace(activity=full.activity, workshop=None),) * 2
        refused(door, correction(wrong.sold, add=twice), "already_to_schedule", "INS-12")
        held = (AddedPlace(activity=wrong.activity, workshop=None),)
        refused(door, correction(wrong.sold, remove=(), add=held), "already_registered", "INS-12")
        note = WriteNote(
            client=wrong.sold.client, kind=NoteKind.ACCOUNTING, seen_version=1_000, text="Doit 40 $."
        )
        school.send(note, ACCOUNTING)
        refused(door, correction(wrong.sold, add=held), "red_flag_unconfirmed", "DOS-13")
        confirmed = correction(wrong.sold, add=held, red_flag_confirmed=True)
        ids = done(door, confirmed)
        assert isinstance(file_of(school, wrong.sold.client).registrations[ids["registration-1"]], ToSchedule)

    @pytest.mark.rule("CAT-2")
    def test_what_would_be_in_another_currency_than_the_first(self, door: Door) -> None:
        """The wrong country was the mistake: all is taken off, and registered anew."""
        school, client = door.school, door.school.client()
        activity = school.activity()
        sold = school.sold(client, activity)
        moved = ChangeProfile(
            client=client,
            seen_version=1_000,
            last_name="Roy",
            first_name="Luc",
            form_of_address=None,
            email=None,
            telephone=None,
            street=None,
            postal_code="75011",
            city="Paris",
            country="FR",
            language=Language.FR,
        )
        school.send(moved)
        added = (AddedPlace(activity=activity, workshop=None),)
        refused(door, correction(sold, add=added), "other_currency", "CAT-2", currency="CAD")
        done(door, correction(sold))
        assert school.issued(school.sold(client, activity).invoice).currency is Currency.EUR


@pytest.mark.rule("T4")
def test_the_same_key_does_it_once_and_two_at_once_do_too(door: Door) -> None:
    made = dated(door.school)
    wish = correction(made.sold, add=(AddedPlace(activity=made.activity, workshop=made.workshop),))
    key = str(uuid4())
    with ThreadPoolExecutor(4) as threads:
        same = list(threads.map(lambda _: door.send(wish, key=key), range(2)))
        others = list(threads.map(lambda _: door.send(wish), range(2)))
    assert {answer.content for answer in same} == {same[0].content}
    assert same[0].status_code == 200
    for answer in others:
        assert_problem(answer, 409, "line_already_cancelled", "INS-10")
    assert len(door.school.issued(made.sold.invoice).credit_notes) == 1
    assert len(roster_of(door.school, made.workshop).seats) == 1


@pytest.mark.rule("INS-2", "FAC-9")
def test_a_phase_is_sold_instead_on_a_linked_invoice_and_the_seat_passes(door: Door) -> None:
    school = door.school
    phase, activities = school.phase(size=3)
    workshop = school.workshop(activities[1], capacity=1)
    one = school.sold(school.client(), activities[1], workshop)
    school.send(JoinWaitingList(client=school.client(), workshop=workshop))
    dates = (PhaseDate(activity=activities[1], workshop=workshop),)
    wish = correction(one, phase=AddedPhase(phase=phase, dates=dates))
    left = correction(one, remove=(), phase=AddedPhase(phase=phase, dates=dates))
    refused(door, left, "registrations_in_phase", "INS-11", count=1)
    made = done(door, wish)
    issued = school.issued(made["invoice"])
    assert (issued.supplement_of, len(issued.lines)) == (one.invoice, 3)
    file = file_of(school, one.client)
    (student,) = file.places.enrolments.values()
    assert (student.id, student.phase, student.invoice) == (made["enrolment"], phase, made["invoice"])
    dated_place = file.registrations[made["registration-2"]]
    assert isinstance(dated_place, Scheduled)
    assert set(roster_of(school, workshop).seats) == {made["registration-2"]}
    cancelled = file.registrations[one.registration]
    assert isinstance(cancelled, Cancelled)
    whole = tuple(made[f"registration-{n}"] for n in (1, 2, 3))
    other, _ = school.phase(2, size=2)
    again = CorrectInvoice(
        client=one.client,
        invoice=made["invoice"],
        reason="C’était la phase 2.",
        remove=whole,
        phase=AddedPhase(phase=other),
    )
    second = done(door, again)
    assert school.issued(second["invoice"]).supplement_of == one.invoice
    assert [e.phase for e in file_of(school, one.client).places.enrolments.values()] == [phase, other]


@pytest.mark.rule("INS-2", "INS-3")
def test_a_phase_keeps_its_rules_where_it_corrects(door: Door) -> None:
    school = door.school
    phase, activities = school.phase(size=2)
    one = school.sold(school.client(), school.activity())
    elsewhere = school.activity()
    stranger = (PhaseDate(activity=elsewhere, workshop=school.workshop(elsewhere)),)
    refused(door, correction(one, phase=AddedPhase(phase=phase, dates=stranger)), "not_in_phase", "INS-2")
    refused(door, correction(one, phase=AddedPhase(phase=uuid4())), "no_such_phase", "CAT-1", 404)
    soon = school.workshop(activities[0], starts=datetime.now(UTC) + timedelta(hours=20))
    near = AddedPhase(phase=phase, dates=(PhaseDate(activity=activities[0], workshop=soon),))
    assert door.send(correction(one, phase=near)).json()["code"] == "full_payment_needed"
    with pytest.raises(ValueError, match="either places or a phase"):
        correction(one, add=(AddedPlace(activity=activities[0], workshop=None),), phase=near)
