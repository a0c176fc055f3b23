"""The catalogue edited at command height: what was sold stays, the next sale follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.catalogue.events import PhasePrice
from aggregates.catalogue.refusals import (
    ActivityNoLongerSold,
    CardPriceMissing,
    NoSuchActivity,
    NoSuchPhase,
)
from aggregates.catalogue.settings import Category, Region
from aggregates.catalogue.state import ACTIVITY, DISCOUNT, PHASE, VENUE
from aggregates.client.refusals import NoAdjustmentAsked, NoSuchDossier
from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT
from aggregates.invoice.refusals import DiscountNotValid
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.state import WORKSHOP
from commands.access import ForbiddenError
from commands.catalogue.change_activity import ChangeActivity
from commands.catalogue.change_discount import ChangeDiscount
from commands.catalogue.change_phase import ChangePhase
from commands.catalogue.change_venue import ChangeVenue
from commands.catalogue.resume_activity import ResumeActivity
from commands.catalogue.retire_activity import RetireActivity
from commands.catalogue.retire_discount import RetireDiscount
from commands.clients.ask_price_adjustment import AskPriceAdjustment
from commands.clients.refuse_price_adjustment import RefusePriceAdjustment
from commands.registrations.choose_date import ChooseDate
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import RegisterForPhase
from commands.seen_version import ChangedMeanwhile
from tests.support.write_side import ACCOUNTING, ADMIN, School, principal, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def state(school: School, stream: Any) -> Any:
    return school.side.store.load([stream])[0].state


def activity_as(activity: UUID, seen_version: int = 1, **changes: Any) -> ChangeActivity:
    """The activity as `School.activity` makes it, with these changes."""
    values: dict[str, Any] = {
        "name": "Écoute de soi",
        "category": Category.REGULAR,
        "days": 2,
        "prices": (cad(37_500), Money(minor=37_500, currency=Currency.EUR)),
        "note": None,
        "retake_price_with_card": (),
        "roster_cap_per_day": (),
    }
    return ChangeActivity(activity=activity, seen_version=seen_version, **values | changes)


def discount_as(discount: UUID, seen_version: int = 1, **changes: Any) -> ChangeDiscount:
    values: dict[str, Any] = {
        "name": "Chômage",
        "percent": 10,
        "amounts": (),
        "proof_needed": True,
        "chosen_by": (Role.CLIENT, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING),
        "valid_from": None,
        "valid_until": None,
    }
    return ChangeDiscount(discount=discount, seen_version=seen_version, **values | changes)


@pytest.mark.rule("CAT-1")
class TestWhatWasSoldStays:
    def test_a_price_change_never_changes_an_invoice_and_holds_for_the_next_one(self, school: School) -> None:
        activity, client = school.activity(), school.client()
        made = school.send(RegisterClient(client=client, activity=activity, workshop=None)).made
        invoice, file = INVOICE.at(made["invoice"]), CLIENT.at(client)
        before, sold = state(school, invoice), state(school, file)
        school.send(activity_as(activity, prices=(cad(40_000),), name="Écoute", days=3), ADMIN)
        assert (state(school, invoice), state(school, file)) == (before, sold)
        assert isinstance(before, Issued)
        assert before.balance == cad(37_500)
        other = school.send(RegisterClient(client=school.client(), activity=activity, workshop=None)).made
        assert state(school, INVOICE.at(other["invoice"])).balance == cad(40_000)

    def test_another_discount_changes_no_price_given_before(self, school: School) -> None:
        activity, discount = school.activity(), school.discount()
        command = RegisterClient(client=school.client(), activity=activity, workshop=None, discount=discount)
        invoice = INVOICE.at(school.send(command).made["invoice"])
        before = state(school, invoice)
        assert before.balance == cad(33_750)
        school.send(discount_as(discount, percent=50), ACCOUNTING)
        school.send(RetireDiscount(discount=discount), ACCOUNTING)
        assert state(school, invoice) == before

    @pytest.mark.rule("INS-2")
    def test_a_phase_price_holds_for_the_next_student_only(self, school: School) -> None:
        phase, activities = school.phase(size=2)
        first = school.send(RegisterForPhase(client=school.client(), phase=phase)).made["invoice"]
        before = state(school, INVOICE.at(first))
        prices = tuple(PhasePrice(activity=a, price=cad(30_000)) for a in activities)
        change = ChangePhase(
            phase=phase, seen_version=1, number=1, name="Phase 1", activities=activities, prices=prices
        )
        school.send(change, ADMIN)
        assert state(school, INVOICE.at(first)) == before
        second = school.send(RegisterForPhase(client=school.client(), phase=phase)).made["invoice"]
        assert state(school, INVOICE.at(second)).balance == cad(60_000)

    def test_a_planned_workshop_keeps_the_zone_of_its_venue(self, school: School) -> None:
        venue = school.venue()
        workshop = school.workshop(school.activity(), venue=venue)
        change = ChangeVenue(
            venue=venue,
            seen_version=1,
            name="Atelier du Canal",
            city="Paris",
            country="FR",
            region=Region.EUROPE,
            zone="Europe/Paris",
            address=None,
            note="Code de la porte envoyé la veille.",
        )
        school.send(change, ADMIN)
        assert (state(school, VENUE.at(venue)).city, state(school, VENUE.at(venue)).zone) == (
            "Paris",
            "Europe/Paris",
        )
        assert state(school, WORKSHOP.at(workshop)).zone == "America/Toronto"


@pytest.mark.rule("CAT-1")
class TestOffSale:
    def test_a_retired_activity_is_not_sold_and_its_registrations_go_on(self, school: School) -> None:
        activity, client = school.activity(), school.client()
        registration = school.registration(client, activity)
        school.send(RetireActivity(activity=activity), ADMIN)
        with pytest.raises(ActivityNoLongerSold):
            school.registration(school.client(), activity)
        workshop = school.workshop(activity)
        school.send(ChooseDate(client=client, registration=registration, workshop=workshop))
        assert isinstance(state(school, CLIENT.at(client)).registrations[registration], Scheduled)
        for _ in range(2):
            school.send(ResumeActivity(activity=activity), ADMIN)
        school.registration(school.client(), activity)

    def test_a_phase_with_a_retired_activity_waits_until_the_phase_is_changed(self, school: School) -> None:
        phase, activities = school.phase(size=2)
        school.send(RetireActivity(activity=activities[1]), ADMIN)
        with pytest.raises(ActivityNoLongerSold) as caught:
            school.send(RegisterForPhase(client=school.client(), phase=phase))
        assert caught.value.fields == {"activity": "Activité 2"}
        change = ChangePhase(
            phase=phase, seen_version=1, number=1, name="Phase 1", activities=activities[:1], prices=()
        )
        school.send(change, ADMIN)
        school.send(RegisterForPhase(client=school.client(), phase=phase))

    @pytest.mark.rule("CAT-4")
    def test_a_retired_discount_is_chosen_no_more(self, school: School) -> None:
        activity, discount = school.activity(), school.discount()
        school.send(RetireDiscount(discount=discount), ADMIN)
        with pytest.raises(DiscountNotValid):
            school.registration(school.client(), activity, discount=discount)


@pytest.mark.rule("CAT-1")
class TestSeenVersion:
    def test_the_same_field_changed_meanwhile_stops_the_wish_another_does_not(self, school: School) -> None:
        activity = school.activity()
        school.send(activity_as(activity, days=3), ADMIN)
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(activity_as(activity, days=1, note="Coussin"), ADMIN)
        assert caught.value.fields == {"changed": {"days": {"theirs": 3, "yours": 1}}}
        school.send(activity_as(activity, note="Coussin"), ADMIN)
        kept = state(school, ACTIVITY.at(activity))
        assert (kept.days, kept.note) == (3, "Coussin")

    @pytest.mark.rule("INS-3", "CAT-2")
    def test_a_card_price_has_to_fit_the_prices_as_they_are_merged(self, school: School) -> None:
        activity = school.activity(prices=(cad(200_000),))
        euros = Money(minor=180_000, currency=Currency.EUR)
        school.send(activity_as(activity, prices=(cad(200_000), euros)), ADMIN)
        wish = activity_as(activity, prices=(cad(200_000),), retake_price_with_card=(cad(15_000),))
        with pytest.raises(CardPriceMissing) as caught:
            school.send(wish, ADMIN)
        assert caught.value.fields == {"missing": (Currency.EUR,)}

    def test_off_sale_meanwhile_is_no_clash_and_stays(self, school: School) -> None:
        activity = school.activity()
        school.send(RetireActivity(activity=activity), ADMIN)
        school.send(activity_as(activity, note="Coussin"), ADMIN)
        kept = state(school, ACTIVITY.at(activity))
        assert (kept.note, kept.retired) == ("Coussin", True)

    def test_the_same_wish_twice_records_nothing(self, school: School) -> None:
        activity, discount = school.activity(), school.discount()
        for _ in range(2):
            school.send(activity_as(activity, days=3), ADMIN)
            school.send(discount_as(discount, percent=20), ADMIN)
        for stream in (ACTIVITY.at(activity), DISCOUNT.at(discount)):
            assert school.side.store.load([stream])[0].version == 2

    def test_a_discount_turns_from_percent_to_amounts_in_one_act(self, school: School) -> None:
        discount = school.discount()
        school.send(discount_as(discount, percent=None, amounts=(cad(4_000),)), ACCOUNTING)
        assert state(school, DISCOUNT.at(discount)).amounts == (cad(4_000),)
        with pytest.raises(ValidationError):
            discount_as(discount, amounts=(cad(4_000),))

    def test_a_phase_of_unknown_activities_is_refused(self, school: School) -> None:
        phase, activities = school.phase(size=1)
        values: dict[str, Any] = {"seen_version": 1, "number": 1, "name": "Phase 1", "prices": ()}
        with pytest.raises(NoSuchActivity):
            school.send(ChangePhase(phase=phase, activities=(uuid4(),), **values), ADMIN)
        with pytest.raises(NoSuchPhase):
            school.send(ChangePhase(phase=uuid4(), activities=activities, **values), ADMIN)
        assert state(school, PHASE.at(phase)).activities == activities

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
    def test_only_admin_edits_and_accounting_the_discounts(self, school: School, role: Role) -> None:
        who = principal(role)
        commands = [activity_as(uuid4()), RetireActivity(activity=uuid4()), ResumeActivity(activity=uuid4())]
        for command in commands:
            with pytest.raises(ForbiddenError):
                school.send(command, who)
        if role is not Role.ACCOUNTING:
            for command in (discount_as(uuid4()), RetireDiscount(discount=uuid4())):
                with pytest.raises(ForbiddenError):
                    school.send(command, who)


@pytest.mark.rule("CAT-4")
class TestPriceAdjustment:
    @pytest.mark.parametrize("role", [Role.ORGANISER, Role.OFFICE, Role.CLIENT])
    def test_staff_and_the_client_ask_accounting(self, school: School, role: Role) -> None:
        client, activity = school.client(), school.activity()
        who = principal(role, user=client if role is Role.CLIENT else None)
        wish = AskPriceAdjustment(client=client, activity=activity, reason="Deux enfants à charge.")
        for _ in range(2):
            school.send(wish, who)
        loaded = school.side.store.load([CLIENT.at(client)])[0]
        assert loaded.version == 2
        assert loaded.state.adjustments_asked == {activity: "Deux enfants à charge."}

    def test_a_foreign_dossier_or_an_unknown_activity_is_not_found(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        wish = AskPriceAdjustment(client=client, activity=activity, reason="Pour rien.")
        with pytest.raises(NoSuchDossier):
            school.send(wish, principal(Role.CLIENT))
        with pytest.raises(NoSuchActivity):
            school.send(AskPriceAdjustment(client=client, activity=uuid4(), reason="Pour rien."))

    def test_accounting_answer_no(self, school: School) -> None:
        client, activity = school.client(), school.activity()
        no = RefusePriceAdjustment(client=client, activity=activity, reason="Le rabais suffit.")
        with pytest.raises(NoAdjustmentAsked):
            school.send(no, ACCOUNTING)
        school.send(AskPriceAdjustment(client=client, activity=activity, reason="Deux enfants à charge."))
        with pytest.raises(ForbiddenError):
            school.send(no, principal(Role.OFFICE))
        for _ in range(2):
            school.send(no, ACCOUNTING)
        loaded = school.side.store.load([CLIENT.at(client)])[0]
        assert (loaded.version, loaded.state.adjustments_asked) == (3, {})
