"""Baskets at command height: a client's own way to buy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.phases.refusals import RegistrationsInPhase
from aggregates.client.refusals import BalanceNotZero, NoSuchDossier
from aggregates.client.registrations.refusals import AlreadyToSchedule, OtherActivity
from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.refusals import AlreadyInBasket, BasketBeingPaid, NoBasket, QuoteChanged
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.refusals import DiscountNotAllowed
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.refusals import WorkshopFull
from commands.access import SYSTEM, ForbiddenError, Principal
from commands.baskets.capture_payment import CapturePayment
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.baskets.put_phase_in_basket import PutPhaseInBasket
from commands.baskets.release_basket import ReleaseBasket
from commands.baskets.take_out_of_basket import TakeOutOfBasket
from commands.claims import BASKET
from commands.clients.remove_dossier import RemoveDossier
from commands.registrations.register_for_phase import PhaseDate
from tests.support.write_side import VAULT, School, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def oneself(client: UUID) -> Principal:
    return Principal(client, frozenset({Role.CLIENT}), Role.CLIENT)


def state(school: School, basket: UUID) -> Any:
    return school.side.store.load([INVOICE.at(basket)])[0].state


class TestFilling:
    @pytest.mark.rule("INS-1", "FAC-1")
    def test_what_is_put_in_lies_in_one_basket_from_every_device(self, school: School) -> None:
        client, one, two = school.client(), school.activity("Un"), school.activity("Deux")
        dated = school.workshop(two)
        me = oneself(client)
        made = school.send(PutInBasket(client=client, activity=one, workshop=None), me).made
        assert set(made) == {"basket", "item"}
        again = school.send(PutInBasket(client=client, activity=two, workshop=dated), me).made
        assert set(again) == {"item"}
        basket = state(school, made["basket"])
        assert isinstance(basket, Draft)
        assert basket.activities == {one, two}

    @pytest.mark.rule("INS-12")
    def test_never_two_equal_items(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        wish = PutInBasket(client=client, activity=activity, workshop=None)
        school.send(wish, oneself(client))
        with pytest.raises(AlreadyInBasket):
            school.send(wish, oneself(client))

    @pytest.mark.rule("INS-12")
    def test_what_is_to_schedule_is_not_bought_again(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        school.registration(client, activity)
        with pytest.raises(AlreadyToSchedule):
            school.send(PutInBasket(client=client, activity=activity, workshop=None), oneself(client))

    @pytest.mark.rule("FAC-1")
    def test_a_date_of_another_activity_is_refused(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        other = school.workshop(school.activity("Ailleurs"))
        with pytest.raises(OtherActivity):
            school.send(PutInBasket(client=client, activity=activity, workshop=other), oneself(client))

    @pytest.mark.rule("CAT-4")
    def test_discounts_for_staff_are_not_a_clients_choice(self, school: School) -> None:
        client = school.client()
        discount = school.discount(chosen_by=(Role.ACCOUNTING,))
        wish = PutInBasket(client=client, activity=school.activity(), workshop=None, discount=discount)
        with pytest.raises(DiscountNotAllowed):
            school.send(wish, oneself(client))

    @pytest.mark.rule("FAC-1")
    def test_taken_out_it_is_gone(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        me = oneself(client)
        with pytest.raises(NoBasket):
            school.send(TakeOutOfBasket(client=client, item=uuid4()), me)
        made = school.send(PutInBasket(client=client, activity=activity, workshop=None), me).made
        school.send(TakeOutOfBasket(client=client, item=made["item"]), me)
        assert not state(school, made["basket"]).items

    @pytest.mark.rule("FAC-1")
    def test_nobody_fills_anothers_basket_and_staff_fill_none(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        wish = PutInBasket(client=client, activity=activity, workshop=None)
        with pytest.raises(NoSuchDossier):
            school.send(wish, oneself(school.client()))
        with pytest.raises(ForbiddenError):
            school.send(wish)


class TestPhases:
    @pytest.mark.rule("INS-2", "FAC-1")
    def test_a_phase_is_one_item_with_a_place_per_activity(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=3)
        dated = school.workshop(activities[1])
        wish = PutPhaseInBasket(
            client=client, phase=phase, dates=(PhaseDate(activity=activities[1], workshop=dated),)
        )
        made = school.send(wish, oneself(client)).made
        item = state(school, made["basket"]).items[made["item"]]
        assert [(p.activity, p.workshop) for p in item.places] == [
            (activities[0], None),
            (activities[1], dated),
            (activities[2], None),
        ]

    @pytest.mark.rule("INS-12")
    def test_an_activity_of_the_phase_is_not_put_in_beside_it(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        school.send(PutPhaseInBasket(client=client, phase=phase), oneself(client))
        with pytest.raises(AlreadyInBasket):
            school.send(PutInBasket(client=client, activity=activities[0], workshop=None), oneself(client))

    @pytest.mark.rule("INS-11")
    def test_with_open_registrations_of_the_phase_it_goes_the_guided_way(self, school: School) -> None:
        client, (phase, activities) = school.client(), school.phase(size=2)
        school.registration(client, activities[0])
        with pytest.raises(RegistrationsInPhase):
            school.send(PutPhaseInBasket(client=client, phase=phase), oneself(client))


def finalised(school: School, client: UUID, *, total: Money, due: Money) -> tuple[UUID, UUID]:
    """The basket's id and the attempt that its payment names."""
    basket = school.side.store.log.claim_owner(BASKET, VAULT.keyed_hash(BASKET, str(client)))
    assert basket is not None
    answer = school.send(FinaliseBasket(client=client, total=total, due_now=due), oneself(client))
    return basket, answer.made["attempt"]


