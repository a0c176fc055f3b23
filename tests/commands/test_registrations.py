"""Registrations at command height: seats, dates and invoices move together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from aggregates.client.registrations.events import Registered, RegistrationDeferred
from aggregates.client.registrations.refusals import AlreadyRegistered, AlreadyToSchedule, OtherActivity
from aggregates.client.registrations.state import Cancelled, Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.refusals import NoSuchWorkshop, RetakesFull, WorkshopFull
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import ForbiddenError
from commands.dispatch import IdempotencyKeyReusedError
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from tests.support.write_side import School, principal, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def state(school: School, stream: Any) -> Any:
    return school.side.store.load([stream])[0].state


@pytest.mark.rule("INS-1")
@pytest.mark.rule("FAC-1")
def test_a_dated_registration_takes_a_seat_and_makes_an_invoice(school: School) -> None:
    activity, client = school.activity(), school.client()
    workshop = school.workshop(activity)
    answer = school.send(RegisterClient(client=client, activity=activity, workshop=workshop))
    made = answer.made
    dossier, date = state(school, CLIENT.at(client)), state(school, WORKSHOP.at(workshop))
    invoice = state(school, INVOICE.at(made["invoice"]))
    assert isinstance(dossier, Dossier)
    assert isinstance(dossier.registrations[made["registration"]], Scheduled)
    assert isinstance(date, Planned)
    assert list(date.seats) == [made["registration"]]
    assert isinstance(invoice, Issued)
    assert invoice.total == Money(minor=37_500, currency=Currency.CAD)
    assert invoice.number == f"CA-{datetime.now(UTC).year}-0001"


@pytest.mark.rule("INS-1")
def test_a_registration_without_date_is_to_schedule(school: School) -> None:
    activity, client = school.activity(), school.client()
    registration = school.registration(client, activity)
    assert isinstance(state(school, CLIENT.at(client)).registrations[registration], ToSchedule)


@pytest.mark.rule("INS-12")
def test_a_second_active_registration_for_the_same_activity_is_refused(school: School) -> None:
    activity = school.activity()
    dated, undated = school.client(), school.client()
    workshop = school.workshop(activity)
    school.registration(dated, activity, workshop)
    school.registration(undated, activity)
    with pytest.raises(AlreadyRegistered):
        school.registration(dated, activity)
    with pytest.raises(AlreadyToSchedule):
        school.registration(undated, activity, workshop)
    assert len(state(school, WORKSHOP.at(workshop)).seats) == 1


@pytest.mark.rule("INS-7")
def test_a_change_of_date_takes_the_new_seat_and_frees_the_old_one(school: School) -> None:
    activity, client = school.activity(), school.client()
    first, second = school.workshop(activity), school.workshop(activity)
    registration = school.registration(client, activity, first)
    school.send(ChooseDate(client=client, registration=registration, workshop=second))
    moved = state(school, CLIENT.at(client)).registrations[registration]
    assert isinstance(moved, Scheduled)
    assert moved.workshop == second
    assert moved.sale.given_up == (first,)
    assert not state(school, WORKSHOP.at(first)).seats
    assert registration in state(school, WORKSHOP.at(second)).seats


@pytest.mark.rule("INS-7")
def test_a_change_to_a_full_workshop_changes_nothing(school: School) -> None:
    activity, client = school.activity(), school.client()
    first, full = school.workshop(activity), school.workshop(activity, capacity=1)
    school.registration(school.client(), activity, full)
    registration = school.registration(client, activity, first)
    with pytest.raises(WorkshopFull):
        school.send(ChooseDate(client=client, registration=registration, workshop=full))
    assert registration in state(school, WORKSHOP.at(first)).seats


@pytest.mark.rule("INS-7")
def test_a_change_to_the_same_workshop_records_nothing(school: School) -> None:
    activity, client = school.activity(), school.client()
    workshop = school.workshop(activity)
    registration = school.registration(client, activity, workshop)
    before = school.side.store.load([CLIENT.at(client)])[0].version
    school.send(ChooseDate(client=client, registration=registration, workshop=workshop))
    assert school.side.store.load([CLIENT.at(client)])[0].version == before


@pytest.mark.rule("INS-7")
def test_a_workshop_of_another_activity_cannot_be_chosen(school: School) -> None:
    client, activity = school.client(), school.activity()
    registration = school.registration(client, activity)
    other = school.workshop(school.activity("Autonomie"))
    with pytest.raises(OtherActivity):
        school.send(ChooseDate(client=client, registration=registration, workshop=other))


@pytest.mark.rule("INS-8")
def test_date_ulterieure_frees_the_seat_and_keeps_the_trace(school: School) -> None:
    activity, client = school.activity(), school.client()
    workshop = school.workshop(activity)
    registration = school.registration(client, activity, workshop)
    school.send(DeferRegistration(client=client, registration=registration))
    loaded = school.side.store.load([CLIENT.at(client)])[0]
    assert loaded.state.registrations[registration].sale.given_up == (workshop,)
    assert loaded.facts[-1] == RegistrationDeferred(
        registration=registration, workshop=workshop, deposit_lost=True
    )
    assert not state(school, WORKSHOP.at(workshop)).seats


@pytest.mark.rule("INS-8")
def test_a_cancelled_registration_frees_seat_and_line_with_its_note(school: School) -> None:
    activity, client = school.activity(), school.client()
    workshop = school.workshop(activity)
    made = school.send(RegisterClient(client=client, activity=activity, workshop=workshop)).made
    registration = made["registration"]
    school.send(CancelRegistration(client=client, registration=registration, note="Ne vient plus."))
    assert isinstance(state(school, CLIENT.at(client)).registrations[registration], Cancelled)
    assert not state(school, WORKSHOP.at(workshop)).seats
    assert state(school, INVOICE.at(made["invoice"])).balance.minor == 0


@pytest.mark.rule("INS-3")
@pytest.mark.rule("INS-13")
@pytest.mark.rule("ATE-1")
def test_a_followed_activity_taken_again_is_a_retake_at_half_price_within_the_limit(school: School) -> None:
    activity, client = school.activity(), school.client()
    started = datetime.now(UTC) - timedelta(hours=2)
    past = school.workshop(activity, starts=started)
    registration = school.late_registration(client, activity, past)
    school.send(TickAttendance(workshop=past, registrations=(registration,)))
    without_retakes = school.workshop(activity, retake_limit=0)
    with pytest.raises(RetakesFull):
        school.registration(client, activity, without_retakes)
    again = school.registration(client, activity, school.workshop(activity, retake_limit=1))
    sold = school.side.store.load([CLIENT.at(client)])[0].facts[-1]
    assert isinstance(sold, Registered)
    assert sold.registration == again
    assert sold.retake
    assert sold.price.minor == 18_750


@pytest.mark.rule("INS-13")
def test_a_tick_can_be_taken_back(school: School) -> None:
    activity, client = school.activity(), school.client()
    workshop = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=2))
    registration = school.late_registration(client, activity, workshop)
    school.send(TickAttendance(workshop=workshop, registrations=(registration,)))
    school.send(UntickAttendance(workshop=workshop, registrations=(registration,)))
    assert isinstance(state(school, CLIENT.at(client)).registrations[registration], Scheduled)


@pytest.mark.rule("T3")
def test_the_same_command_twice_is_done_once_and_answered_alike(school: School) -> None:
    activity, client = school.activity(), school.client()
    command, key = RegisterClient(client=client, activity=activity, workshop=None), uuid4()
    first, second = school.send(command, id_=key), school.send(command, id_=key)
    assert first.to_bytes() == second.to_bytes()
    assert len(state(school, CLIENT.at(client)).registrations) == 1


@pytest.mark.rule("T3")
def test_a_key_used_for_another_body_is_refused(school: School) -> None:
    activity, client, key = school.activity(), school.client(), uuid4()
    school.send(RegisterClient(client=client, activity=activity, workshop=None), id_=key)
    with pytest.raises(IdempotencyKeyReusedError):
        school.send(RegisterClient(client=school.client(), activity=activity, workshop=None), id_=key)


def test_a_role_that_may_not_register_is_turned_away(school: School) -> None:
    activity, client = school.activity(), school.client()
    with pytest.raises(ForbiddenError):
        school.send(RegisterClient(client=client, activity=activity, workshop=None), principal(Role.AUDITOR))


@pytest.mark.rule("INS-13")
def test_a_trainer_ticks_own_workshops_only(school: School) -> None:
    activity, client = school.activity(), school.client()
    trainer, stranger = principal(Role.TRAINER), principal(Role.TRAINER)
    workshop = school.workshop(
        activity, starts=datetime.now(UTC) - timedelta(hours=1), trainers=(trainer.user,)
    )
    tick = TickAttendance(
        workshop=workshop, registrations=(school.late_registration(client, activity, workshop),)
    )
    with pytest.raises(NoSuchWorkshop):
        school.send(tick, stranger)
    school.send(tick, trainer)
