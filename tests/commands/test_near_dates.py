"""A date within 48 h at command height: paid before it is chosen, or waived with a reason (INS-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from aggregates.catalogue.settings import Category, SaleTerms, SchoolSettings
from aggregates.client.registrations.events import DateChosen, ExceptionGranted, ExceptionKind
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.refusals import FullPaymentNeeded
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.refusals import WorkshopFull
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import ForbiddenError, Principal
from commands.catalogue.change_settings import ChangeSettings
from commands.payments.raise_price import RaisePrice
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.accept_offer import AcceptOffer
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.offer_seats import OfferSeats
from tests.support.write_side import ACCOUNTING, ADMIN, OFFICE, ORGANISER, School, Sold, principal, school_on

pytestmark = pytest.mark.rule("INS-4")
NEAR, FAR = timedelta(hours=47), timedelta(hours=49)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


class Place:
    """A place of 375.00 to which a date is given that starts so soon."""

    def __init__(self, school: School, starts_in: timedelta = NEAR, *, dated: bool = False) -> None:
        self.school, self.activity = school, school.activity()
        self.before = school.workshop(self.activity)
        self.date = school.workshop(self.activity, starts=datetime.now(UTC) + starts_in)
        self.sold: Sold = school.sold(school.client(), self.activity, self.before if dated else None)
        self.oneself = principal(Role.CLIENT, user=self.sold.client)

    def choose(self, who: Principal = OFFICE, **changes: Any) -> None:
        on = {"client": self.sold.client, "registration": self.sold.registration}
        self.school.send(ChooseDate(**{"workshop": self.date} | on | changes), who)

    @property
    def registration(self) -> Any:
        state = self.school.state(CLIENT.at(self.sold.client))
        assert isinstance(state, Dossier)
        return state.registrations[self.sold.registration]

    def pay(self, minor: int) -> None:
        self.school.paid(self.sold.client, minor, registration=self.sold.registration)

    def seats(self, workshop: UUID) -> int:
        state = self.school.state(WORKSHOP.at(workshop))
        assert isinstance(state, Planned)
        return len(state.seats)


@pytest.mark.parametrize("dated", [False, True], ids=["to schedule", "from another date"])
def test_unpaid_it_is_refused_to_everybody_and_nothing_moves(school: School, dated: bool) -> None:
    place = Place(school, dated=dated)
    place.pay(4_000)
    for who in (place.oneself, ORGANISER, OFFICE, ACCOUNTING):
        with pytest.raises(FullPaymentNeeded) as caught:
            place.choose(who)
        assert caught.value.fields == {"due": cad(37_500), "paid": cad(4_000)}
    assert isinstance(place.registration, Scheduled if dated else ToSchedule)
    assert (place.seats(place.before), place.seats(place.date)) == (int(dated), 0)


def test_once_it_is_paid_the_client_chooses_alone(school: School) -> None:
    place = Place(school, dated=True)
    place.pay(37_500)
    place.choose(place.oneself)
    assert place.registration.workshop == place.date
    assert (place.seats(place.before), place.seats(place.date)) == (0, 1)


def test_a_date_further_off_asks_for_nothing(school: School) -> None:
    place = Place(school, FAR)
    place.choose(place.oneself)
    assert place.registration.workshop == place.date


def test_office_or_accounting_waive_it_with_a_reason_that_is_kept(school: School) -> None:
    place = Place(school)
    for who in (place.oneself, ORGANISER):
        with pytest.raises(ForbiddenError):
            place.choose(who, waive_reason="Virement en route.")
    place.choose(ACCOUNTING, waive_reason="Virement en route.")
    chosen, granted = school.facts(CLIENT.at(place.sold.client))[-2:]
    assert isinstance(chosen, DateChosen)
    assert granted == ExceptionGranted(
        person=place.sold.client,
        registration=place.sold.registration,
        kind=ExceptionKind.PAYMENT_WAIVED,
        reason="Virement en route.",
    )


@pytest.mark.parametrize("needless", ["far", "paid"])
def test_a_reason_that_nobody_needed_is_not_kept(school: School, needless: str) -> None:
    place = Place(school, FAR if needless == "far" else NEAR)
    if needless == "paid":
        place.pay(37_500)
    place.choose(waive_reason="Pour rien.")
    assert isinstance(school.facts(CLIENT.at(place.sold.client))[-1], DateChosen)


def test_the_same_date_again_and_a_date_taken_off_ask_for_nothing(school: School) -> None:
    place = Place(school)
    place.choose(waive_reason="Virement en route.")
    place.choose(place.oneself)
    school.send(DeferRegistration(client=place.sold.client, registration=place.sold.registration))
    with pytest.raises(FullPaymentNeeded):
        place.choose(place.oneself)


def test_a_supplement_is_paid_too(school: School) -> None:
    place = Place(school)
    place.pay(37_500)
    wish = RaisePrice(
        client=place.sold.client,
        registration=place.sold.registration,
        amount=cad(3_750),
        reason="Sans preuve.",
    )
    school.send(wish, ACCOUNTING)
    with pytest.raises(FullPaymentNeeded) as caught:
        place.choose()
    assert caught.value.fields == {"due": cad(41_250), "paid": cad(37_500)}


def test_nobody_is_asked_to_pay_for_a_full_workshop(school: School) -> None:
    place = Place(school)
    full = school.workshop(place.activity, starts=datetime.now(UTC) + NEAR, capacity=0)
    with pytest.raises(WorkshopFull):
        place.choose(place.oneself, workshop=full)


@pytest.mark.rule("INS-5")
def test_the_hours_in_force_when_it_was_sold_hold(school: School) -> None:
    before = Place(school, FAR)
    default = SchoolSettings().terms_of(Category.REGULAR, Currency.CAD)
    stricter: SaleTerms = default.model_copy(update={"full_payment_hours": 72})
    settings = SchoolSettings(terms={c: dict.fromkeys(Currency, stricter) for c in Category})
    school.send(ChangeSettings(seen_version=0, settings=settings), ADMIN)
    after = Place(school, FAR)
    before.choose(before.oneself)
    with pytest.raises(FullPaymentNeeded):
        after.choose(after.oneself)


@pytest.mark.rule("ATE-2")
def test_a_seat_offered_on_the_waiting_list_asks_for_the_same(school: School) -> None:
    activity, holder, starts = school.activity(), school.client(), datetime.now(UTC) + timedelta(days=60)
    workshop = school.workshop(activity, starts=starts, capacity=1)
    held = school.registration(holder, activity, workshop)
    client = school.client()
    mine = school.registration(client, activity)
    school.send(JoinWaitingList(client=client, workshop=workshop))
    school.send(DeferRegistration(client=holder, registration=held))
    school.now(starts - timedelta(hours=40))
    school.send(OfferSeats(workshop=workshop))
    accept, oneself = AcceptOffer(client=client, workshop=workshop), principal(Role.CLIENT, user=client)
    with pytest.raises(FullPaymentNeeded):
        school.send(accept, oneself)
    school.send(accept.model_copy(update={"waive_reason": "Paie sur place."}))
    granted = school.facts(CLIENT.at(client))[-1]
    assert isinstance(granted, ExceptionGranted)
    assert (granted.registration, granted.reason) == (mine, "Paie sur place.")
