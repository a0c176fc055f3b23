"""A free seat finds who waits for it by itself: offered, passed on, told once (ATE-2, FAC-1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.invoice.basket.events import BasketReleased
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import SYSTEM
from commands.baskets.capture_payment import CapturePayment
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.baskets.release_basket import ReleaseBasket
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.accept_offer import AcceptOffer
from commands.workshops.change_plan import ChangePlan
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.leave_waiting_list import LeaveWaitingList
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import words_of
from tests.processors.test_workshop_changes import moved, version_of
from tests.support.write_side import principal

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)
STARTS = NOW + timedelta(days=60)
OFFER = timedelta(hours=24)
"""The school's setting."""
HOLD = timedelta(minutes=20)
pytestmark = pytest.mark.rule("ATE-2")


class Room:
    """One seat, taken, on a day two months before the workshop."""

    def __init__(self, post: Post) -> None:
        self.post, self.school = post, post.school
        self.at(NOW)
        self.activity = self.school.activity()
        self.workshop = self.school.workshop(self.activity, starts=STARTS, capacity=1)
        self.holder = self.school.client()
        self.held = self.school.registration(self.holder, self.activity, self.workshop)

    def at(self, moment: datetime) -> None:
        self.school.now(moment)
        self.follow()

    def follow(self) -> None:
        self.post.react_and_deliver()

    def wait(self, **changes: Any) -> UUID:
        client = self.school.client(**changes)
        self.school.send(JoinWaitingList(client=client, workshop=self.workshop))
        return client

    def free(self) -> None:
        self.school.send(DeferRegistration(client=self.holder, registration=self.held))

    def offered(self) -> dict[UUID, datetime]:
        state = self.school.state(WORKSHOP.at(self.workshop))
        assert isinstance(state, Planned)
        entries = state.waiting.entries.items()
        return {client: e.offered_until for client, e in entries if e.offered_until is not None}

    def mails(self) -> list[tuple[str, str]]:
        rows = self.post.connection.execute(
            "select p.email, o.state from outbox o join read.dossier_person p on p.client = o.person"
            " where o.template = 'waiting_list_offer' order by o.position"
        )
        return [tuple(row) for row in rows]

    def errands(self) -> list[str]:
        """What the portal did by itself."""
        rows = self.post.connection.execute(
            "select command from errands where state = 'done' order by ended_at"
        )
        return [name for (name,) in rows]


@pytest.fixture
def room(post: Post) -> Room:
    return Room(post)


@pytest.mark.rule("COM-2", "COM-12")
def test_a_seat_given_back_is_offered_to_the_first_who_hears_until_when_and_how(room: Room) -> None:
    first, _ = room.wait(email="lea@example.com", first_name="Léa"), room.wait()
    room.free()
    room.follow()
    until = room.offered()[first]
    assert timedelta(0) <= until - NOW - OFFER < timedelta(minutes=1)
    assert list(room.offered()) == [first]
    (mail,) = [m for m in room.post.sink.mails if m["To"] == "lea@example.com"]
    text = words_of(mail)
    assert "Une place s’est libérée" in text
    assert "jusqu’au mardi 2 mars 2027, 09:00 (heure de l’Est)" in text
    assert "Prendre la place" in text
    assert "Prix" not in text, "a first purchase is priced in the basket"


def test_the_price_is_that_of_the_registration_to_be_moved_there(room: Room) -> None:
    client = room.school.client(email="luc@example.com")
    room.school.registration(client, room.activity)
    room.school.send(JoinWaitingList(client=client, workshop=room.workshop))
    room.free()
    room.follow()
    mail = [m for m in room.post.sink.mails if m["To"] == "luc@example.com"][-1]
    assert "Prix : 375,00 $" in words_of(mail).replace("\xa0", " ")


def test_an_offer_not_taken_in_time_passes_to_the_next(room: Room) -> None:
    first, second = room.wait(), room.wait()
    room.free()
    room.follow()
    room.at(NOW + OFFER - timedelta(minutes=1))
    assert list(room.offered()) == [first]
    room.at(NOW + OFFER + timedelta(minutes=1))
    assert list(room.offered()) == [second]
    room.at(NOW + 2 * OFFER + timedelta(minutes=5))
    assert room.offered() == {}
    assert [state for _, state in room.mails()] == ["sent", "sent"]
    assert room.errands() == ["offer-seats", "expire-offers", "expire-offers"]


def test_an_offer_that_was_taken_bothers_nobody_else(room: Room) -> None:
    first, second = room.wait(), room.wait()
    room.free()
    room.follow()
    room.school.send(AcceptOffer(client=first, workshop=room.workshop))
    room.at(NOW + 2 * OFFER)
    assert room.offered() == {}
    assert len(room.mails()) == 1
    assert room.errands() == ["offer-seats"]
    state = room.school.state(WORKSHOP.at(room.workshop))
    assert isinstance(state, Planned)
    assert list(state.waiting.entries) == [second]


def test_who_declines_makes_room_for_the_next_at_once(room: Room) -> None:
    first, second = room.wait(), room.wait()
    room.free()
    room.follow()
    room.school.send(LeaveWaitingList(client=first, workshop=room.workshop))
    room.follow()
    assert list(room.offered()) == [second]


