"""The client's own file: particulars, documents, data, calendar, leaving; as a browser without JavaScript."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import NoteKind
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.kernel import Role
from commands.clients.change_profile import ChangeProfile
from commands.clients.write_note import WriteNote
from commands.registrations.choose_date import ChooseDate
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import OFFICE, School

PROFILE = {
    "act": "profile",
    "form_of_address": "madam",
    "telephone": "514 555-0123",
    "street": "12, rue des Érables",
    "postal_code": "J7Z 1A1",
    "city": "Saint-Jérôme",
    "country": "CA",
    "language": "en",
}
PDF = ("carte.pdf", b"%PDF-1.7 une carte")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture
def client(school: School) -> UUID:
    return school.at_home()


def at(door: Door, models: Projecting, client: UUID, path: str) -> Page:
    """The client's browser at that page."""
    models.catch_up()
    return Page(door, path, Role.CLIENT, user=client)


def dossier(school: School, client: UUID) -> Dossier:
    found = school.state(CLIENT.at(client))
    assert isinstance(found, Dossier)
    return found


@pytest.mark.rule("DOS-19", "DOS-16", "DOS-18")
def test_a_client_changes_address_language_and_the_name_on_invoices(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    path = "/mon-dossier/profil"
    page = at(door, models, client, path)
    assert page.text.count("<dd>oui</dd>") == 2, "each preference, and the way to change them"
    assert 'href="/preferences"' in page.text
    stale = page.hidden("seen_version")
    done = page.send(path, {**PROFILE, "seen_version": stale})
    assert done.headers["location"].startswith(f"{path}?after=")
    own = dossier(school, client)
    assert (own.city, own.language.value, own.first_name) == ("Saint-Jérôme", "en", "Éloïse")
    wrong = at(door, models, client, path).send(path, {**PROFILE, "country": "", "seen_version": stale})
    assert wrong.status_code == 422
    assert "12, rue des Érables" in wrong.text, "what was typed stays"
    assert 'id="country-error"' in wrong.text
    staff = ChangeProfile(
        **{n: getattr(own, n) for n in ChangeProfile.model_fields if hasattr(own, n)}
        | {"client": client, "city": "Laval", "seen_version": len(school.facts(CLIENT.at(client)))}
    )
    page = at(door, models, client, path)
    seen = page.hidden("seen_version")
    school.send(staff)
    clash = page.send(path, {**PROFILE, "city": "Blainville", "seen_version": seen})
    assert clash.status_code == 409
    assert "Laval" in clash.text
    assert "Blainville" in clash.text, "both versions"
    assert page.send(path, {**PROFILE, "seen_version": "99999"}).status_code == 403
    firm = {"act": "billing", "name": "Ateliers Roy inc.", "address": "1, rue Roy"}
    assert at(door, models, client, path).send(path, firm).status_code == 303
    assert "Ateliers Roy inc." in at(door, models, client, path).text
    assert page.send(path, {"act": "other"}).status_code == 404


@pytest.mark.rule("DOS-15", "INS-6", "DOS-19")
def test_a_client_sends_the_proof_that_the_file_asks_for(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity, path = school.activity("Habiter son corps"), "/mon-dossier/documents"
    sold = school.sold(client, activity, discount=school.discount())
    assert "Un rabais attend sa preuve : Habiter son corps" in at(door, models, client, "/mon-dossier").text
    page = at(door, models, client, path)
    assert f'value="{sold.registration}"' in page.text
    use = {"use": str(sold.registration)}
    assert "Choisissez d’abord un fichier" in page.bring(path, use).text
    refused = page.bring(path, use, ("a.exe", b"MZ not a document"))
    assert refused.status_code == 409
    done = page.bring(path, use, PDF)
    assert "fait=my_document_sent" in done.headers["location"]
    after = at(door, models, client, path).text
    assert "carte.pdf" in after
    assert "à vérifier" in after
    assert "Pièces attendues" not in after
    [file] = re.findall(r'href="(/api/clients/[^"]+/file)"', after)
    assert door.http.get(file, headers=page.headers).content == PDF[1]
    other = at(door, models, school.at_home(), path)
    assert door.http.get(file, headers=other.headers).status_code in (403, 404)


@pytest.mark.rule("DOS-12", "AUD-4", "T27")
def test_a_client_reads_who_opened_the_file_and_takes_all_of_it_along(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    path = "/mon-dossier/donnees"
    seen = len(school.facts(CLIENT.at(client)))
    school.send(WriteNote(client=client, kind=NoteKind.GENERAL, text="Mot pour l’équipe", seen_version=seen))
    page = at(door, models, client, path)
    assert "Personne de l’école n’a encore ouvert" in page.text
    organiser = door.as_(Role.ORGANISER)
    for _ in range(2):
        assert door.http.get(f"/api/clients/{client}", headers=organiser).status_code == 200
    text = door.http.get(path, headers=page.headers).text
    assert "2 fois" in text
    zipped = page.send(path, {})
    assert zipped.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as found:
        held = found.read("dossier.json").decode()
    assert "Éloïse" in held
    assert "Mot pour l’équipe" not in held, "what staff wrote for themselves is read first"
    trail = door.http.get("/api/access-trail", params={"subject": str(client)}, headers=door.office).json()
    assert [a["role"] for a in trail["items"] if a["kind"] == "client_export"] == ["client"]


@pytest.mark.rule("DOS-8")
def test_each_of_the_four_outcomes_is_told_before_the_click(
    door: Door, school: School, models: Projecting
) -> None:
    path = "/mon-dossier/retrait"
    owing, open_, followed, new = (school.at_home() for _ in range(4))
    school.sold(owing, school.activity())
    free = school.discount(percent=100, proof_needed=False)
    school.registration(open_, school.activity(), discount=free)
    done = school.registration(followed, school.activity(), discount=free)
    school.cancelled(followed, done)
    says = {
        owing: "il reste un solde",
        open_: "Annulez d’abord",
        followed: "désactivé",
        new: "effacé en entier",
    }
    for client, words in says.items():
        text = at(door, models, client, path).text
        assert words in text
        assert ("J’ai lu ce qui sera effacé" in text) is (client in (followed, new)), words
    refused = at(door, models, owing, "/mon-dossier/donnees").send(path, {"sure": "yes"})
    assert refused.status_code == 409
    assert "DOS-8" in refused.text
    for client, state, issue in (
        (followed, DeactivatedDossier, "deactivated"),
        (new, ErasedDossier, "erased"),
    ):
        page = at(door, models, client, path)
        assert page.send(path, {}).status_code == 422, "the box is to be ticked"
        gone = page.send(path, {"sure": "yes"})
        assert gone.headers["location"] == f"/au-revoir?issue={issue}"
        assert isinstance(school.state(CLIENT.at(client)), state)
        assert door.http.get(gone.headers["location"]).status_code == 200
        assert door.http.get("/mon-dossier", headers=page.headers).status_code in (303, 401)
    assert door.http.get("/au-revoir").status_code == 404


def feed_of(page: str) -> str:
    found = re.search(r'value="(https://portail.example.com/calendrier/[^"]+\.ics)"', page)
    assert found is not None
    return found[1].removeprefix("https://portail.example.com")


def events(text: str) -> list[str]:
    return re.findall(r"^SUMMARY:(.*?)\r$", text, re.MULTILINE)


@pytest.mark.rule("ATE-9")
def test_the_own_dates_are_fed_to_a_calendar_until_the_link_is_ended(
    door: Door, school: School, models: Projecting, client: UUID
) -> None:
    activity, path = school.activity("Oser être soi"), "/calendrier"
    first = school.workshop(activity, starts=school.side.clock() + timedelta(days=9))
    moved_to = school.workshop(activity, starts=school.side.clock() + timedelta(days=40))
    registration = school.registration(client, activity, first)
    school.registration(client, school.activity("Sans date"))
    page = at(door, models, client, path)
    assert ".ics" not in page.text
    assert page.send(path, {"act": "open"}).status_code == 303
    link = feed_of(at(door, models, client, path).text)
    feed = door.http.get(link)
    assert feed.headers["content-type"].startswith("text/calendar")
    assert events(feed.text) == ["Oser être soi"]
    assert "D'Arcy" not in feed.text, "dates and places, no names"
    name = re.findall(r"UID:(\S+)", feed.text)
    school.send(ChooseDate(client=client, registration=registration, workshop=moved_to), OFFICE)
    models.catch_up()
    moved = door.http.get(link).text
    assert re.findall(r"UID:(\S+)", moved) == name, "the same entry at another time"
    assert moved != feed.text
    again = at(door, models, client, path)
    assert again.send(path, {"act": "open"}).status_code == 303
    other = feed_of(at(door, models, client, path).text)
    assert door.http.get(link).status_code == 404, "a new address ends the old one"
    assert door.http.get(other).status_code == 200
    end = at(door, models, client, path)
    assert end.send(path, {"act": "close"}).status_code == 303
    assert door.http.get(other).status_code == 404
    assert end.send(path, {"act": "else"}).status_code == 404
    assert door.http.get("/calendrier/AAAA.ics").status_code == 404


@pytest.mark.rule("ATE-9")
def test_who_organises_or_trains_has_the_own_workshops_and_nobody_elses(
    door: Door, school: School, models: Projecting
) -> None:
    trainer = uuid4()
    school.workshop(school.activity("Que j’anime"), trainers=(trainer,))
    school.workshop(school.activity("D’une autre"))
    models.catch_up()
    page = Page(door, "/calendrier", Role.TRAINER, user=trainer)
    assert page.send("/calendrier", {"act": "open"}).status_code == 303
    link = feed_of(door.http.get("/calendrier", headers=page.headers).text)
    assert events(door.http.get(link).text) == ["Que j’anime"]
    office = Page(door, "/calendrier", Role.OFFICE)
    assert "403" in office.text or "permet" in office.text
