"""Who tries to sign up and has a dossier leaves the office a to-do, with the way to give access (DOS-4)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import DossierMatch, SecondDossierAttempted, SecondDossierSettled
from aggregates.client.refusals import NoSuchDossier
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.settle_second_dossier import SettleSecondDossier
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import OFFICE, School

pytestmark = pytest.mark.rule("DOS-4")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def attempted(models: Projecting, client: UUID, match: DossierMatch = DossierMatch.PERSON) -> None:
    models.given((client, SecondDossierAttempted(match=match)))


def waits(models: Projecting) -> set[UUID]:
    models.catch_up()
    return {row["client"] for row in models.rows("to_dos_second_dossier")}


def test_the_office_is_led_from_the_to_do_to_the_link_or_says_that_it_is_settled(
    door: Door, school: School, models: Projecting
) -> None:
    son, mother = (school.client(email=f"{uuid4().hex}@example.com") for _ in range(2))
    known = school.client(email=f"{uuid4().hex}@example.com")
    for client in (son, son, mother):
        attempted(models, client)
    attempted(models, known, DossierMatch.EMAIL)
    assert waits(models) == {son, mother}, "who gave the address of the dossier was sent a link"
    places = {client: f"/dossiers/{client}/deuxieme-inscription" for client in (son, mother)}
    home = Page(door, "/a-faire", Role.OFFICE)
    assert all(f'href="{place}"' in home.text for place in places.values())
    assert places[son] not in Page(door, "/a-faire", Role.ORGANISER).text
    page = Page(door, places[mother], Role.OFFICE)
    assert "Envoyer le lien d’accès" in page.text
    invited = page.send(places[mother], {"act": "invite"})
    assert (invited.status_code, "fait=invited" in invited.headers["location"]) == (303, True)
    assert waits(models) == {son}
    assert Page(door, places[son], Role.OFFICE).send(places[son], {"act": "settle"}).status_code == 303
    assert waits(models) == set()
    assert school.facts(CLIENT.at(son))[-1] == SecondDossierSettled()
    before = len(school.facts(CLIENT.at(son)))
    school.send(SettleSecondDossier(client=son), OFFICE)
    assert len(school.facts(CLIENT.at(son))) == before, "settled twice is settled"
    attempted(models, son)
    assert waits(models) == {son}, "another attempt is another to-do"
    school.send(RemoveDossier(client=son))
    assert waits(models) == set()
    with pytest.raises(NoSuchDossier):
        school.send(SettleSecondDossier(client=uuid4()), OFFICE)