def test_where_nobody_waits_nothing_is_done(room: Room) -> None:
    room.free()
    room.at(NOW + OFFER)
    assert room.post.connection.execute("select count(*) from errands").fetchone() == (0,)


def test_more_seats_are_offered_to_as_many(room: Room) -> None:
    first, second, _third = room.wait(), room.wait(), room.wait()
    wish = ChangePlan(
        workshop=room.workshop,
        seen_version=version_of(room.post, room.workshop),
        organiser=organiser_of(room),
        trainers=(),
        capacity=3,
        retake_limit=None,
        place_note=None,
        practical_note=None,
    )
    room.school.send(wish)
    room.follow()
    assert list(room.offered()) == [first, second]


def test_seats_freed_by_several_acts_are_offered_once_each(room: Room) -> None:
    """Freed, taken back by the same client, freed again before anybody looked."""
    first = room.wait()
    room.free()
    room.follow()
    room.post.connection.execute("update timers set state = 'set'")
    room.post.connection.execute("update errands set state = 'to_do'")
    room.follow()
    assert list(room.offered()) == [first]
    assert len(room.mails()) == 1


@pytest.mark.rule("COM-3")
def test_an_offer_that_lapsed_before_its_mail_left_is_not_told(room: Room) -> None:
    room.wait(email="lea@example.com")
    room.wait(email="luc@example.com")
    room.free()
    room.post.react()
    room.school.now(NOW + OFFER + timedelta(minutes=5))
    room.follow()
    assert room.mails() == [("lea@example.com", "dropped"), ("luc@example.com", "sent")]


@pytest.mark.rule("ATE-10")
def test_moved_to_an_earlier_start_the_offer_ends_there(room: Room) -> None:
    room.wait()
    room.free()
    room.follow()
    earlier = NOW + timedelta(hours=5)
    room.school.send(moved(room.workshop, version_of(room.post, room.workshop), earlier, None))
    room.at(earlier + timedelta(minutes=1))
    assert room.offered() == {}


def organiser_of(room: Room) -> UUID:
    state = room.school.state(WORKSHOP.at(room.workshop))
    assert isinstance(state, Planned)
    return state.plan.organiser


class Till:
    """A client at the basket, with the one seat held."""

    def __init__(self, room: Room) -> None:
        self.room = room
        room.free()
        room.follow()
        self.client = room.school.client()
        self.me = principal(Role.CLIENT, user=self.client)
        wish = PutInBasket(client=self.client, activity=room.activity, workshop=room.workshop)
        self.basket = room.school.send(wish, self.me).made["basket"]

    def finalise(self) -> UUID:
        total = Money(minor=37_500, currency=Currency.CAD)
        wish = FinaliseBasket(client=self.client, total=total, due_now=cad(4_000))
        return self.room.school.send(wish, self.me).made["attempt"]

    def pay(self, attempt: UUID) -> None:
        wish = CapturePayment(
            client=self.client, basket=self.basket, attempt=attempt, payment=uuid4(), amount=cad(4_000)
        )
        self.room.school.send(wish, SYSTEM)

    def released(self) -> int:
        return sum(isinstance(f, BasketReleased) for f in self.room.school.facts(INVOICE.at(self.basket)))


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


@pytest.fixture
def till(room: Room) -> Till:
    return Till(room)


@pytest.mark.rule("FAC-1")
def test_a_basket_not_paid_in_time_frees_its_seat_for_who_waits(room: Room, till: Till) -> None:
    till.finalise()
    waiting = room.wait()
    room.at(NOW + HOLD - timedelta(minutes=2))
    assert (till.released(), room.offered()) == (0, {})
    room.at(NOW + HOLD + timedelta(minutes=2))
    assert till.released() == 1
    assert list(room.offered()) == [waiting]
    room.at(NOW + OFFER)
    assert till.released() == 1


@pytest.mark.rule("FAC-1")
def test_a_basket_paid_in_time_is_left_alone(room: Room, till: Till) -> None:
    till.pay(till.finalise())
    room.at(NOW + OFFER)
    assert till.released() == 0
    assert room.errands() == ["release-basket"], "asked for, nothing to do"


@pytest.mark.rule("FAC-1")
def test_a_hold_that_was_given_up_does_not_end_the_next_one(room: Room, till: Till) -> None:
    till.finalise()
    room.school.send(ReleaseBasket(client=till.client), till.me)
    room.at(NOW + HOLD / 2)
    attempt = till.finalise()
    room.at(NOW + HOLD + timedelta(minutes=2))
    assert till.released() == 1, "the client's own"
    till.pay(attempt)
    room.at(NOW + OFFER)
    assert till.released() == 1


@pytest.mark.rule("FAC-1")
def test_a_payment_that_comes_after_the_hold_completes_while_the_seat_is_free(room: Room, till: Till) -> None:
    attempt = till.finalise()
    room.at(NOW + OFFER)
    till.pay(attempt)
    state = room.school.state(WORKSHOP.at(room.workshop))
    assert isinstance(state, Planned)
    assert [seat.client for seat in state.seats.values()] == [till.client]
