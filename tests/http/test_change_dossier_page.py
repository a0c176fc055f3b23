"""What staff change of a dossier on its page: particulars, notes, card, interests, billing (DOS-13)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from uuid import UUID, uuid4

import httpx2
import pytest

from aggregates.client.events import NoteKind
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture
def client(school: School, models: Projecting) -> UUID:
    made = school.client(last_name="Œuvrard", first_name="Ève", postal_code=uuid4().hex[:6], email=None)
    models.catch_up()
    return made


def path_of(client: UUID) -> str:
    return f"/dossiers/{client}/modifier"


def file_of(school: School, client: UUID) -> Dossier:
    found = school.state(CLIENT.at(client))
    assert isinstance(found, Dossier)
    return found


def sent(
    door: Door, client: UUID, act: str, values: Mapping[str, str], role: Role = Role.OFFICE
) -> httpx2.Response:
    path = path_of(client)
    page = Page(door, path, role)
    return page.send(path, {"act": act, "seen_version": page.hidden("seen_version"), **values})


_PROFILE = {"first_name": "Ève", "last_name": "Œuvrard", "country": "CA", "language": "fr"}


@pytest.mark.rule("DOS-19", "COM-10")
def test_a_telephone_is_corrected_and_two_at_once_see_each_other(
    door: Door, school: School, client: UUID
) -> None:
    path = path_of(client)
    first, second = Page(door, path, Role.OFFICE), Page(door, path, Role.ORGANISER)
    assert 'value="Œuvrard"' in first.text
    kept = {"postal_code": str(file_of(school, client).postal_code), **_PROFILE}
    typed = {"act": "profile", "seen_version": first.hidden("seen_version"), **kept}
    assert first.send(path, {**typed, "telephone": "450 555-0199"}).status_code == 303
    assert file_of(school, client).telephone == "450 555-0199"
    clash = second.send(path, {**typed, "telephone": "450 555-0100"})
    assert clash.status_code == 409
    assert "450 555-0100" in clash.text
    wrong = sent(door, client, "profile", {**kept, "email": "pas une adresse"})
    assert 'class="error"' in wrong.text


@pytest.mark.rule("DOS-13", "DOS-14")
def test_the_communications_lead_to_a_general_note_and_an_interest(
    door: Door, models: Projecting, client: UUID
) -> None:
    models.catch_up()
    page = Page(door, f"/dossiers/{client}?onglet=communications", Role.ORGANISER)
    tab = page.text
    for led_to, summary in (("note-general", "Note générale"), ("interest", "Intérêts")):
        path = f"{path_of(client)}?ouvrir={led_to}"
        assert f'href="{path}"' in tab
        opened = re.findall(r'<details class="act" open><summary>([^<]*)', page.open(path))
        assert [text.strip() for text in opened] == [summary]


@pytest.mark.rule("DOS-13")
def test_the_red_flag_is_written_and_taken_back(door: Door, school: School, client: UUID) -> None:
    typed = {"kind": "accounting", "text": "Solde de 2024", "no_online_registration": "on"}
    assert sent(door, client, "note", typed, Role.ACCOUNTING).status_code == 303
    note = file_of(school, client).notes[NoteKind.ACCOUNTING]
    assert (note.text, note.no_online_registration) == ("Solde de 2024", True)
    assert sent(door, client, "note", typed, Role.ORGANISER).status_code == 403
    assert sent(door, client, "note", {"kind": "accounting", "text": ""}).status_code == 303
    assert NoteKind.ACCOUNTING not in file_of(school, client).notes


@pytest.mark.rule("DOS-14", "DOS-20", "DOS-16", "DOS-6", "DOS-18")
def test_interest_card_billing_relative_and_a_no_are_recorded(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity = school.activity("Autonomie affective")
    models.catch_up()
    acts: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("interest", {"interest": f"activity:{activity}"}),
        ("card", {"valid_from": "2026-01-01"}),
        ("billing", {"name": "Coopérative du Parc"}),
        ("relative", {"email": "soeur@example.com", "via": "sa sœur Léa"}),
        ("preference", {"channel": "post", "source": "appel du 3 mars"}),
    )
    for act, values in acts:
        assert sent(door, client, act, values).status_code == 303, act
    models.catch_up()
    page = Page(door, path_of(client), Role.OFFICE).text
    for words in ("Autonomie affective", "Coopérative du Parc", "via sa sœur Léa"):
        assert words in page
    assert sent(door, client, "card", {"valid_from": "2026-01-01"}, Role.ORGANISER).status_code == 403
    back: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("no_interest", {"interest": f"activity:{activity}"}),
        ("no_card", {}),
        ("no_relative", {}),
    )
    for act, values in back:
        assert sent(door, client, act, values).status_code == 303, act
    assert file_of(school, client).card is None
