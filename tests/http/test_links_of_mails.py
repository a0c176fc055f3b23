"""What links in e-mails lead to: one click to unsubscribe, and files that end (RFC 8058, COM-6, T13)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import consents
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.clients.choose_preferences import ChoosePreferences
from commands.files import LARGEST
from processors.runtime.links import FILE_DAYS, Links
from processors.runtime.retention import forget_files
from schema.files import PART, Files
from tests.support.http import bearer, served_here
from tests.support.write_side import OFFICE, VAULT, School, principal, school_on

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LINKS = Links(VAULT, "https://portail.example.com")
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 5_000
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        made.now(NOW)
        yield made


@pytest.fixture
def http(database: str, school: School) -> Iterator[httpx2.Client]:
    with served_here(database, school.side) as address, httpx2.Client(base_url=address) as client:
        yield client


def willing(school: School, **person: str) -> UUID:
    client = school.client(**person)
    said = ChoosePreferences(client=client, telephone=True, post=True, email=True, wording="1")
    school.send(said, principal(Role.CLIENT, user=client))
    return client


def allows(school: School, client: UUID, channel: Channel = Channel.EMAIL) -> bool:
    return consents(school.state(CLIENT.at(client)), channel)


def path(link: str) -> str:
    return link.removeprefix(LINKS.public_url)


@pytest.mark.rule("T13")
@pytest.mark.rule("DOS-18")
class TestUnsubscribing:
    def test_one_click_takes_effect_within_a_second_without_log_in(
        self, school: School, http: httpx2.Client
    ) -> None:
        client = willing(school)
        begun = time.monotonic()
        answer = http.post(
            path(LINKS.unsubscribe(client)),
            content=b"List-Unsubscribe=One-Click",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 200
        assert not allows(school, client)
        assert time.monotonic() - begun < 1
        assert allows(school, client, Channel.TELEPHONE)
        assert http.post(path(LINKS.unsubscribe(client))).status_code == 200

    def test_opening_the_link_changes_nothing(self, school: School, http: httpx2.Client) -> None:
        client = willing(school)
        page = http.get(path(LINKS.unsubscribe(client)))
        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert allows(school, client)

    def test_it_works_years_later_and_for_that_person_alone(
        self, school: School, http: httpx2.Client
    ) -> None:
        """Two dossiers may share an address (DOS-6)."""
        mother, daughter = willing(school), willing(school)
        school.now(NOW + timedelta(days=800))
        http.post(path(LINKS.unsubscribe(daughter)))
        assert (allows(school, mother), allows(school, daughter)) == (True, False)

    def test_a_link_that_was_altered_says_so_and_does_nothing(
        self, school: School, http: httpx2.Client
    ) -> None:
        client = willing(school)
        good = path(LINKS.unsubscribe(client))
        for link in (good[:-1], good[:-2] + "AA", good.replace("/desabonnement/", "/desabonnement/A"), "é"):
            wrong = link if link.startswith("/") else f"/desabonnement/{link}"
            assert http.post(wrong).status_code == 404
            assert http.get(wrong).status_code == 404
        file_link = path(LINKS.file(client, NOW)).replace("fichiers", "desabonnement")
        assert http.post(file_link).status_code == 404
        assert allows(school, client)

    def test_the_link_names_nobody(self, school: School) -> None:
        client = willing(school, email="eloise@example.com")
        link = LINKS.unsubscribe(client)
        assert LINKS.client_of(link.rpartition("/")[2]) == client
        assert "eloise" not in link


@pytest.mark.rule("COM-6")
class TestFiles:
    def test_what_is_uploaded_comes_back_by_its_link_until_that_ends(
        self, school: School, http: httpx2.Client
    ) -> None:
        file = upload(http, school, PDF, "application/pdf", "Programme d’été.pdf")
        link = path(LINKS.file(file, NOW))
        answer = http.get(link)
        assert (answer.status_code, answer.content) == (200, PDF)
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Programme%20d")
        assert answer.headers["x-content-type-options"] == "nosniff"
        school.now(NOW + timedelta(days=FILE_DAYS))
        assert http.get(link).status_code == 200
        school.now(NOW + timedelta(days=FILE_DAYS + 1))
        assert http.get(link).status_code == 404

    def test_an_image_is_shown_in_the_mail(self, school: School, http: httpx2.Client) -> None:
        file = upload(http, school, PNG, "image/png", "affiche.png")
        answer = http.get(path(LINKS.file(file, NOW)))
        assert answer.headers["content-disposition"].startswith("inline")
        assert answer.headers["content-type"] == "image/png"

    def test_only_staff_upload_and_only_what_runs_nowhere(self, school: School, http: httpx2.Client) -> None:
        for content, media in (
            (b"<svg onload=x>", "image/svg+xml"),
            (PDF, "image/png"),
            (b"hi", "text/html"),
        ):
            refused = sent(http, school, content, media)
            assert (refused.status_code, refused.json()["code"]) == (409, "unknown_file_type")
        too_large = sent(http, school, PDF + bytes(LARGEST), "application/pdf")
        assert too_large.status_code == 413
        client = bearer(school.side, Role.CLIENT, user=uuid4())
        assert sent(http, school, PDF, "application/pdf", headers=client).status_code == 403
        assert http.post("/api/files?name=a.pdf", content=PDF).status_code == 401

    @pytest.mark.rule("DOS-11")
    def test_a_file_is_sealed_in_parts_and_gone_once_forgotten(
        self, school: School, http: httpx2.Client, database: str
    ) -> None:
        file = upload(http, school, PDF, "application/pdf", "Programme secret.pdf")
        with psycopg.connect(database) as connection:
            kept = connection.execute(
                "select string_agg(f::text, '') || (select string_agg(p::text, '') from file_parts p)"
                " from files f"
            ).fetchone()
            parts = connection.execute("select count(*) from file_parts").fetchone()
        assert kept is not None
        assert PDF[:200].hex() not in kept[0]
        assert b"secret".hex() not in kept[0]
        assert parts == (-(-len(PDF) // PART),)
        with school.side.pool.connection() as line:
            forget_files(line, NOW + timedelta(days=FILE_DAYS + 2), needed=[])
        assert Files(school.side.pool, VAULT).heads([file]) == {}
        assert http.get(path(LINKS.file(file, NOW))).status_code == 404

    def test_a_made_up_link_leads_to_nothing(self, school: School, http: httpx2.Client) -> None:
        file = upload(http, school, PNG, "image/png", "affiche.png")
        made_up = Links(VAULT, "").file(uuid4(), NOW)
        assert http.get(made_up).status_code == 404
        assert http.get(path(LINKS.file(file, NOW))[:-3] + "abc").status_code == 404


def sent(
    http: httpx2.Client,
    school: School,
    content: bytes,
    media: str,
    name: str = "a.pdf",
    headers: dict[str, str] | None = None,
) -> httpx2.Response:
    who = headers or bearer(school.side, Role.OFFICE, user=OFFICE.user)
    return http.post(
        "/api/files", params={"name": name}, content=content, headers={**who, "Content-Type": media}
    )


def upload(http: httpx2.Client, school: School, content: bytes, media: str, name: str) -> UUID:
    answer = sent(http, school, content, media, name)
    assert answer.status_code == 200, answer.text
    return UUID(answer.json()["file"])
