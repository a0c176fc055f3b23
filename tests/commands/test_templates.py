"""Templates at command height: overwritten with the version seen, restored, refused when wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.events import TemplateKey
from aggregates.mailing.refusals import UnknownPlaceholder
from aggregates.mailing.state import TEMPLATE, Template, Wording, template_id
from commands.access import ForbiddenError
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.restore_template import RestoreTemplate
from commands.seen_version import ChangedMeanwhile
from tests.support.write_side import ADMIN, School, principal, school_on

KEY = TemplateKey.REMINDER
FR = Language.FR
pytestmark = pytest.mark.rule("COM-4")


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def changing(seen_version: int = 0, **changes: Any) -> ChangeTemplate:
    values: dict[str, Any] = {
        "key": KEY,
        "language": FR,
        "subject": "Rappel : {activite}",
        "body": "{cher} {prenom_client}, à bientôt.",
    }
    return ChangeTemplate(seen_version=seen_version, **values | changes)


def template(school: School, key: TemplateKey = KEY) -> Template:
    state = school.side.store.load([TEMPLATE.at(template_id(key))])[0].state
    assert isinstance(state, Template)
    return state


def test_each_mail_and_language_has_its_own_wording(school: School) -> None:
    school.send(changing(), ADMIN)
    school.send(changing(1, language=Language.EN, subject="Reminder", body="{cher}"), ADMIN)
    assert template(school).wordings == {
        FR: Wording("Rappel : {activite}", "{cher} {prenom_client}, à bientôt."),
        Language.EN: Wording("Reminder", "{cher}"),
    }
    assert template(school, TemplateKey.DATE_CHOSEN).wordings == {}


def test_the_default_wording_comes_back_and_may_be_changed_again(school: School) -> None:
    school.send(changing(), ADMIN)
    for _ in range(2):
        school.send(RestoreTemplate(key=KEY, language=FR), ADMIN)
    assert template(school).wordings == {}
    assert school.side.store.load([TEMPLATE.at(template_id(KEY))])[0].version == 2
    school.send(changing(2, subject="À bientôt"), ADMIN)
    assert template(school).wordings[FR].subject == "À bientôt"


def test_the_same_part_changed_meanwhile_stops_the_wish_another_does_not(school: School) -> None:
    school.send(changing(), ADMIN)
    school.send(changing(1, subject="À bientôt"), ADMIN)
    with pytest.raises(ChangedMeanwhile) as caught:
        school.send(changing(1, subject="Bientôt", body="{cher}"), ADMIN)
    assert caught.value.fields == {"changed": {"subject": {"theirs": "À bientôt", "yours": "Bientôt"}}}
    school.send(changing(1, body="{cher} {nom_client}"), ADMIN)
    assert template(school).wordings[FR] == Wording("À bientôt", "{cher} {nom_client}")


def test_the_other_language_changed_meanwhile_is_no_clash(school: School) -> None:
    school.send(changing(language=Language.EN), ADMIN)
    school.send(changing(0), ADMIN)
    assert set(template(school).wordings) == set(Language)


def test_a_first_wording_of_somebody_else_is_not_overwritten_unseen(school: School) -> None:
    school.send(changing(), ADMIN)
    with pytest.raises(ChangedMeanwhile):
        school.send(changing(0, body="{cher}"), ADMIN)


def test_who_changes_what_was_restored_meanwhile_is_told(school: School) -> None:
    school.send(changing(), ADMIN)
    school.send(RestoreTemplate(key=KEY, language=FR), ADMIN)
    with pytest.raises(ChangedMeanwhile) as caught:
        school.send(changing(1, body="{cher}"), ADMIN)
    assert caught.value.fields == {"changed": {"body": {"theirs": None, "yours": "{cher}"}}}
    school.send(changing(1), ADMIN)
    assert template(school).wordings == {}


def test_an_unknown_placeholder_saves_nothing(school: School) -> None:
    with pytest.raises(UnknownPlaceholder):
        school.send(changing(body="{cher} {lien_activation}"), ADMIN)
    assert template(school).wordings == {}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_nobody_but_an_admin_may(school: School, role: Role) -> None:
    for command in (changing(), RestoreTemplate(key=KEY, language=FR)):
        with pytest.raises(ForbiddenError):
            school.send(command, principal(role))
