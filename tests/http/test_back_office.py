"""What is refused over HTTP about staff users, templates, mailings and edits of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.events import PhasePrice
from aggregates.catalogue.settings import Category
from aggregates.client.events import Language
from aggregates.kernel import Currency, Money, Role
from aggregates.mailing.events import ImagePlace, Picture, TemplateKey
from commands.catalogue.add_discount import AddDiscount
from commands.catalogue.change_activity import ChangeActivity
from commands.catalogue.change_discount import ChangeDiscount
from commands.catalogue.change_phase import ChangePhase
from commands.catalogue.change_venue import ChangeVenue
from commands.catalogue.resume_activity import ResumeActivity
from commands.catalogue.retire_activity import RetireActivity
from commands.catalogue.retire_discount import RetireDiscount
from commands.clients.ask_price_adjustment import AskPriceAdjustment
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.compose_mailing import Announced, ComposeMailing, Roster
from commands.mailing.restore_template import RestoreTemplate
from commands.registrations.register_client import RegisterClient
from commands.staff.add_staff import AddStaff
from commands.staff.change_staff import ChangeStaff
from commands.staff.remove_staff import RemoveStaff
from tests.support.command_samples import sample
from tests.support.http import Door, assert_problem
from tests.support.listing import Listing, audience, listing
from tests.support.write_side import OFFICE, ORGANISER, School

NOBODY = UUID(int=4)


@pytest.mark.rule("STF-1")
class TestStaff:
    def added(self, door: Door, *roles: Role) -> tuple[UUID, str]:
        email = f"{uuid4().hex}@example.com"
        command = AddStaff(name="Aimée Côté", email=email, roles=roles or (Role.OFFICE,))
        return UUID(door.send(command, door.as_(Role.ADMIN)).json()["staff"]), email

    def changing(self, staff: UUID, email: str, **changes: Any) -> ChangeStaff:
        values: dict[str, Any] = {"name": "Aimée Côté", "roles": (Role.OFFICE,), "seen_version": 1}
        return ChangeStaff(staff=staff, email=email, **values | changes)

    def test_an_id_that_is_no_staff_user_is_not_found(self, door: Door) -> None:
        admin = door.as_(Role.ADMIN)
        for command in (self.changing(NOBODY, "a@example.com"), RemoveStaff(staff=NOBODY)):
            with door.nothing_done():
                answer = door.send(command, admin)
            assert_problem(answer, 404, "no_such_staff", "STF-1")

    def test_an_address_of_another_account_is_refused_without_repeating_it(self, door: Door) -> None:
        (staff, _), (_, taken) = self.added(door), self.added(door)
        with door.nothing_done():
            answer = door.send(self.changing(staff, taken.upper()), door.as_(Role.ADMIN))
        assert_problem(answer, 409, "staff_email_taken", "STF-1")
        assert taken not in answer.text.lower()

    def test_a_role_that_is_no_staff_role_is_refused(self, door: Door) -> None:
        staff, email = self.added(door)
        with door.nothing_done():
            answer = door.send(self.changing(staff, email, roles=(Role.CLIENT,)), door.as_(Role.ADMIN))
        assert_problem(answer, 409, "not_a_staff_role", "STF-1")

    def test_a_stale_change_is_told_with_both_values(self, door: Door) -> None:
        staff, email = self.added(door)
        admin = door.as_(Role.ADMIN)
        assert door.send(self.changing(staff, email, name="Aimée Roy"), admin).status_code == 200
        with door.nothing_done():
            answer = door.send(self.changing(staff, email, name="Aimée Lavoie"), admin)
        changed = {"name": {"theirs": "Aimée Roy", "yours": "Aimée Lavoie"}}
        assert_problem(answer, 409, "changed_meanwhile", "AUD-1", changed=changed)

    def test_nobody_takes_the_own_access_away(self, door: Door) -> None:
        staff, email = self.added(door, Role.ADMIN)
        oneself = door.as_(Role.ADMIN, user=staff)
        for command in (self.changing(staff, email), RemoveStaff(staff=staff)):
            with door.nothing_done():
                answer = door.send(command, oneself)
            assert_problem(answer, 409, "own_access", "STF-1")

    def test_who_left_sends_nothing_more_and_is_not_changed(self, door: Door) -> None:
        staff, email = self.added(door, Role.ADMIN)
        self.added(door, Role.ADMIN)  # an admin always remains
        oneself, admin = door.as_(Role.ADMIN, user=staff), door.as_(Role.ADMIN)
        assert door.send(RemoveStaff(staff=staff), admin).status_code == 200
        with door.nothing_done():
            late = door.send(self.changing(staff, email), admin)
            gone = door.send(self.changing(staff, email), oneself)
        assert_problem(late, 409, "staff_has_left", "STF-1")
        assert_problem(gone, 401, "not_logged_in", "DOS-7")


@pytest.mark.rule("COM-4")
class TestTemplates:
    def changing(self, seen_version: int = 0, **changes: Any) -> ChangeTemplate:
        values: dict[str, Any] = {"key": TemplateKey.PHASE_LETTER, "language": Language.FR}
        values |= {"subject": "Phase terminée", "body": "{cher} {prenom_client}, bravo."}
        return ChangeTemplate(seen_version=seen_version, **values | changes)

    def test_an_unknown_placeholder_is_named_with_those_allowed(self, door: Door) -> None:
        with door.nothing_done():
            answer = door.send(self.changing(body="{prenom} {solde}"), door.as_(Role.ADMIN))
        found = assert_unfilled(answer, "unknown_placeholder", "COM-4")
        assert found["fields"]["unknown"] == ["{prenom}", "{solde}"]
        assert "{phase}" in found["fields"]["allowed"]
        assert "{prenom}, {solde}" in found["detail"]
        assert "{cher}" in found["detail"]

    def test_a_stale_wording_is_told_with_both_values(self, door: Door) -> None:
        admin = door.as_(Role.ADMIN)
        assert door.send(self.changing(), admin).status_code == 200
        with door.nothing_done():
            answer = door.send(self.changing(body="{cher}"), admin)
        mine, theirs = "{cher}", "{cher} {prenom_client}, bravo."
        found = assert_unfilled(answer, "changed_meanwhile", "AUD-1")
        assert found["fields"]["changed"] == {"body": {"theirs": theirs, "yours": mine}}
        again = RestoreTemplate(key=TemplateKey.PHASE_LETTER, language=Language.FR)
        assert door.send(again, admin).status_code == 200

    @pytest.mark.parametrize(
        "changes", [{"subject": "Deux\nlignes"}, {"subject": ""}, {"body": "x" * 10_001}]
    )
    def test_a_wording_of_the_wrong_form_is_malformed(self, door: Door, changes: dict[str, str]) -> None:
        wording = {"key": "phase_letter", "language": "fr", "seen_version": 0, "subject": "a", "body": "b"}
        with door.nothing_done():
            answer = door.raw("change-template", json.dumps(wording | changes).encode(), door.as_(Role.ADMIN))
        assert_problem(answer, 422, "malformed", "COM-4")


@pytest.fixture(scope="module")
def listed(shared_database: str) -> Iterator[Listing]:
    with listing(shared_database) as made:
        yield made


@pytest.mark.usefixtures("listed")
class TestMailings:
    def writing(self, **changes: Any) -> ComposeMailing:
        values: dict[str, Any] = {"subject": "Nos dates", "text": "{cher}, voici nos dates."}
        return ComposeMailing(**values | changes)

    @pytest.mark.rule("COM-6")
    def test_words_in_capitals_are_named(self, door: Door, school: School) -> None:
        school.employ(OFFICE.user)
        loud = self.writing(subject="Un TRÈS grand jour, OK ?", audience=audience())
        with door.nothing_done():
            answer = door.send(loud)
        found = assert_problem(answer, 409, "words_in_capitals", "COM-6", words=["TRÈS", "OK"])
        assert "TRÈS, OK" in found["detail"]

    @pytest.mark.rule("COM-8")
    def test_an_audience_too_large_or_empty_says_so(
        self, door: Door, school: School, listed: Listing
    ) -> None:
        school.employ(OFFICE.user)
        persons = tuple(uuid4() for _ in range(301))
        many = self.writing(audience=audience(listed.add(*persons), persons))
        nobody = self.writing(audience=audience(uuid4(), ()))
        with door.nothing_done():
            large, empty = door.send(many), door.send(nobody)
        assert_problem(large, 409, "audience_too_large", "COM-8", found=301, most=300)
        assert_problem(empty, 409, "nobody_to_write_to", "COM-8")

    @pytest.mark.rule("COM-9")
    def test_pressure_is_told_with_the_last_announcement(self, door: Door, school: School) -> None:
        organiser, workshop = (
            door.as_(Role.ORGANISER, user=ORGANISER.user),
            school.workshop(school.activity()),
        )
        spring = audience(announces=Announced(workshop=workshop, name="Printemps"))
        assert door.send(self.writing(audience=spring), organiser).status_code == 200
        with door.nothing_done():
            answer = door.send(self.writing(audience=spring), organiser)
        found = assert_problem(
            answer, 409, "pressure_to_confirm", "COM-9", warnings=["too_soon"], announcements=1
        )
        assert "moins de deux mois" in found["detail"]

    @pytest.mark.rule("COM-5")
    def test_a_machine_without_a_staff_account_writes_to_nobody(self, door: Door) -> None:
        with door.nothing_done():
            answer = door.send(self.writing(audience=audience()), door.as_(Role.OFFICE))
        assert_problem(answer, 409, "author_not_staff", "COM-5")

    @pytest.mark.rule("COM-7")
    def test_a_mailing_to_a_roster_keeps_its_rules(self, door: Door, school: School) -> None:
        activity, organiser = school.activity(), uuid4()
        workshop = school.workshop(activity, organiser=organiser)
        registration = school.registration(school.client(), activity, workshop)
        headers = door.as_(Role.ORGANISER, user=organiser)
        roster: dict[str, Any] = {"workshop": workshop, "registrations": (registration,)}
        image = Picture(file=uuid4(), place=ImagePlace.FIRST)
        for command, code in (
            (self.writing(roster=Roster(**roster)), "roster_mail_needs_reason"),
            (self.writing(roster=Roster(**roster, reason="Salle"), image=image), "no_image_to_roster"),
        ):
            with door.nothing_done():
                answer = door.send(command, headers)
            assert_problem(answer, 409, code, "COM-7")
        waiting = self.writing(roster=Roster(**roster, reason="La salle change."))
        mailing = UUID(door.send(waiting, headers).json()["mailing"])
        assert door.send(CancelMailing(mailing=mailing)).status_code == 200
        with door.nothing_done():
            answer = door.send(ApproveMailing(mailing=mailing))
        assert_problem(answer, 409, "mailing_already_cancelled", "COM-7")

    @pytest.mark.rule("COM-6")
    def test_an_unknown_mailing_and_anothers_read_alike(self, door: Door, school: School) -> None:
        school.employ(OFFICE.user)
        others = door.send(self.writing(audience=audience())).json()["mailing"]
        organiser = door.as_(Role.ORGANISER)
        with door.nothing_done():
            answers = [door.send(CancelMailing(mailing=m), organiser) for m in (UUID(others), NOBODY)] + [
                door.send(ApproveMailing(mailing=NOBODY))
            ]
        for answer in answers:
            assert_problem(answer, 404, "no_such_mailing", "COM-6")
        assert answers[0].content == answers[1].content

    @pytest.mark.rule("COM-5")
    @pytest.mark.parametrize(
        "changes",
        [
            {"image": {"file": str(NOBODY), "place": "middle"}},
            {"attachments": [str(NOBODY)] * 21},
            {"roster": {"workshop": str(NOBODY), "registrations": []}},
            {"audience": None},
            {"audience": {"reviewed": ""}},
            {"audience": {"query": {"kind": "no_email"}, "saved": str(NOBODY)}},
            {"audience": {"query": {"kind": "no_email"}, "part": 2}},
            {"audience": {"query": {"kind": "no_email"}, "joint": [str(NOBODY)]}},
        ],
    )
    def test_a_mailing_of_the_wrong_form_is_malformed(self, door: Door, changes: dict[str, Any]) -> None:
        body = {"subject": "Dates", "text": "{cher}", "audience": {"query": {"kind": "no_email"}}} | changes
        with door.nothing_done():
            answer = door.raw("compose-mailing", json.dumps(body).encode())
        assert_problem(answer, 422, "malformed", "COM-6")


@pytest.mark.rule("CAT-1")
class TestCatalogue:
    def phase(self, phase: UUID, activities: tuple[UUID, ...], **changes: Any) -> ChangePhase:
        values: dict[str, Any] = {"seen_version": 1, "number": 1, "name": "Phase 1", "prices": ()}
        return ChangePhase(phase=phase, activities=activities, **values | changes)

    def test_what_is_not_in_the_catalogue_is_not_found(self, door: Door) -> None:
        admin = door.as_(Role.ADMIN)
        for kind, code, rule in (
            (ChangeActivity, "no_such_activity", "CAT-1"),
            (RetireActivity, "no_such_activity", "CAT-1"),
            (ResumeActivity, "no_such_activity", "CAT-1"),
            (ChangePhase, "no_such_phase", "CAT-1"),
            (ChangeVenue, "no_such_venue", "CAT-1"),
            (ChangeDiscount, "no_such_discount", "CAT-4"),
            (RetireDiscount, "no_such_discount", "CAT-4"),
        ):
            with door.nothing_done():
                answer = door.send(sample(kind), admin)
            assert_problem(answer, 404, code, rule)

    def test_a_stale_price_is_told_with_both_amounts(self, door: Door, school: School) -> None:
        admin = door.as_(Role.ADMIN)
        added = school.activity()
        changed: dict[str, Any] = {"activity": added, "seen_version": 1, "name": "Écoute de soi"}
        changed |= {"category": Category.REGULAR, "days": 2, "note": None}
        changed |= {"retake_price_with_card": (), "roster_cap_per_day": ()}
        for minor, status in ((40_000, 200), (42_000, 409)):
            price = Money(minor=minor, currency=Currency.CAD)
            answer = door.send(ChangeActivity(**changed, prices=(price,)), admin)
            assert answer.status_code == status
        found = assert_problem(answer, 409, "changed_meanwhile", "AUD-1")
        assert found["fields"]["changed"] == {
            "prices": {
                "theirs": [{"minor": 40_000, "currency": "CAD"}],
                "yours": [{"minor": 42_000, "currency": "CAD"}],
            }
        }
        assert "400,00" in found["detail"]

    def test_stale_phase_prices_are_told_without_ids_in_the_sentence(
        self, door: Door, school: School
    ) -> None:
        admin = door.as_(Role.ADMIN)
        phase, activities = school.phase(size=1)
        for minor in (30_000, 31_000):
            price = PhasePrice(activity=activities[0], price=Money(minor=minor, currency=Currency.CAD))
            answer = door.send(self.phase(phase, activities, prices=(price,)), admin)
        found = assert_problem(answer, 409, "changed_meanwhile", "AUD-1")
        theirs = {"activity": str(activities[0]), "price": {"minor": 30_000, "currency": "CAD"}}
        assert found["fields"]["changed"]["prices"]["theirs"] == [theirs]
        assert str(activities[0]) not in found["detail"]

    def test_a_price_outside_the_phase_and_a_retired_activity_are_refused(
        self, door: Door, school: School
    ) -> None:
        admin = door.as_(Role.ADMIN)
        phase, activities = school.phase(size=1)
        stray = PhasePrice(activity=NOBODY, price=Money(minor=1, currency=Currency.CAD))
        with door.nothing_done():
            answer = door.send(self.phase(phase, activities, prices=(stray,)), admin)
        assert_problem(answer, 409, "price_outside_phase", "INS-2")
        client = school.client()
        assert door.send(RetireActivity(activity=activities[0]), admin).status_code == 200
        with door.nothing_done():
            answer = door.send(RegisterClient(client=client, activity=activities[0], workshop=None))
        assert_problem(answer, 409, "activity_no_longer_sold", "CAT-1", activity="Activité 1")

    def test_a_discount_that_ends_before_it_begins_is_refused(self, door: Door, school: School) -> None:
        days = {"valid_from": date(2026, 12, 2), "valid_until": date(2026, 12, 1)}
        commands = [sample(AddDiscount, **days), sample(ChangeDiscount, discount=school.discount(), **days)]
        for command in commands:
            with door.nothing_done():
                answer = door.send(command, door.as_(Role.ACCOUNTING))
            assert_problem(answer, 409, "validity_unordered", "CAT-1")

    @pytest.mark.rule("CAT-4")
    def test_a_price_adjustment_is_asked_in_the_own_file_for_a_known_activity(
        self, door: Door, school: School
    ) -> None:
        client, other, activity = school.client(), school.client(), school.activity()
        oneself = door.as_(Role.CLIENT, user=client)

        def asking(client: UUID, activity: UUID) -> AskPriceAdjustment:
            return AskPriceAdjustment(client=client, activity=activity, reason="Deux enfants à charge.")

        assert door.send(asking(client, activity), oneself).status_code == 200
        with door.nothing_done():
            foreign = door.send(asking(other, activity), oneself)
            unknown = door.send(asking(client, NOBODY), oneself)
        assert_problem(foreign, 404, "no_such_dossier", "DOS-17")
        assert_problem(unknown, 404, "no_such_activity", "CAT-1")


def assert_unfilled(answer: Any, code: str, rule: str) -> dict[str, Any]:
    """A refusal (409) whose sentence may show the braces of placeholders; answers it."""
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["code"], found["rule"]) == (409, code, rule)
    return found
