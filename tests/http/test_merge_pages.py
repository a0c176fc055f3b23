"""Two dossiers are compared and merged on a page; afterwards every way leads to the one that stays."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from aggregates.client.events import NoteKind
from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT, Dossier, MergedDossier
from aggregates.kernel import Role
from commands.clients.merge_dossiers import MergeDossiers
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.write_note import WriteNote
from processors.runtime.links import Links
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import VAULT, School

pytestmark = pytest.mark.rule("DOS-5")
LINKS = Links(VAULT, "https://portail.example.com")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def compared(one: UUID, other: UUID) -> str:
    return f"/dossiers/{one}/fusionner/{other}"


def path(link: str) -> str:
    return link.removeprefix(LINKS.public_url)


def test_from_the_list_to_one_dossier(door: Door, school: School, models: Projecting) -> None:
    number = "+1 418 555 7788"
    mine = school.at_home(last_name="Vaillancourt", first_name="Zoé", telephone=number)
    theirs = school.client(last_name="Vaillancour", first_name="Zoe", telephone=number)
    activity = school.activity()
    date = school.workshop(activity, starts=datetime.now(UTC) + timedelta(days=50))
    kept, ends = school.registration(mine, activity, date), school.sold(theirs, activity)
    elsewhere = school.registration(theirs, school.activity("Autonomie"))
    school.paid(theirs, 4_000, registration=elsewhere)
    models.catch_up()

    found = Page(door, f"/dossiers/{mine}/fusionner", Role.OFFICE)
    assert f'href="{compared(mine, theirs)}"' in found.text, "nobody else has that name, and one nearly has"
    searched = door.http.get(
        f"/dossiers/{mine}/fusionner", params={"q": "Vaillancour"}, headers=found.headers
    ).text
    assert f'href="{compared(mine, theirs)}"' in searched
    assert f'href="{compared(mine, mine)}"' not in searched
    listed = Page(door, "/doublons", Role.OFFICE)
    first, second = re.findall(rf"/dossiers/({mine}|{theirs})/fusionner/({mine}|{theirs})", listed.text)[0]
    assert {first, second} == {str(mine), str(theirs)}
    page = Page(door, compared(mine, theirs), Role.OFFICE)
    assert f'href="{compared(theirs, mine)}"' in page.text
    assert "Désormais non : téléphone, courriel" in page.text
    assert "inscriptions : 2, factures : 2" in page.text
    refused = page.send(compared(mine, theirs), {})
    assert refused.status_code == 409
    assert "dites laquelle reste" in refused.text
    assert "Choisissez la place qui reste." in refused.text
    name = f"pair-{kept}-{ends.registration}"
    done = Page(door, compared(mine, theirs), Role.OFFICE).send(compared(mine, theirs), {name: str(kept)})
    assert done.status_code == 303
    models.catch_up()

    stays = Page(door, done.headers["location"], Role.OFFICE).text
    assert "Les deux dossiers n’en font plus qu’un." in stays
    assert "Autonomie" in stays
    gone = Page(door, f"/dossiers/{theirs}", Role.OFFICE).text
    assert f'href="/dossiers/{mine}">Ouvrir le dossier qui reste' in gone
    assert "Inscrire…" not in gone
    assert compared(mine, theirs) not in Page(door, "/doublons", Role.OFFICE).text
    hindered = Page(door, compared(mine, theirs), Role.OFFICE).text
    assert "Ce dossier a été réuni à un autre" in hindered
    assert '<button class="danger">' not in hindered
    line = school.issued(ends.invoice).case_of(ends.line)
    assert line is not None
    assert line.proposed.minor == 0, "without fee"


def test_what_hinders_is_listed_before(door: Door, school: School, models: Projecting) -> None:
    mine, theirs = school.client(), school.client()
    school.send(ProposeDeletion(client=theirs, reason="Ne veut plus rien."))
    models.catch_up()
    page = Page(door, compared(mine, theirs), Role.OFFICE).text
    assert "La suppression de l’un des deux dossiers est proposée" in page
    assert "Fusionner : garder" not in page
    for wrong in (compared(mine, mine), compared(mine, UUID(int=5))):
        assert door.http.get(wrong, headers=door.as_(Role.OFFICE)).status_code == 404


def test_what_changed_since_it_was_compared_is_merged_only_once_looked_at_again(
    door: Door, school: School, models: Projecting
) -> None:
    mine, theirs, third = school.client(), school.client(), school.client()
    models.catch_up()

    def of(page: Page) -> dict[str, str]:
        return {name: page.hidden(name) for name in ("seen_version", "other_seen_version")}

    one, other = (Page(door, compared(mine, theirs), Role.OFFICE) for _ in range(2))
    back = Page(door, compared(theirs, mine), Role.OFFICE)
    school.send(WriteNote(client=theirs, kind=NoteKind.GENERAL, seen_version=1, text="Préfère le soir"))
    late = one.send(compared(mine, theirs), of(one))
    assert late.status_code == 409
    assert "L’un des deux dossiers a changé depuis que vous les avez comparés" in html.unescape(late.text)
    assert isinstance(school.state(CLIENT.at(theirs)), Dossier), "nothing was merged"
    one.text = late.text
    assert one.send(compared(mine, theirs), of(one)).status_code == 303, "looked at again"
    for page, way in ((other, compared(mine, theirs)), (back, compared(theirs, mine))):
        again = page.send(way, of(page))
        assert again.status_code == 409
        assert "a changé depuis" in again.text
    assert Page(door, compared(mine, third), Role.OFFICE).send(compared(mine, third), {}).status_code == 303


def test_both_pasts_are_the_surviving_ones(door: Door, school: School, models: Projecting) -> None:
    mine, theirs = school.client(), school.client()
    note = WriteNote(client=theirs, kind=NoteKind.GENERAL, seen_version=1, text="Préfère le soir")
    school.send(note)
    paper = school.document(theirs)
    registration = school.registration(theirs, school.activity("Présence"))
    models.catch_up()
    before = datetime.now(UTC)
    api = f"/api/clients/{mine}"
    headers = door.as_(Role.OFFICE)
    school.send(MergeDossiers(survivor=mine, other=theirs))
    models.catch_up()

    def sentences(of: str) -> list[str]:
        return [row["sentence"] for row in door.http.get(of, headers=headers).json()["items"]]

    told = sentences(f"{api}/history")
    assert sum("Dossiers réunis" in sentence for sentence in told) >= 2
    assert any("Présence" in sentence for sentence in told)
    assert any("Préfère le soir" in s for s in sentences(f"{api}/communications"))
    assert any("Préfère le soir" in s for s in sentences(f"/api/clients/{theirs}/history"))
    now = door.http.get(api, headers=headers).json()
    past_now = door.http.get(
        f"{api}/as-of", params={"at": datetime.now(UTC).isoformat()}, headers=headers
    ).json()
    assert [r["id"] for r in now["registrations"]] == [str(registration)]
    for part in ("client", "registrations", "invoices", "notes", "documents", "preferences"):
        assert past_now[part] == now[part], part
    then = door.http.get(f"{api}/as-of", params={"at": before.isoformat()}, headers=headers).json()
    assert then["registrations"] == []
    at = {"at": before.isoformat()}
    other_then = door.http.get(f"/api/clients/{theirs}/as-of", params=at, headers=headers).json()
    assert [r["id"] for r in other_then["registrations"]] == [str(registration)]
    found = door.http.get(f"{api}/documents/{paper}/file", headers=headers)
    assert found.content == b"%PDF-1.7"
    gone = door.http.get(f"/api/clients/{theirs}", headers=headers).json()["client"]
    assert (gone["state"], gone["merged_into"]) == ("merged", str(mine))


def test_old_links_lead_to_the_surviving_one_or_end(door: Door, school: School, models: Projecting) -> None:
    mine, theirs = school.at_home(), school.at_home()
    activity = school.activity()
    place = school.registration(theirs, activity, discount=school.discount())
    email = f"{theirs.hex}@example.com"
    sessions = school.side.sessions
    sessions.set_account(theirs, email, (Role.CLIENT,), "une phrase assez longue", None)
    token = sessions.log_in(email, "une phrase assez longue", None, "127.0.0.1")
    cookie = {"Cookie": f"portail={token}"}
    models.catch_up()
    assert door.http.get("/mon-dossier", headers=cookie).status_code == 200
    unsubscribe, proof = LINKS.unsubscribe(theirs), LINKS.proof(theirs, place, school.side.clock())
    data = LINKS.export(theirs, 0, school.side.clock())
    school.send(MergeDossiers(survivor=mine, other=theirs))
    models.catch_up()
    survivor = school.state(CLIENT.at(mine))
    assert isinstance(survivor, Dossier)
    assert survivor.wishes.answers[Channel.EMAIL].allowed
    assert door.http.get(path(unsubscribe)).status_code == 200
    assert door.http.post(path(unsubscribe)).status_code == 200
    stopped = school.state(CLIENT.at(mine))
    assert isinstance(stopped, Dossier)
    assert not stopped.wishes.answers[Channel.EMAIL].allowed
    assert "Écoute de soi" in door.http.get(path(proof)).text
    assert door.http.get(path(data)).status_code == 404
    assert door.http.get("/mon-dossier", headers=cookie, follow_redirects=False).status_code in (303, 401)
    assert isinstance(school.state(CLIENT.at(theirs)), MergedDossier)
