"""A dossier is removed, deleted by two persons, and restored on pages that say what will follow."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
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


def page_of(client: UUID, part: str = "retrait") -> str:
    return f"/dossiers/{client}/{part}"


@pytest.mark.rule("DOS-8", "DOS-9")
def test_what_a_removal_would_come_to_is_said_before_and_the_dossier_is_restored(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client(last_name="Vaillancourt")
    registration = school.registration(client, school.activity())
    models.catch_up()
    hindered = Page(door, page_of(client), Role.OFFICE)
    assert "il reste un solde" in hindered.text
    assert "Retirer le dossier de" not in hindered.text.partition("<h1>")[2]
    refused = hindered.send(page_of(client), {"act": "remove"})
    assert "DOS-8" in refused.text
    school.cancelled(client, registration)
    models.catch_up()
    page = Page(door, page_of(client), Role.OFFICE)
    assert "Restent : le nom, le code postal" in page.text
    assert page.send(page_of(client), {"act": "remove"}).status_code == 303
    assert isinstance(school.state(CLIENT.at(client)), DeactivatedDossier)

    models.catch_up()
    place = page_of(client, "restaurer")
    assert f'href="{place}"' in Page(door, f"/dossiers/{client}", Role.OFFICE).text
    typed = {"email": "zoe", "country": "CA", "city": "Laval"}
    assert 'value="zoe"' in Page(door, place, Role.OFFICE).send(place, typed).text
    right = typed | {"email": f"{client.hex}@example.com"}
    assert Page(door, place, Role.OFFICE).send(place, right).status_code == 303
    assert isinstance(school.state(CLIENT.at(client)), Dossier)
    models.catch_up()
    assert door.http.get(place, headers=door.as_(Role.OFFICE)).status_code == 404


@pytest.mark.rule("DOS-10")
def test_a_deletion_takes_two_persons_and_its_reason(door: Door, school: School, models: Projecting) -> None:
    client = school.client()
    models.catch_up()
    path = page_of(client)
    proposing = Page(door, path, Role.OFFICE)
    assert "Rien ne pourra être rétabli" in proposing.text
    assert 'aria-invalid="true"' in proposing.send(path, {"act": "propose"}).text
    wish = {"act": "propose", "reason": "A téléphoné : ne veut plus rien."}
    assert Page(door, path, Role.OFFICE).send(path, {"act": "approve"}).status_code == 409
    assert proposing.send(path, wish).status_code == 303
    models.catch_up()
    own = door.http.get(path, headers=proposing.headers).text
    assert "Une autre personne de l’administration doit l’approuver" in own
    assert "Approuver la suppression" not in own
    second = Page(door, path, Role.OFFICE)
    assert "A téléphoné" in second.text
    assert second.send(path, {"act": "approve"}).status_code == 303
    assert isinstance(school.state(CLIENT.at(client)), ErasedDossier)


@pytest.mark.rule("DOS-8", "DOS-10")
def test_a_proposal_is_withdrawn_and_an_unknown_act_is_none(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client()
    models.catch_up()
    path = page_of(client)
    Page(door, path, Role.OFFICE).send(path, {"act": "propose", "reason": "Ne veut plus rien."})
    assert Page(door, path, Role.OFFICE).send(path, {"act": "withdraw"}).status_code == 303
    kept = school.state(CLIENT.at(client))
    assert isinstance(kept, Dossier)
    assert kept.deletion is None
    assert Page(door, path, Role.OFFICE).send(path, {"act": "erase"}).status_code == 404
    assert door.http.get(page_of(UUID(int=5)), headers=door.as_(Role.OFFICE)).status_code == 404
