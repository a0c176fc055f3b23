"""Staff sell by card at command height: the seat is held, and registered once the client has paid (INS-4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.client.events import NoteKind
from aggregates.client.merging.refusals import MergedBasketBeingPaid
from aggregates.client.phases.refusals import PlaceInPhase
from aggregates.client.refusals import RedFlagUnconfirmed
from aggregates.client.registrations.events import ExceptionGranted, ExceptionKind
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.basket.events import BasketFinalised, CardSaleBegun
from aggregates.invoice.basket.refusals import BasketBeingPaid, CardAwaited, NotBeingPaid
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.refusals import FullPaymentNeeded
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Refused, Role
from aggregates.workshop.refusals import WorkshopFull
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import SYSTEM, ForbiddenError, Principal
from commands.baskets.capture_payment import CapturePayment
from commands.baskets.put_in_basket import PutInBasket
from commands.baskets.release_basket import ReleaseBasket
from commands.clients.merge_dossiers import MergeDossiers
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.write_note import WriteNote
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from tests.support.write_side import ACCOUNTING, OFFICE, ORGANISER, School, principal, school_on

pytestmark = pytest.mark.rule("INS-4", "FAC-1")


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


class Counter:
    """A client at the door of a workshop of 375.00 that starts in ten hours."""

    def __init__(self, school: School, **workshop: Any) -> None:
        self.school, self.client, self.activity = school, school.client(), school.activity()
        starts = {"starts": datetime.now(UTC) + timedelta(hours=10)}
        self.workshop = school.workshop(self.activity, **(starts | workshop))

    def wish(self, **changes: Any) -> RegisterClient:
        values: dict[str, Any] = {"client": self.client, "activity": self.activity, "workshop": self.workshop}
        return RegisterClient(**(values | {"by_card": True} | changes))

    def sell(self, who: Principal = ORGANISER, **changes: Any) -> dict[str, UUID]:
        return dict(self.school.send(self.wish(**changes), who).made)

    def pay(self, made: dict[str, UUID], minor: int = 37_500, **changes: Any) -> None:
        values: dict[str, Any] = {"basket": made["invoice"], "attempt": made["attempt"], "payment": uuid4()}
        capture = CapturePayment(client=self.client, amount=cad(minor), **(values | changes))
        self.school.send(capture, SYSTEM)

    def release(self, made: dict[str, UUID], who: Principal = ORGANISER) -> None:
        self.school.send(ReleaseBasket(client=self.client, attempt=made["attempt"]), who)

    @property
    def registrations(self) -> dict[UUID, Any]:
        state = self.school.state(CLIENT.at(self.client))
        assert isinstance(state, Dossier)
        return dict(state.registrations)

    @property
    def planned(self) -> Planned:
        state = self.school.state(WORKSHOP.at(self.workshop))
        assert isinstance(state, Planned)
        return state

    def later(self, **time: float) -> None:
        """The school as its clock shows it later."""
        side, then = self.school.side, datetime.now(UTC) + timedelta(**time)
        self.school = School(replace(side, dispatcher=replace(side.dispatcher, clock=lambda: then)))


class TestSelling:
    def test_the_seat_is_held_for_twenty_minutes_and_nothing_is_registered(self, school: School) -> None:
        door = Counter(school, capacity=1)
        made = door.sell()
        assert not door.registrations
        assert isinstance(school.state(INVOICE.at(made["invoice"])), BeingPaid)
        (hold,) = door.planned.waiting.holds.values()
        assert hold.client == door.client
        assert hold.until - datetime.now(UTC) < timedelta(minutes=20)
        with pytest.raises(WorkshopFull):
            school.registration(school.client(), door.activity, door.workshop)

    def test_paid_it_is_a_registration_with_its_invoice_and_the_card_on_it(self, school: School) -> None:
        door = Counter(school)
        made = door.sell()
        door.pay(made)
        assert isinstance(door.registrations[made["registration"]], Scheduled)
        assert list(door.planned.seats) == [made["registration"]]
        assert not door.planned.waiting.holds
        invoice = school.issued(made["invoice"])
        assert (invoice.number != "", invoice.balance) == (True, cad(0))
        assert [p.method for p in invoice.payments] == [PaymentMethod.CARD]

    def test_the_log_says_who_sold_it_and_to_whom(self, school: School) -> None:
        door = Counter(school)
        who = principal(Role.ORGANISER)
        answer = school.send(door.wish(), who)
        begun, frozen = school.facts(INVOICE.at(answer.made["invoice"]))
        assert begun == CardSaleBegun(person=door.client, outside_phase=False, verifies=False)
        assert isinstance(frozen, BasketFinalised)
        (last,) = school.side.store.read_at([answer.position])
        assert (last.fact, last.envelope.user, last.envelope.role) == (frozen, who.user, Role.ORGANISER)

    def test_less_than_the_whole_price_registers_nobody(self, school: School) -> None:
        door = Counter(school)
        door.pay(door.sell(), 37_400)
        assert not door.registrations, "the money is the client's credit"

    def test_a_date_further_away_asks_for_the_deposit_at_least(self, school: School) -> None:
        door = Counter(school, starts=datetime.now(UTC) + timedelta(days=9))
        made = door.sell()
        door.pay(made, 4_000)
        assert school.issued(made["invoice"]).balance == cad(33_500)

    def test_sent_twice_it_is_one_sale(self, school: School) -> None:
        door, id_ = Counter(school), uuid4()
        first, second = (school.send(door.wish(), ORGANISER, id_).made for _ in range(2))
        assert first == second

    @pytest.mark.rule("INS-3")
    def test_what_costs_nothing_is_registered_at_once(self, school: School) -> None:
        door = Counter(school)
        made = door.sell(trainee=True)
        assert "attempt" not in made
        assert isinstance(door.registrations[made["registration"]], Scheduled)

    @pytest.mark.rule("CAT-4")
    def test_a_discount_is_taken_off_what_the_card_pays(self, school: School) -> None:
        door, discount = Counter(school), school.discount()
        made = door.sell(OFFICE, discount=discount)
        frozen = school.facts(INVOICE.at(made["invoice"]))[-1]
        assert isinstance(frozen, BasketFinalised)
        (line,) = frozen.lines
        assert frozen.due_now == line.price
        assert line.price < cad(37_500)
        door.pay(made, line.price.minor)
        assert door.registrations[made["registration"]].sale.price == line.price

    @pytest.mark.rule("INS-15")
    def test_who_comes_late_pays_by_card_after_the_start_too(self, school: School) -> None:
        door = Counter(school, starts=datetime.now(UTC) - timedelta(minutes=10))
        made = door.sell()
        door.pay(made)
        assert made["registration"] in door.planned.seats

    def test_a_card_is_not_beside_another_payment_nor_a_waiver(self, school: School) -> None:
        door = Counter(school)
        paid = {"method": "cash", "amount": cad(37_500)}
        for beside in ({"payment": paid}, {"waive_reason": "Connue."}):
            with pytest.raises(ValidationError):
                door.wish(**beside)

    def test_without_card_or_payment_the_near_date_is_refused_and_office_may_waive(
        self, school: School
    ) -> None:
        door = Counter(school)
        with pytest.raises(FullPaymentNeeded):
            door.sell(by_card=False)
        assert door.sell(ACCOUNTING, by_card=False, waive_reason="Virement en route.")

    def test_no_client_sells_to_themselves_this_way(self, school: School) -> None:
        door = Counter(school)
        with pytest.raises(ForbiddenError):
            door.sell(principal(Role.CLIENT, user=door.client))


class TestAtOnce:
    def test_the_clients_own_basket_stays_as_it_is(self, school: School) -> None:
        door, other = Counter(school), school.activity("Autre")
        me = principal(Role.CLIENT, user=door.client)
        own = school.send(PutInBasket(client=door.client, activity=other, workshop=None), me).made["basket"]
        before = school.facts(INVOICE.at(own))
        made = door.sell()
        assert made["invoice"] != own
        school.send(PutInBasket(client=door.client, activity=door.activity, workshop=None), me)
        door.pay(made)
        assert school.facts(INVOICE.at(own))[: len(before)] == before
        assert isinstance(school.state(INVOICE.at(own)), Draft)

    def test_a_second_of_the_staff_is_told_of_the_sale_that_waits(self, school: School) -> None:
        door = Counter(school)
        made = door.sell()
        with pytest.raises(CardAwaited) as caught:
            door.sell(OFFICE, workshop=None)
        assert caught.value.fields["basket"] == made["invoice"]

    def test_registered_by_another_meanwhile_the_card_makes_no_second_place(self, school: School) -> None:
        door = Counter(school)
        made = door.sell()
        door.sell(OFFICE, by_card=False, payment={"method": "cash", "amount": cad(37_500)})
        door.pay(made)
        assert len(door.registrations) == 1
        assert not isinstance(school.state(INVOICE.at(made["invoice"])), Issued)

    def test_neither_removed_nor_merged_while_the_card_is_awaited(self, school: School) -> None:
        door, survivor = Counter(school), school.client()
        door.sell()
        with pytest.raises(BasketBeingPaid):
            school.send(RemoveDossier(client=door.client), OFFICE)
        with pytest.raises(MergedBasketBeingPaid):
            school.send(MergeDossiers(survivor=survivor, other=door.client), OFFICE)


class TestEnding:
    def test_given_up_by_staff_the_seat_is_free_and_the_next_one_may_begin(self, school: School) -> None:
        door = Counter(school, capacity=1)
        door.release(door.sell())
        assert not door.planned.waiting.holds
        made = door.sell(OFFICE)
        door.pay(made)
        assert made["registration"] in door.planned.seats

    def test_staff_do_not_end_a_clients_own_payment(self, school: School) -> None:
        door = Counter(school)
        with pytest.raises(NotBeingPaid):
            school.send(ReleaseBasket(client=door.client), OFFICE)

    def test_late_but_while_the_seat_is_free_it_completes(self, school: School) -> None:
        door = Counter(school)
        made = door.sell()
        door.later(minutes=25)
        door.release(made, SYSTEM)
        door.pay(made)
        assert made["registration"] in door.planned.seats

    def test_late_and_the_seat_gone_the_money_is_credit(self, school: School) -> None:
        door = Counter(school, capacity=1)
        made = door.sell()
        door.later(minutes=25)
        door.release(made, SYSTEM)
        other = door.wish(client=school.client(), by_card=False, waive_reason="Connue.")
        door.school.send(other, OFFICE)
        door.pay(made)
        assert not door.registrations
        state = school.state(INVOICE.at(made["invoice"]))
        assert isinstance(state, Draft)


class TestWarnings:
    @pytest.mark.rule("DOS-13")
    def test_a_red_flag_is_confirmed_first_and_kept_with_who_did(self, school: School) -> None:
        door = Counter(school)
        note = WriteNote(
            client=door.client, kind=NoteKind.ACCOUNTING, text="Chèque sans provision.", seen_version=1
        )
        school.send(note, ACCOUNTING)
        with pytest.raises(RedFlagUnconfirmed):
            door.sell()
        made = door.sell(red_flag_confirmed=True)
        granted = school.facts(CLIENT.at(door.client))[-1]
        assert granted == ExceptionGranted(
            person=door.client,
            registration=made["registration"],
            kind=ExceptionKind.RED_FLAG,
            reason=None,
        )

    @pytest.mark.rule("INS-14")
    def test_a_missing_place_of_a_phase_sold_for_a_reason_is_registered_when_paid(
        self, school: School
    ) -> None:
        door = Counter(school)
        phase = school.phase(size=2)
        student = school.send(RegisterForPhase(client=door.client, phase=phase[0]), OFFICE)
        school.cancelled(door.client, student.made["registration-1"])
        door.activity, door.workshop = phase[1][0], None  # type: ignore[assignment]
        refused: list[type[Refused]] = []
        try:
            door.sell(OFFICE)
        except PlaceInPhase as why:
            refused.append(type(why))
        assert refused
        made = door.sell(OFFICE, outside_phase_reason="Ne veut pas attendre.")
        door.pay(made)
        assert isinstance(door.registrations[made["registration"]], ToSchedule)


@pytest.mark.rule("INS-2")
class TestPhases:
    def test_a_whole_phase_with_a_near_date_is_enrolled_when_the_sum_due_is_paid(
        self, school: School
    ) -> None:
        client, (phase, activities) = school.client(), school.phase(size=3)
        near = school.workshop(activities[0], starts=datetime.now(UTC) + timedelta(hours=10))
        dates = (PhaseDate(activity=activities[0], workshop=near),)
        wish = RegisterForPhase(client=client, phase=phase, dates=dates, by_card=True)
        made = school.send(wish, ORGANISER).made
        frozen = school.facts(INVOICE.at(made["invoice"]))[-1]
        assert isinstance(frozen, BasketFinalised)
        assert frozen.due_now == frozen.lines[0].price + cad(8_000)
        capture = CapturePayment(
            client=client,
            basket=made["invoice"],
            attempt=made["attempt"],
            payment=uuid4(),
            amount=frozen.due_now,
        )
        school.send(capture, SYSTEM)
        state = school.state(CLIENT.at(client))
        assert isinstance(state, Dossier)
        assert len(state.registrations) == 3
        invoice = school.issued(made["invoice"])
        assert invoice.paid(invoice.lines[0].id) == invoice.lines[0].price
