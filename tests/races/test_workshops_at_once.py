"""Two want a workshop's last say, or its last seat, at the same moment, on connections of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.client.registrations.refusals import RegistrationNotOpen
from aggregates.client.registrations.state import Followed, Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Currency, Money
from aggregates.workshop.closing.events import WorkshopClosed, WorkshopReopened
from aggregates.workshop.closing.refusals import WorkshopNotClosed
from aggregates.workshop.events import WorkshopCancelled
from aggregates.workshop.refusals import WorkshopFollowed, WorkshopFull, WorkshopIsCancelled
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned
from aggregates.workshop.waiting.events import SeatOffered, WaitingListJoined
from commands.message import Answer
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.workshops.accept_offer import AcceptOffer
from commands.workshops.approve_reopening import ApproveReopening
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.expire_offers import ExpireOffers
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.offer_seats import OfferSeats
from commands.workshops.propose_reopening import ProposeReopening
from commands.workshops.restore_workshop import RestoreWorkshop
from commands.workshops.tick_attendance import TickAttendance
from tests.races.test_at_once import TIMES, at_once, winner
from tests.support.write_side import ACCOUNTING, School, school_on

FREE = (Money(minor=0, currency=Currency.CAD),)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def count(school: School, workshop: UUID, kind: type[Any]) -> int:
    return sum(isinstance(fact, kind) for fact in school.facts(WORKSHOP.at(workshop)))


def registration(school: School, client: UUID) -> Any:
    state = school.state(CLIENT.at(client))
    assert isinstance(state, Dossier)
    (found,) = state.registrations.values()
    return found


@pytest.mark.rule("ATE-6")
def test_two_closings_close_it_once(school: School) -> None:
    for _ in range(TIMES):
        workshop = school.workshop(school.activity(), starts=datetime.now(UTC) - timedelta(hours=1))
        both = at_once(school, CloseWorkshop(workshop=workshop), CloseWorkshop(workshop=workshop))
        assert all(isinstance(outcome, Answer) for outcome in both)
        assert count(school, workshop, WorkshopClosed) == 1


@pytest.mark.rule("ATE-6")
def test_of_two_who_approve_a_reopening_one_does(school: School) -> None:
    for _ in range(TIMES):
        workshop = school.workshop(school.activity(), starts=datetime.now(UTC) - timedelta(hours=1))
        school.send(CloseWorkshop(workshop=workshop))
        school.send(ProposeReopening(workshop=workshop, reason="Un oubli."), ACCOUNTING)
        approve = ApproveReopening(workshop=workshop)
        _, (refused,) = winner(at_once(school, approve, approve))
        assert isinstance(refused, WorkshopNotClosed)
        assert count(school, workshop, WorkshopReopened) == 1


@pytest.mark.rule("ATE-4", "ATE-2")
def test_who_registers_while_it_is_cancelled_is_to_schedule_or_refused(school: School) -> None:
    for _ in range(TIMES):
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity)
        registered, cancelled = at_once(
            school,
            RegisterClient(client=client, activity=activity, workshop=workshop),
            CancelWorkshop(workshop=workshop, reason="Eau"),
        )
        assert isinstance(cancelled, Answer)
        state = school.state(WORKSHOP.at(workshop))
        assert isinstance(state, CancelledWorkshop)
        if isinstance(registered, Answer):
            assert isinstance(registration(school, client), ToSchedule)
            assert list(state.was.seats) == [registered.made["registration"]]
        else:
            assert isinstance(registered, WorkshopIsCancelled)


@pytest.mark.rule("ATE-4", "INS-13")
def test_a_workshop_is_followed_or_cancelled_never_both(school: School) -> None:
    for _ in range(TIMES):
        activity, client = school.activity(), school.client()
        workshop = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=1))
        present = school.late_registration(client, activity, workshop)
        ticked, cancelled = at_once(
            school,
            TickAttendance(workshop=workshop, registrations=(present,)),
            CancelWorkshop(workshop=workshop, reason="Eau"),
        )
        _, (refused,) = winner([ticked, cancelled])
        assert isinstance(refused, WorkshopFollowed | WorkshopIsCancelled | RegistrationNotOpen)
        kind = Followed if isinstance(ticked, Answer) else ToSchedule
        assert isinstance(registration(school, client), kind)
        assert count(school, workshop, WorkshopCancelled) == isinstance(cancelled, Answer)


@pytest.mark.rule("ATE-5")
def test_who_chooses_another_date_while_it_is_restored_has_one_date(school: School) -> None:
    for _ in range(TIMES):
        activity, client = school.activity(), school.client()
        workshop, other = school.workshop(activity), school.workshop(activity)
        mine = school.registration(client, activity, workshop)
        school.send(CancelWorkshop(workshop=workshop, reason="Eau"))
        both = at_once(
            school,
            RestoreWorkshop(workshop=workshop),
            ChooseDate(client=client, registration=mine, workshop=other),
        )
        assert all(isinstance(outcome, Answer) for outcome in both)
        seats = [school.state(WORKSHOP.at(w)).seats for w in (workshop, other)]  # type: ignore[union-attr]
        assert [len(taken) for taken in seats] == [0, 1], "the choice holds, before or after"
        found = registration(school, client)
        assert isinstance(found, Scheduled)
        assert found.workshop == other


@pytest.mark.rule("ATE-2")
class TestWaitingList:
    def full(self, school: School) -> tuple[UUID, UUID, UUID, UUID]:
        """Activity, workshop with one seat, its holder and registration."""
        activity, holder = school.activity(prices=FREE), school.client()
        workshop = school.workshop(activity, capacity=1)
        return activity, workshop, holder, school.registration(holder, activity, workshop)

    def test_asked_for_twice_it_is_one_place_in_the_list(self, school: School) -> None:
        for _ in range(TIMES):
            _, workshop, _, _ = self.full(school)
            wish = JoinWaitingList(client=school.client(), workshop=workshop)
            assert all(isinstance(outcome, Answer) for outcome in at_once(school, wish, wish, wish))
            assert count(school, workshop, WaitingListJoined) == 1

    def test_two_processes_that_offer_the_seat_offer_it_once(self, school: School) -> None:
        for _ in range(TIMES):
            _, workshop, holder, held = self.full(school)
            school.send(JoinWaitingList(client=school.client(), workshop=workshop))
            school.send(JoinWaitingList(client=school.client(), workshop=workshop))
            school.send(DeferRegistration(client=holder, registration=held))
            offer, expire = OfferSeats(workshop=workshop), ExpireOffers(workshop=workshop)
            at_once(school, offer, offer, expire)
            assert count(school, workshop, SeatOffered) == 1

    def test_who_accepts_has_the_seat_whoever_else_wants_it(self, school: School) -> None:
        for _ in range(TIMES):
            activity, workshop, holder, held = self.full(school)
            waits, other = school.client(), school.client()
            school.send(JoinWaitingList(client=waits, workshop=workshop))
            school.send(DeferRegistration(client=holder, registration=held))
            school.send(OfferSeats(workshop=workshop))
            accepted, registered = at_once(
                school,
                AcceptOffer(client=waits, workshop=workshop),
                RegisterClient(client=other, activity=activity, workshop=workshop),
            )
            assert isinstance(accepted, Answer)
            assert isinstance(registered, WorkshopFull)
            state = school.state(WORKSHOP.at(workshop))
            assert isinstance(state, Planned)
            assert [seat.client for seat in state.seats.values()] == [waits]
