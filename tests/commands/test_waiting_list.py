"""Waiting for a seat at command height: joining, offers that end, and the registration they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import NoteKind, NoteWritten
from aggregates.client.phases.refusals import PlaceInPhase
from aggregates.client.refusals import (
    DossierNotActive,
    NoSuchDossier,
    PleaseContactUs,
    RedFlagUnconfirmed,
)
from aggregates.client.registrations.events import ExceptionGranted, ExceptionKind
from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT, Dossier, ErasedDossier
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.refusals import FullPaymentNeeded
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.events import SeatTaken, WorkshopCancelled
from aggregates.workshop.refusals import WorkshopFull, WorkshopIsCancelled
from aggregates.workshop.state import WORKSHOP, Planned
from aggregates.workshop.waiting.events import OfferExpired, SeatOffered
from aggregates.workshop.waiting.refusals import (
    NoOffer,
    OfferNeedsPayment,
    PaymentApart,
    SeatIsFree,
    WaitingListClosed,
)
from aggregates.workshop.waiting.state import Entry
from commands.access import SYSTEM, ForbiddenError, Principal
from commands.clients.remove_dossier import RemoveDossier
from commands.paying import FirstPayment
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import RegisterForPhase
from commands.workshops.accept_offer import AcceptOffer
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.expire_offers import ExpireOffers
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.leave_waiting_list import LeaveWaitingList
from commands.workshops.offer_seats import OfferSeats
from commands.workshops.restore_workshop import RestoreWorkshop
from commands.workshops.tick_attendance import TickAttendance
from schema.append import Effect
from schema.store import Change
from tests.support.builders import envelope
from tests.support.write_side import ACCOUNTING, OFFICE, ORGANISER, School, principal, school_on

IN_60_DAYS = datetime.now(UTC) + timedelta(days=60)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def oneself(client: UUID) -> Principal:
    return principal(Role.CLIENT, user=client)


def planned(school: School, workshop: UUID) -> Planned:
    state = school.state(WORKSHOP.at(workshop))
    assert isinstance(state, Planned)
    return state


def dossier(school: School, client: UUID) -> Dossier:
    state = school.state(CLIENT.at(client))
    assert isinstance(state, Dossier)
    return state


class Room:
    """An activity with one seat at one date, taken by somebody."""

    def __init__(self, school: School, **activity: Any) -> None:
        self.school = school
        self.activity = school.activity(**activity)
        self.workshop = school.workshop(self.activity, starts=IN_60_DAYS, capacity=1)
        self.holder = school.client()
        self.held = school.registration(self.holder, self.activity, self.workshop)

    def wait(self, who: Principal = OFFICE) -> UUID:
        """Somebody joins the list."""
        client = self.school.client()
        self.school.send(JoinWaitingList(client=client, workshop=self.workshop), who)
        return client

    def free(self) -> None:
        """The seat is given back."""
        self.school.send(DeferRegistration(client=self.holder, registration=self.held))

    def offer(self, who: Principal = SYSTEM) -> None:
        self.school.send(OfferSeats(workshop=self.workshop), who)

    def offered_to(self) -> list[UUID]:
        entries = planned(self.school, self.workshop).waiting.entries
        return [client for client, entry in entries.items() if entry.offered_until is not None]

    def accept(self, client: UUID, who: Principal = OFFICE, **changes: Any) -> dict[str, UUID]:
        return self.school.send(AcceptOffer(client=client, workshop=self.workshop, **changes), who).made


@pytest.mark.rule("ATE-2")
class TestJoinAndLeave:
    def test_clients_join_in_their_own_name_and_staff_for_anybody(self, school: School) -> None:
        room, me, other = Room(school), school.client(), school.client()
        with pytest.raises(NoSuchDossier):
            school.send(JoinWaitingList(client=other, workshop=room.workshop), oneself(me))
        school.send(JoinWaitingList(client=me, workshop=room.workshop), oneself(me))
        school.send(JoinWaitingList(client=other, workshop=room.workshop), ORGANISER)
        school.send(JoinWaitingList(client=other, workshop=room.workshop), OFFICE)
        assert list(planned(school, room.workshop).waiting.entries) == [me, other]
        assert dossier(school, me).waiting_in == {room.workshop}

    def test_only_where_there_is_no_seat_for_them(self, school: School) -> None:
        room = Room(school)
        free = school.workshop(room.activity, starts=IN_60_DAYS)
        with pytest.raises(SeatIsFree):
            school.send(JoinWaitingList(client=school.client(), workshop=free))

    def test_who_followed_the_activity_before_waits_as_a_retake(self, school: School) -> None:
        room, client = Room(school), school.client()
        past = school.workshop(room.activity, starts=datetime.now(UTC) - timedelta(hours=1))
        followed = school.late_registration(client, room.activity, past)
        school.send(TickAttendance(workshop=past, registrations=(followed,)))
        school.send(JoinWaitingList(client=client, workshop=room.workshop))
        assert planned(school, room.workshop).waiting.entries == {client: Entry(retake=True)}

    def test_leaving_takes_the_client_off(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        leave = LeaveWaitingList(client=client, workshop=room.workshop)
        with pytest.raises(NoSuchDossier):
            school.send(leave, oneself(school.client()))
        school.send(leave, oneself(client))
        assert not planned(school, room.workshop).waiting.entries
        assert not dossier(school, client).waiting_in
        version = len(school.facts(WORKSHOP.at(room.workshop)))
        school.send(leave)
        assert len(school.facts(WORKSHOP.at(room.workshop))) == version

    @pytest.mark.rule("DOS-8")
    def test_a_dossier_that_is_removed_leaves_the_lists(self, school: School) -> None:
        rooms = [Room(school), Room(school)]
        client = school.client()
        for room in rooms:
            school.send(JoinWaitingList(client=client, workshop=room.workshop))
        school.send(RemoveDossier(client=client), oneself(client))
        assert isinstance(school.state(CLIENT.at(client)), ErasedDossier)
        assert [dict(planned(school, room.workshop).waiting.entries) for room in rooms] == [{}, {}]
        with pytest.raises(DossierNotActive):
            school.send(JoinWaitingList(client=client, workshop=rooms[0].workshop))

    @pytest.mark.rule("ATE-4", "ATE-5")
    def test_a_cancelled_workshop_tells_who_waited_and_its_list_stays_closed(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        school.send(CancelWorkshop(workshop=room.workshop, reason="Eau"))
        cancelled = school.facts(WORKSHOP.at(room.workshop))[-1]
        assert isinstance(cancelled, WorkshopCancelled)
        assert cancelled.waiting == (client,)
        with pytest.raises(WorkshopIsCancelled):
            room.wait()
        school.send(RestoreWorkshop(workshop=room.workshop))
        with pytest.raises(WaitingListClosed):
            room.wait()

    @pytest.mark.rule("INS-14")
    def test_a_students_lost_place_is_reopened_not_waited_for(self, school: School) -> None:
        client = school.client()
        phase, activities = school.phase(size=2)
        made = school.send(RegisterForPhase(client=client, phase=phase)).made
        full = school.workshop(activities[0], starts=IN_60_DAYS, capacity=0)
        school.send(
            CancelRegistration(client=client, registration=made["registration-1"], note="Ne vient pas.")
        )
        with pytest.raises(PlaceInPhase):
            school.send(JoinWaitingList(client=client, workshop=full))
        other = school.workshop(activities[1], starts=IN_60_DAYS, capacity=0)
        school.send(JoinWaitingList(client=client, workshop=other))

    @pytest.mark.rule("DOS-13")
    def test_a_file_without_online_registration_does_not_join_online(self, school: School) -> None:
        room, client = Room(school), school.client()
        flag(school, client)
        with pytest.raises(PleaseContactUs):
            school.send(JoinWaitingList(client=client, workshop=room.workshop), oneself(client))
        school.send(JoinWaitingList(client=client, workshop=room.workshop))


def flag(school: School, client: UUID) -> None:
    """Accounting wrote a red flag that stops online registration."""
    written = NoteWritten(
        person=client, kind=NoteKind.ACCOUNTING, text="Doit de l’argent.", no_online_registration=True
    )
    loaded = school.side.store.load([CLIENT.at(client)])[0]
    school.side.store.append([Change(loaded, [written])], envelope(), Effect())


@pytest.mark.rule("ATE-2")
class TestOffers:
    def test_a_freed_seat_is_offered_for_the_time_of_the_settings(self, school: School) -> None:
        room = Room(school)
        first, second = room.wait(), room.wait()
        room.free()
        room.offer()
        offered = school.facts(WORKSHOP.at(room.workshop))[-1]
        assert isinstance(offered, SeatOffered)
        assert offered.client == first
        hours = (offered.until - datetime.now(UTC)) / timedelta(hours=1)
        assert 23.9 < hours <= 24
        room.offer(OFFICE)
        assert room.offered_to() == [first]
        with pytest.raises(WorkshopFull):
            school.registration(school.client(), room.activity, room.workshop)
        with pytest.raises(NoOffer):
            room.accept(second)

    def test_nobody_but_system_and_office_makes_or_ends_them(self, school: School) -> None:
        room = Room(school)
        for command in (OfferSeats(workshop=room.workshop), ExpireOffers(workshop=room.workshop)):
            for who in (ORGANISER, ACCOUNTING, oneself(room.holder)):
                with pytest.raises(ForbiddenError):
                    school.send(command, who)
            school.send(command, OFFICE)
            school.send(command, SYSTEM)

    def test_unanswered_the_next_is_asked_in_the_same_step(self, school: School) -> None:
        room = Room(school)
        first, second = room.wait(), room.wait()
        room.free()
        room.offer()
        school.send(ExpireOffers(workshop=room.workshop), SYSTEM)
        assert room.offered_to() == [first]
        school.now(datetime.now(UTC) + timedelta(hours=24, minutes=1))
        with pytest.raises(NoOffer):
            room.accept(first)
        school.send(ExpireOffers(workshop=room.workshop), SYSTEM)
        expired, offered = school.facts(WORKSHOP.at(room.workshop))[-2:]
        assert expired == OfferExpired(client=first)
        assert isinstance(offered, SeatOffered)
        assert list(planned(school, room.workshop).waiting.entries) == room.offered_to() == [second]


@pytest.mark.rule("ATE-2")
class TestAcceptOffer:
    def test_the_seat_offered_becomes_the_registrations(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        room.free()
        room.offer()
        made = room.accept(client, ORGANISER)
        state = planned(school, room.workshop)
        assert list(state.seats) == [made["registration"]]
        assert not state.waiting.entries
        registration = dossier(school, client).registrations[made["registration"]]
        assert isinstance(registration, Scheduled)
        invoice = school.state(INVOICE.at(made["invoice"]))
        assert isinstance(invoice, Issued)
        assert invoice.lines[0].registration == made["registration"]
        assert not dossier(school, client).waiting_in
        with pytest.raises(NoOffer):
            room.accept(client)

    @pytest.mark.rule("INS-12", "INS-7")
    @pytest.mark.parametrize("dated", [False, True], ids=["to schedule", "at another date"])
    def test_an_open_registration_gets_the_date_without_a_second_invoice(
        self, school: School, dated: bool
    ) -> None:
        room, client = Room(school), school.client()
        other = school.workshop(room.activity, starts=IN_60_DAYS)
        mine = school.registration(client, room.activity, other if dated else None)
        school.send(JoinWaitingList(client=client, workshop=room.workshop), oneself(client))
        room.free()
        room.offer()
        assert room.accept(client, oneself(client)) == {}
        (kept,) = dossier(school, client).registrations.values()
        assert isinstance(kept, Scheduled)
        assert (kept.sale.id, kept.workshop) == (mine, room.workshop)
        assert not planned(school, other).seats

    @pytest.mark.rule("INS-4")
    def test_a_client_pays_what_is_due_to_accept(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        room.free()
        room.offer()
        with pytest.raises(OfferNeedsPayment) as caught:
            room.accept(client, oneself(client))
        assert caught.value.fields == {"due": Money(minor=4_000, currency=Currency.CAD)}
        with pytest.raises(NoSuchDossier):
            room.accept(client, oneself(school.client()))

    @pytest.mark.rule("INS-4")
    def test_where_nothing_is_due_the_client_accepts_at_once(self, school: School) -> None:
        room = Room(school, prices=(Money(minor=0, currency=Currency.CAD),))
        client = room.wait()
        room.free()
        room.offer()
        made = room.accept(client, oneself(client))
        assert list(planned(school, room.workshop).seats) == [made["registration"]]

    @pytest.mark.rule("INS-4")
    def test_within_48_hours_it_is_paid_in_full_or_waived(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        room.free()
        school.now(IN_60_DAYS - timedelta(hours=40))
        room.offer()
        with pytest.raises(FullPaymentNeeded):
            room.accept(client)
        with pytest.raises(ForbiddenError):
            room.accept(client, ORGANISER, waive_reason="Paie sur place.")
        made = room.accept(client, waive_reason="Paie sur place.")
        granted = school.facts(CLIENT.at(client))[-1]
        assert granted == ExceptionGranted(
            person=client,
            registration=made["registration"],
            kind=ExceptionKind.PAYMENT_WAIVED,
            reason="Paie sur place.",
        )

    @pytest.mark.rule("INS-4", "FAC-2")
    def test_staff_note_the_payment_in_the_same_act(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        room.free()
        school.now(IN_60_DAYS - timedelta(hours=40))
        room.offer()
        cheque = FirstPayment(method=PaymentMethod.CHEQUE, amount=Money(minor=37_500, currency=Currency.CAD))
        with pytest.raises(ForbiddenError):
            room.accept(client, oneself(client), payment=cheque)
        made = room.accept(client, ORGANISER, payment=cheque)
        invoice = school.state(INVOICE.at(made["invoice"]))
        assert isinstance(invoice, Issued)
        assert invoice.balance_noted.minor == 0

    @pytest.mark.rule("FAC-2")
    def test_on_an_open_registration_a_payment_is_noted_by_itself(self, school: School) -> None:
        room, client = Room(school), school.client()
        school.registration(client, room.activity)
        school.send(JoinWaitingList(client=client, workshop=room.workshop))
        room.free()
        room.offer()
        cash = FirstPayment(method=PaymentMethod.CASH, amount=Money(minor=100, currency=Currency.CAD))
        with pytest.raises(PaymentApart):
            room.accept(client, payment=cash)

    @pytest.mark.rule("CAT-3")
    def test_a_discount_is_chosen_as_in_any_sale(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        room.free()
        room.offer()
        made = room.accept(client, discount=school.discount())
        registration = dossier(school, client).registrations[made["registration"]]
        assert registration.sale.price.minor == 33_750

    @pytest.mark.rule("DOS-13")
    def test_a_red_flag_is_confirmed_by_staff_and_stops_the_client(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        flag(school, client)
        room.free()
        room.offer()
        with pytest.raises(PleaseContactUs):
            room.accept(client, oneself(client))
        with pytest.raises(RedFlagUnconfirmed):
            room.accept(client)
        room.accept(client, red_flag_confirmed=True)

    def test_registered_in_any_way_the_client_has_the_seat_offered(self, school: School) -> None:
        room = Room(school)
        client = room.wait()
        room.free()
        room.offer()
        school.send(RegisterClient(client=client, activity=room.activity, workshop=room.workshop))
        assert isinstance(school.facts(WORKSHOP.at(room.workshop))[-1], SeatTaken)
        assert not planned(school, room.workshop).waiting.entries

    def test_without_an_offer_there_is_nothing_to_accept(self, school: School) -> None:
        room = Room(school)
        with pytest.raises(NoOffer):
            room.accept(school.client())
        with pytest.raises(NoSuchDossier):
            room.accept(uuid4())