def cad(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.CAD)


def later(school: School, minutes: int) -> School:
    """The school as its clock shows it later."""
    side = school.side
    moved = replace(side.dispatcher, clock=lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    return School(replace(side, dispatcher=moved))


def captured(client: UUID, basket: UUID, attempt: UUID, amount: Money, **changes: Any) -> CapturePayment:
    values: dict[str, Any] = {"payment": uuid4()} | changes
    return CapturePayment(client=client, basket=basket, attempt=attempt, amount=amount, **values)


class TestBuying:
    @pytest.mark.rule("FAC-1", "FAC-2", "INS-1")
    def test_finalised_and_paid_it_is_an_invoice_with_its_seat_and_deposit(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        workshop = school.workshop(activity, capacity=1)
        school.send(PutInBasket(client=client, activity=activity, workshop=workshop), oneself(client))
        basket, attempt = finalised(school, client, total=cad(375), due=cad(40))
        with pytest.raises(WorkshopFull):
            school.registration(school.client(), activity, workshop)
        school.send(captured(client, basket, attempt, cad(40)), SYSTEM)
        invoice = state(school, basket)
        assert isinstance(invoice, Issued)
        assert (invoice.number, invoice.balance) == (f"CA-{datetime.now(UTC).year}-0001", cad(335))
        (registration,) = school.side.store.load([CLIENT.at(client)])[0].state.registrations.values()
        assert isinstance(registration, Scheduled)
        again = school.send(
            PutInBasket(client=client, activity=school.activity("B"), workshop=None), oneself(client)
        )
        assert again.made["basket"] != basket

    @pytest.mark.rule("FAC-3")
    def test_the_same_capture_twice_is_one(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        school.send(PutInBasket(client=client, activity=activity, workshop=None), oneself(client))
        basket, attempt = finalised(school, client, total=cad(375), due=cad(40))
        capture = captured(client, basket, attempt, cad(375))
        school.send(capture, SYSTEM)
        school.send(capture, SYSTEM)
        assert state(school, basket).balance == cad(0)

    @pytest.mark.rule("INS-4", "CAT-2")
    def test_a_price_shown_earlier_is_confirmed_anew(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        school.send(PutInBasket(client=client, activity=activity, workshop=None), oneself(client))
        wish = FinaliseBasket(client=client, total=cad(350), due_now=cad(40))
        with pytest.raises(QuoteChanged) as caught:
            school.send(wish, oneself(client))
        assert caught.value.fields == {"total": cad(375), "due_now": cad(40)}

    @pytest.mark.rule("FAC-1")
    def test_given_up_its_seat_is_free_and_nothing_is_left(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        workshop = school.workshop(activity, capacity=1)
        school.send(PutInBasket(client=client, activity=activity, workshop=workshop), oneself(client))
        basket, _ = finalised(school, client, total=cad(375), due=cad(40))
        school.send(ReleaseBasket(client=client), oneself(client))
        school.registration(school.client(), activity, workshop)
        assert isinstance(state(school, basket), Draft)
        with pytest.raises(WorkshopFull):
            finalised(school, client, total=cad(375), due=cad(40))

    @pytest.mark.rule("FAC-1")
    def test_the_end_of_one_attempt_is_not_that_of_the_next(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        school.send(PutInBasket(client=client, activity=activity, workshop=None), oneself(client))
        basket, first = finalised(school, client, total=cad(375), due=cad(40))
        school.send(ReleaseBasket(client=client), oneself(client))
        school.send(ReleaseBasket(client=client, attempt=first), SYSTEM)
        _, second = finalised(school, client, total=cad(375), due=cad(40))
        school.send(ReleaseBasket(client=client, attempt=first), SYSTEM)
        assert isinstance(state(school, basket), BeingPaid)
        school.send(ReleaseBasket(client=client, attempt=second), SYSTEM)
        assert isinstance(state(school, basket), Draft)
        school.send(ReleaseBasket(client=school.client(), attempt=second), SYSTEM)

    @pytest.mark.rule("FAC-1")
    def test_a_capture_after_the_hold_completes_while_the_seat_is_free(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        workshop = school.workshop(activity, capacity=1)
        school.send(PutInBasket(client=client, activity=activity, workshop=workshop), oneself(client))
        basket, attempt = finalised(school, client, total=cad(375), due=cad(40))
        school.send(ReleaseBasket(client=client), SYSTEM)
        later(school, 25).send(captured(client, basket, attempt, cad(40)), SYSTEM)
        assert isinstance(state(school, basket), Issued)

    @pytest.mark.rule("FAC-1", "FAC-3")
    def test_a_capture_for_a_seat_that_is_gone_becomes_the_clients_credit_once(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        workshop = school.workshop(activity, capacity=1)
        school.send(PutInBasket(client=client, activity=activity, workshop=workshop), oneself(client))
        basket, attempt = finalised(school, client, total=cad(375), due=cad(40))
        afterwards = later(school, 25)
        afterwards.registration(school.client(), activity, workshop)
        capture = captured(client, basket, attempt, cad(40))
        made = afterwards.send(capture, SYSTEM).made
        credit = state(school, made["credit"])
        assert (credit.client, credit.balance) == (client, cad(-40))
        assert not afterwards.send(capture, SYSTEM).made
        with pytest.raises(BalanceNotZero):
            school.send(RemoveDossier(client=client))

    @pytest.mark.rule("FAC-1", "CAT-3")
    def test_where_nothing_is_due_the_invoice_is_made_at_once(self, school: School) -> None:
        client = school.client()
        free = school.activity("Gratuit", prices=(cad(0),))
        school.send(PutInBasket(client=client, activity=free, workshop=None), oneself(client))
        basket, _ = finalised(school, client, total=cad(0), due=cad(0))
        assert isinstance(state(school, basket), Issued)

    @pytest.mark.rule("INS-2", "FAC-1")
    def test_a_phase_is_bought_as_a_whole(self, school: School) -> None:
        client, (phase, _) = school.client(), school.phase(size=3)
        school.send(PutPhaseInBasket(client=client, phase=phase), oneself(client))
        basket, attempt = finalised(school, client, total=cad(3 * 375), due=cad(3 * 40))
        school.send(captured(client, basket, attempt, cad(120)), SYSTEM)
        places = school.side.store.load([CLIENT.at(client)])[0].state.places
        assert (len(places.registrations), len(places.enrolments)) == (3, 1)
        assert [state(school, basket).paid(line.id) for line in state(school, basket).lines] == [cad(40)] * 3

    @pytest.mark.rule("INS-12", "FAC-1")
    def test_what_staff_registered_meanwhile_is_not_bought_a_second_time(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        school.send(PutInBasket(client=client, activity=activity, workshop=None), oneself(client))
        basket, attempt = finalised(school, client, total=cad(375), due=cad(40))
        school.registration(client, activity)
        made = school.send(captured(client, basket, attempt, cad(40)), SYSTEM).made
        assert state(school, made["credit"]).balance == cad(-40)
        assert len(school.side.store.load([CLIENT.at(client)])[0].state.registrations) == 1


@pytest.mark.rule("DOS-8", "FAC-1")
class TestLeaving:
    def test_an_open_basket_is_emptied(self, school: School) -> None:
        client = school.client()
        wish = PutInBasket(client=client, activity=school.activity(), workshop=None)
        basket = school.send(wish, oneself(client)).made["basket"]
        assert "erased" in school.send(RemoveDossier(client=client), oneself(client)).made
        assert state(school, basket).items == {}

    def test_not_while_its_payment_is_awaited(self, school: School) -> None:
        client = school.client()
        school.send(PutInBasket(client=client, activity=school.activity(), workshop=None), oneself(client))
        finalised(school, client, total=cad(375), due=cad(40))
        with pytest.raises(BasketBeingPaid):
            school.send(RemoveDossier(client=client), oneself(client))
        school.send(ReleaseBasket(client=client), oneself(client))
        assert "erased" in school.send(RemoveDossier(client=client), oneself(client)).made
