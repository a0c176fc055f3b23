"""Wordings over the API: all of them, the school's own or the default, with what they know (COM-4)."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.events import TemplateKey
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.restore_template import RestoreTemplate
from tests.read_api.conftest import School
from tests.support.write_side import ADMIN

pytestmark = pytest.mark.rule("COM-4")


def templates(school: School, **headers: str) -> dict[str, Any]:
    answer = school.http.get("/api/templates", headers=school.as_(Role.ADMIN) | headers)
    assert answer.status_code == 200, answer.text
    return {item["key"]: item for item in answer.json()["items"]}


def test_every_mail_is_there_in_both_languages_with_its_placeholders(school: School) -> None:
    found = templates(school)
    assert list(found) == [key.value for key in TemplateKey]
    reminder = found["reminder"]
    assert reminder["name"] == "rappel une semaine avant"
    assert reminder["version"] == 0
    assert {"cher", "activite", "solde"} <= set(reminder["placeholders"])
    assert [(w["language"], w["own"]) for w in reminder["wordings"]] == [("fr", False), ("en", False)]
    assert reminder["wordings"][0]["subject"] == "Rappel : {activite}"
    assert templates(school, **{"Accept-Language": "en"})["reminder"]["name"] != reminder["name"]


def test_the_schools_own_stands_there_with_who_changed_it_and_the_version_to_change_it_by(
    school: School,
) -> None:
    key = TemplateKey.WAITING_LIST_OFFER
    wish = ChangeTemplate(key=key, language=Language.EN, seen_version=0, subject="Free!", body="{cher}")
    school.written.send(wish, ADMIN)
    school.models.catch_up()
    offer = templates(school)[key.value]
    assert offer["version"] == 1
    french, english = offer["wordings"]
    assert (french["own"], french["changed_by"]) == (False, None)
    assert (english["own"], english["subject"], english["body"]) == (True, "Free!", "{cher}")
    assert english["changed_at"] is not None
    school.written.send(RestoreTemplate(key=key, language=Language.EN), ADMIN)
    school.models.catch_up()
    offer = templates(school)[key.value]
    assert offer["version"] == 2, "what is changed next must have seen that"
    assert offer["wordings"][1]["own"] is False


@pytest.mark.parametrize("role", [Role.CLIENT, Role.TRAINER, Role.ORGANISER, Role.ACCOUNTING])
def test_others_do_not_see_them(school: School, role: Role) -> None:
    assert school.get("templates", role).status_code == 403


class TestPreview:
    def test_a_real_client_reads_it_before_it_is_saved(self, school: School) -> None:
        wording = "subject=Bientôt {activite}&body={cher} {prenom_client}, {prix} <b>"
        query = f"client={school.eloise}&{wording}"
        answer = school.get(f"templates/reminder/preview?{query}", Role.ADMIN)
        assert answer.status_code == 200, answer.text
        seen = answer.json()
        assert seen["subject"] == "Bientôt Écoute de soi"
        assert seen["text"].startswith("Chère Éloïse, ")
        assert "&lt;b&gt;" in seen["html"]
        assert "<b>" not in seen["html"]

    def test_the_wording_in_force_is_shown_without_one_of_ones_own(self, school: School) -> None:
        answer = school.get(f"templates/waiting_list_offer/preview?client={school.eloise}", Role.OFFICE)
        assert "[lien_offre]" in answer.json()["text"]

    def test_what_it_does_not_know_is_refused_and_others_may_not(self, school: School) -> None:
        wrong = school.get(f"templates/reminder/preview?client={school.eloise}&body={{nimporte}}", Role.ADMIN)
        assert wrong.json()["code"] == "unknown_placeholder"
        assert school.get(f"templates/reminder/preview?client={school.gone}", Role.ADMIN).status_code == 404
        for role in (Role.CLIENT, Role.TRAINER, Role.ORGANISER, Role.AUDITOR):
            assert school.get(f"templates/reminder/preview?client={school.eloise}", role).status_code == 403
