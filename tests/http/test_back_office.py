"""What is refused over HTTP about staff users, templates and mailings; nothing half done."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.events import ImagePlace, Picture, TemplateKey
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.compose_mailing import Announced, Audience, ComposeMailing, Roster
from commands.mailing.restore_template import RestoreTemplate
from commands.staff.add_staff import AddStaff
from commands.staff.change_staff import ChangeStaff
from commands.staff.remove_staff import RemoveStaff
from tests.support.http import Door, assert_problem
from tests.support.write_side import School

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


class TestMailings:
    def writing(self, **changes: Any) -> ComposeMailing:
        values: dict[str, Any] = {"subject": "Nos dates", "text": "{cher}, voici nos dates."}
        return ComposeMailing(**values | changes)

    @pytest.mark.rule("COM-6")
    def test_words_in_capitals_are_named(self, door: Door) -> None:
        loud = self.writing(subject="Un TRÈS grand jour, OK ?", audience=Audience(found=(NOBODY,)))
        with door.nothing_done():
            answer = door.send(loud)
        found = assert_problem(answer, 409, "words_in_capitals", "COM-6", words=["TRÈS", "OK"])
        assert "TRÈS, OK" in found["detail"]

    @pytest.mark.rule("COM-8")
    def test_an_audience_too_large_or_empty_says_so(self, door: Door) -> None:
        many = self.writing(audience=Audience(found=tuple(UUID(int=n) for n in range(301))))
        with door.nothing_done():
            large, empty = door.send(many), door.send(self.writing(audience=Audience(found=())))
        assert_problem(large, 409, "audience_too_large", "COM-8", found=301, most=300)
        assert_problem(empty, 409, "nobody_to_write_to", "COM-8")

    @pytest.mark.rule("COM-9")
    def test_pressure_is_told_with_the_last_announcement(self, door: Door) -> None:
        organiser = door.as_(Role.ORGANISER)
        audience = Audience(found=(NOBODY,), announces=Announced(city="Lyon", name="Printemps"))
        assert door.send(self.writing(audience=audience), organiser).status_code == 200
        with door.nothing_done():
            answer = door.send(self.writing(audience=audience), organiser)
        found = assert_problem(
            answer, 409, "pressure_to_confirm", "COM-9", warnings=["too_soon"], announcements=1
        )
        assert "moins de deux mois" in found["detail"]

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
    def test_an_unknown_mailing_and_anothers_read_alike(self, door: Door) -> None:
        others = door.send(self.writing(audience=Audience(found=(NOBODY,)))).json()["mailing"]
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
        ],
    )
    def test_a_mailing_of_the_wrong_form_is_malformed(self, door: Door, changes: dict[str, Any]) -> None:
        body = {"subject": "Dates", "text": "{cher}", "audience": {"found": [str(NOBODY)]}} | changes
        with door.nothing_done():
            answer = door.raw("compose-mailing", json.dumps(body).encode())
        assert_problem(answer, 422, "malformed", "COM-6")


def assert_unfilled(answer: Any, code: str, rule: str) -> dict[str, Any]:
    """A refusal (409) whose sentence may show the braces of placeholders; answers it."""
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["code"], found["rule"]) == (409, code, rule)
    return found
