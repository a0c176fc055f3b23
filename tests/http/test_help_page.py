"""Help over HTTP: staff read all, others the public part; each page leads to its articles (AID-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregates.kernel import Role
from service.bootstrap import MODELS
from tests.portal.one_article import reading
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

pytestmark = [pytest.mark.rule("AID-1"), pytest.mark.usefixtures("models")]
STAFF_ONLY = "/aide/fermer-europe"


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def test_who_has_no_access_reads_how_to_get_it_and_nothing_of_the_staffs(door: Door) -> None:
    page = door.http.get("/aide")
    assert page.status_code == 200
    assert "/aide/premier-acces" in page.text
    assert STAFF_ONLY not in page.text
    assert "/aide/mes-preferences" in page.text
    assert door.http.get("/aide/premier-acces").status_code == 200
    asked = door.http.get(STAFF_ONLY, headers={"Accept": "text/html"}, follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/connexion?next={STAFF_ONLY}")


def test_staff_see_first_what_their_roles_may_do(door: Door) -> None:
    headers = door.as_(Role.TRAINER)
    text = door.http.get("/aide", headers=headers).text
    first, rest = text.split("Ce que font les autres rôles")
    assert "/aide/fermer-etre-bien" in first
    assert "/aide/deposer-les-paiements" in rest
    assert door.http.get("/aide/nulle-part", headers=headers).status_code == 404


def test_a_page_leads_to_its_articles_and_an_article_to_its_page(door: Door) -> None:
    headers = door.as_(Role.OFFICE)
    assert 'href="/aide?page=/ateliers"' in door.http.get("/ateliers", headers=headers).text
    here = door.http.get("/aide?page=/ateliers/1/fermeture", headers=headers).text
    assert "/aide/fermer-quebec" in here.split("Ce que vous pouvez faire")[0]
    article = door.http.get("/aide/fermer-quebec", headers=headers).text
    assert 'class="button primary" href="/ateliers"' in article
    other = door.http.get("/aide/deposer-les-paiements", headers=headers).text
    assert "button primary" not in other


def test_a_search_ignores_accents_and_forms(door: Door) -> None:
    found = door.http.get("/aide", params={"q": "CHEQUES noté"}, headers=door.as_(Role.ORGANISER)).text
    assert "/aide/acompte-sans-carte" in found.split("Ce que vous pouvez faire")[0]


def test_an_article_leads_to_its_video_and_says_whose_site_that_is(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(tmp_path, monkeypatch, "https://videos.example.org/entrer?a=1&b=2"):
        page = door.http.get("/aide/entrer")
        english = door.http.get("/aide/entrer", headers={"Accept-Language": "en"}).text
    [link] = re.findall(r"<a [^>]*videos.example.org[^>]*>[^<]*", page.text)
    assert 'href="https://videos.example.org/entrer?a=1&amp;b=2"' in link
    assert link.endswith(">Voir la vidéo sur videos.example.org")
    assert 'target="_blank" rel="noopener noreferrer"' in link, "the other site learns nothing of this page"
    assert "Watch the video on videos.example.org" in english
    assert "videos.example.org" not in page.headers["content-security-policy"]
    for frame in ("<iframe", "<video", "<embed", "<object"):
        assert frame not in page.text, "nothing of it is loaded before one goes there"
    assert "Voir la vidéo" not in door.http.get("/aide/premier-acces").text
