"""An organiser is given a region on « Équipe », and everything of its workshops opens (STF-1)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from aggregates.links import LinkPurpose
from commands.access import SYSTEM
from commands.clients.begin_impersonation import BeginImpersonation
from commands.entering.choose_password import ChoosePassword
from commands.sessions import hash_password
from commands.workshops.cancel_workshop import CancelWorkshop
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door, assert_problem
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import VAULT, School

pytestmark = pytest.mark.rule("STF-1")
MARCH = datetime(2027, 3, 6, 14, tzinfo=UTC)
NEAR_LAVAL = '{"kind":"near","city":"Laval","country":"CA","km":40}'


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@dataclass
class Team:
    """The page « Équipe », and two workshops that others organise: in Lyon and in Laval."""

    page: Page
    lyon: UUID
    laval: UUID
    client: UUID
    """Who has a seat in Lyon."""


@pytest.fixture(scope="module")
def team(door: Door, school: School, models: Projecting) -> Team:
    school.now(datetime(2027, 2, 1, tzinfo=UTC))
    page = Page(door, "/equipe", Role.ADMIN)
    school.employ(page.user, roles=(Role.ADMIN,))
    activity, client = school.activity("Écoute de soi"), school.client()
    place = {"city": "Lyon", "country": "FR", "region": Region.EUROPE, "zone": "Europe/Paris"}
    lyon = school.workshop(activity, starts=MARCH, venue=school.venue(**place), zone="Europe/Paris")
    laval = school.workshop(activity, starts=MARCH, venue=school.venue())
    school.registration(client, activity, lyon)
    models.catch_up()
    return Team(page, lyon, laval, client)


def invited(door: Door, team: Team, *regions: str, roles: tuple[str, ...] = ("organiser",)) -> Page:
    """Aimée, whom the admin invited with these regions and who has chosen a password."""
    school, email = door.school, f"{uuid4().hex}@example.com"
    team.page.open("/equipe")
    filled = {"act": "add", "name": "Aimée Côté", "email": email}
    answer = team.page.send("/equipe", {**filled, "roles": list(roles), "regions": list(regions)})
    assert answer.status_code == 303, answer.text
    with school.side.pool.connection() as connection:
        staff = school.side.store.log.claim_owner("email", VAULT.keyed_hash("email", email), connection)
    assert staff is not None
    chosen = ChoosePassword(
        person=staff,
        staff=True,
        purpose=LinkPurpose.INVITATION,
        number=1,
        hashed=SecretStr(hash_password("une phrase assez longue")),
    )
    school.send(chosen, SYSTEM)
    return Page(door, "/", *map(Role, roles), user=staff)


def reaches(aimee: Page, workshop: UUID) -> bool:
    """Whether the list of participants opens, on the page and as a file, and everything else with it."""
    paths = [
        f"/ateliers/{workshop}/participants",
        f"/ateliers/{workshop}/modifier",
        f"/ateliers/{workshop}/fermeture",
        f"/ateliers/{workshop}/historique",
        f"/api/workshops/{workshop}/roster",
        f"/api/workshops/{workshop}/roster/export",
        f"/api/workshops/{workshop}/roster/pdf",
    ]
    statuses = {aimee.http.get(path, headers=aimee.headers).status_code for path in paths}
    assert statuses in ({200}, {404}), statuses
    return statuses == {200}


def test_with_a_region_its_workshops_are_as_the_own_ones(door: Door, team: Team, models: Projecting) -> None:
    aimee = invited(door, team, "europe")
    models.catch_up()
    assert "<small>Europe</small>" in team.page.open("/equipe")
    assert (reaches(aimee, team.lyon), reaches(aimee, team.laval)) == (True, False)
    home = aimee.open("/")
    assert (str(team.lyon) in home, str(team.laval) in home) == (True, False), "the next workshops"
    found = aimee.open("/recherche?q=ecoute")
    assert (str(team.lyon) in found, str(team.laval) in found) == (True, False)
    announced = aimee.open("/envois/nouveau?" + urlencode({"requete": NEAR_LAVAL}))
    assert (str(team.lyon) in announced, str(team.laval) in announced) == (True, False)
    machine = door.as_(Role.ORGANISER, user=aimee.user)
    looks = BeginImpersonation(client=team.client, reason="Elle ne trouve pas sa facture.")
    assert door.send(looks, machine).status_code == 200, "somebody on a list of theirs"
    with door.nothing_done():
        refused = door.send(CancelWorkshop(workshop=team.laval, reason="Inondée."), machine)
    assert_problem(refused, 404, "no_such_workshop", "ATE-1")


def test_the_catalogue_and_the_team_say_who_has_which_region(
    door: Door, team: Team, models: Projecting
) -> None:
    aimee, other = invited(door, team, "europe", "abroad"), invited(door, team)
    models.catch_up()
    answer = door.http.get("/api/catalogue", headers=door.as_(Role.TRAINER)).json()
    regions = {row["id"]: row["regions"] for row in answer["staff"]}
    assert regions[str(aimee.user)] == ["europe", "abroad"]
    assert regions[str(other.user)] == []
    team.page.open("/equipe")
    assert "<small>Europe, ailleurs dans le monde</small>" in team.page.text


def test_the_own_calendar_says_where_she_must_be(door: Door, team: Team) -> None:
    aimee = invited(door, team, "europe")
    aimee.open("/calendrier")
    assert aimee.send("/calendrier", {"act": "open"}).status_code == 303
    found = re.search(r"/calendrier/[^\"]+\.ics", aimee.open("/calendrier"))
    assert found is not None
    assert "SUMMARY" not in door.http.get(found[0]).text


def test_without_one_there_are_only_the_own_ones(door: Door, team: Team, models: Projecting) -> None:
    aimee = invited(door, team)
    models.catch_up()
    assert not reaches(aimee, team.lyon)
    assert not reaches(aimee, team.laval)
    home = aimee.open("/")
    assert str(team.lyon) not in home
    assert str(team.laval) not in home


def test_a_region_taken_away_ends_the_session_and_the_reach(
    door: Door, team: Team, models: Projecting
) -> None:
    aimee = invited(door, team, "europe", "canada")
    models.catch_up()
    assert reaches(aimee, team.lyon)
    assert reaches(aimee, team.laval)
    text = team.page.open("/equipe")
    row = text[text.index(str(aimee.user)) :]
    seen = row.partition('name="seen_version" value="')[2].partition('"')[0]
    kept = {"act": "change", "staff": str(aimee.user), "seen_version": seen, "name": "Aimée Côté"}
    kept |= {"email": f"{uuid4().hex}@example.com", "roles": "organiser", "regions": "canada"}
    assert team.page.send("/equipe", kept).status_code == 303
    assert aimee.http.get("/api/workshops", headers=aimee.headers).status_code == 401
    again = Page(door, "/", Role.ORGANISER, user=aimee.user)
    assert (reaches(again, team.lyon), reaches(again, team.laval)) == (False, True)


@pytest.mark.parametrize("role", ["trainer", "office"])
def test_a_region_of_who_does_not_organise_is_refused_in_words(door: Door, team: Team, role: str) -> None:
    team.page.open("/equipe")
    filled = {"act": "add", "name": "Luc Roy", "email": f"{uuid4().hex}@example.com"}
    answer = team.page.send("/equipe", {**filled, "roles": role, "regions": "europe"})
    assert answer.status_code == 409
    text = html.unescape(answer.text)
    assert "Les régions sont celles de qui organise des ateliers" in text
    assert "STF-1" in text
    assert 'value="europe" checked' in text, "what was ticked stays"


def test_nobody_gives_themselves_a_region(door: Door, team: Team, models: Projecting) -> None:
    text = team.page.open("/equipe")
    row = text[text.index(str(team.page.user)) :]
    seen = row.partition('name="seen_version" value="')[2].partition('"')[0]
    filled = {"act": "change", "staff": str(team.page.user), "seen_version": seen, "name": "Zoé Roy"}
    filled |= {"email": f"{uuid4().hex}@example.com", "regions": "europe"}
    answer = team.page.send("/equipe", {**filled, "roles": ["admin", "organiser"]})
    assert answer.status_code == 409
    assert "Personne ne se donne à soi-même un rôle ni une région." in html.unescape(answer.text)
