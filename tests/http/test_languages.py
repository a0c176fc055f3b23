"""Which language a page is read in: the client’s, else the link’s, else the browser’s; staff read French."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from uuid import uuid4

import pytest

from aggregates.client.events import Language
from aggregates.client.preferences.events import PreferenceChosen
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.passwords import cheap_passwords
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

FRENCH, ENGLISH = "fr-CA,fr;q=0.9,en;q=0.5", "en-GB,en;q=0.9,fr;q=0.5"


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with cheap_passwords(), projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture(autouse=True)
def no_cookie(door: Door) -> None:
    """Each test is a browser of its own."""
    door.http.cookies.clear()


def read_in(html: str) -> str:
    found = re.search(r'<html lang="(\w+)">', html)
    assert found is not None
    return found[1]


def at_home(door: Door, school: School, models: Projecting, language: str, browser: str) -> Page:
    """A client whose dossier is in that language, in a browser that asks for one."""
    client = school.at_home(language=Language(language))
    models.catch_up()
    page = Page(door, "/mon-dossier", Role.CLIENT, user=client)
    page.headers["Accept-Language"] = browser
    page.open("/mon-dossier")
    return page


@pytest.mark.parametrize(
    ("language", "browser", "title"), [("en", FRENCH, "My file"), ("fr", ENGLISH, "Mon dossier")]
)
def test_a_client_reads_the_language_of_the_dossier_whatever_the_browser_asks(
    door: Door, school: School, models: Projecting, language: str, browser: str, title: str
) -> None:
    page = at_home(door, school, models, language, browser)
    assert read_in(page.text) == language
    assert f"<h1>{title}</h1>" in page.text
    refused = page.send(
        "/panier", {"act": "finalise", "currency": "CAD", "total_minor": "0", "due_now_minor": "0"}
    )
    assert ("The basket is empty." in refused.text) is (language == "en")


def test_what_a_client_reads_later_without_log_in_is_in_their_language_too(
    door: Door, school: School, models: Projecting
) -> None:
    page = at_home(door, school, models, "en", FRENCH)
    shown = door.http.get("/mon-dossier", headers=page.headers)
    assert "langue=en" in shown.headers["set-cookie"]
    again = {**page.headers, "Cookie": f"{page.headers['Cookie']}; langue=en", "Accept": "text/html"}
    assert "set-cookie" not in door.http.get("/mon-dossier", headers=again).headers
    assert "This address does not exist in the portal." in door.http.get("/nulle-part", headers=again).text


def test_a_change_of_language_shows_on_the_very_next_page(
    door: Door, school: School, models: Projecting
) -> None:
    page = at_home(door, school, models, "fr", FRENCH)
    page.open("/mon-dossier/profil")
    assert 'href="/mon-dossier/profil#language" lang="en"' in page.text
    fields = ("telephone", "street", "postal_code", "city")
    typed = dict(re.findall(rf'name="({"|".join(fields)})"[^>]*value="([^"]*)"', page.text))
    chosen = {"act": "profile", "form_of_address": "", "country": "CA", "language": "en"}
    done = page.send("/mon-dossier/profil", {**typed, **chosen, "seen_version": page.hidden("seen_version")})
    models.catch_up()
    assert "Your particulars are saved." in page.open(done.headers["location"])


@pytest.mark.parametrize(
    ("browser", "title"), [(FRENCH, "Connexion"), (ENGLISH, "Log-in"), ("de", "Connexion")]
)
def test_who_is_not_logged_in_reads_what_the_browser_asks_for(door: Door, browser: str, title: str) -> None:
    shown = door.http.get("/connexion", headers={"Accept-Language": browser})
    assert f"<h1>{title}</h1>" in shown.text
    assert shown.headers["vary"] == "Accept-Language, Cookie"
    assert shown.headers["cache-control"] == "no-store"


def test_a_link_on_each_page_changes_the_language_and_leads_back(door: Door, models: Projecting) -> None:
    page = door.http.get("/dates?lieu=CA", headers={"Accept-Language": FRENCH}).text
    link = re.search(r'<a href="(/langue/en[^"]*)" lang="en" hreflang="en"', page)
    assert link is not None
    followed = door.http.get(link[1].replace("&amp;", "&"))
    assert (followed.status_code, followed.headers["location"]) == (303, "/dates?lieu=CA")
    assert re.match(r"langue=en;.*HttpOnly.*SameSite=lax", followed.headers["set-cookie"])
    english = door.http.get("/dates", headers={"Accept-Language": FRENCH, "Cookie": "langue=en"}).text
    assert "<h1>Dates of workshops</h1>" in english
    assert 'href="/langue/fr?next=/dates"' in english
    spoilt = door.http.get("/dates", headers={"Accept-Language": FRENCH, "Cookie": "langue=xx"}).text
    assert read_in(spoilt) == "fr"


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_link_leads_to_no_other_site(door: Door, address: str) -> None:
    assert door.http.get("/langue/en", params={"next": address}).headers["location"] == "/"
    assert door.http.get("/langue/de").status_code == 404


def test_staff_read_french_whatever_their_browser_asks(door: Door, models: Projecting) -> None:
    staff = Page(door, "/ateliers", Role.TRAINER)
    staff.headers |= {"Accept-Language": ENGLISH, "Accept": "text/html"}
    for path, status in (("/ateliers", 200), ("/compte", 200), ("/aide", 200), ("/equipe", 403)):
        shown = door.http.get(path, headers=staff.headers)
        assert (shown.status_code, read_in(shown.text)) == (status, "fr"), path
        assert "set-cookie" not in shown.headers


def test_who_looks_as_a_client_sees_what_the_client_sees_and_keeps_their_own_language(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.at_home(language=Language.EN)
    models.catch_up()
    path = f"/dossiers/{client}/en-tant-que"
    helper = Page(door, path, Role.OFFICE)
    helper.send(path, {"reason": "Appel du 3 mars : ne trouve pas son attestation"})
    models.catch_up()
    shown = door.http.get("/mon-dossier", headers=helper.headers)
    assert "You are logged in as <b>" in shown.text
    assert "set-cookie" not in shown.headers


@pytest.mark.rule("DOS-2")
@pytest.mark.parametrize(("language", "wording"), [("fr", "preferences-1"), ("en", "preferences-1-en")])
def test_an_answer_is_kept_with_the_version_of_the_text_in_the_language_read(
    door: Door, school: School, models: Projecting, language: str, wording: str
) -> None:
    client = school.client(postal_code=uuid4().hex[:6], language=Language(language))
    models.catch_up()
    page = Page(door, "/preferences", Role.CLIENT, user=client)
    asked = "May we reach you?" if language == "en" else "Pouvons-nous vous joindre ?"
    assert f"<h1>{asked}</h1>" in page.text
    assert page.send("/preferences", dict.fromkeys(("telephone", "post", "email"), "no")).status_code == 303
    told = school.facts(CLIENT.at(client))
    assert {fact.wording for fact in told if isinstance(fact, PreferenceChosen)} == {wording}


@pytest.mark.rule("T27")
def test_the_data_that_a_client_takes_along_read_in_their_language(
    door: Door, school: School, models: Projecting
) -> None:
    page = at_home(door, school, models, "en", FRENCH)
    page.open("/mon-dossier/donnees")
    with zipfile.ZipFile(io.BytesIO(page.send("/mon-dossier/donnees", {}).content)) as files:
        read_me = files.read("READ-ME.html").decode()
    assert read_in(read_me) == "en"
    assert "<h2>Identity and particulars</h2>" in read_me
    assert "<dt>language</dt>" in read_me
    assert "File opened by staff" in read_me
