"""Baskets at command height: a client's own way to buy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.refusals import NoSuchDossier
from aggregates.client.registrations.refusals import (
    AlreadyToSchedule,
    OtherActivity,
    RegistrationsInPhase,
)
from aggregates.invoice.basket.refusals import AlreadyInBasket, NoBasket
from aggregates.invoice.basket.state import Draft
from aggregates.invoice.refusals import DiscountNotAllowed
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from commands.access import ForbiddenError, Principal
from commands.baskets.put_in_basket import PutInBasket
from commands.baskets.put_phase_in_basket import PutPhaseInBasket
from commands.baskets.take_out_of_basket import TakeOutOfBasket
from commands.registrations.register_for_phase import PhaseDate
from tests.support.write_side import School, school_on


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
