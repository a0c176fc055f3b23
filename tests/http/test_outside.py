"""The portal as the outside meets it under https: its name, its proxies, cookies and headers (DOS-7, T25)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI

from aggregates.kernel import Role
from portal.network import network
from schema.pools import query_pool
from service.bootstrap import MODELS
from service.web import assemble
from tests.support.http import Door, served
from tests.support.projecting import projecting
from tests.support.write_side import School

PASSWORD = "Éloïse aime 3 pommes"
pytestmark = pytest.mark.rule("DOS-7", "T25")


@pytest.fixture(scope="module")
def address(school: School, shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Behind a proxy on this machine, which this test plays."""
    app: FastAPI = assemble(
        school.side,
        query_pool(shared_database, 4),
        secure=True,
        settable_clock=False,
        mails_dir=tmp_path_factory.mktemp("mails"),
        public_url="https://portail.example.org",
        hosts={"portail.example.org", "127.0.0.1"},
        proxies=["127.0.0.1", "10.1.0.0/16"],
        security_contact="mailto:securite@example.org",
    )
    with served(app) as made:
        yield made


@pytest.fixture
def http(address: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, headers={"Host": "portail.example.org"}) as client:
        yield client


@pytest.fixture(autouse=True, scope="module")
def models(shared_database: str) -> Iterator[None]:
    """Pages read them."""
    with projecting(shared_database, MODELS):
        yield


def forget_tries(school: School) -> None:
    with school.side.pool.connection() as connection:
        connection.execute("delete from attempts")


def account(school: School, *roles: Role) -> str:
    email = f"{uuid4().hex}@example.com"
    school.side.sessions.set_account(uuid4(), email, roles or (Role.OFFICE,), PASSWORD)
    return email


def log_in(http: httpx2.Client, email: str, password: str = PASSWORD, **headers: str) -> httpx2.Response:
    return http.post("/connexion", data={"email": email, "password": password}, headers=headers)


def test_another_name_gets_no_page_and_no_answer_but_a_sign_of_life(http: httpx2.Client) -> None:
    names = (
        "evil.example",
        "portail.example.org.evil.example",
        "localhost",
        "10.0.0.9:8000",
        "[::1]:8000",
        "",
    )
    for name in names:
        machine = http.get("/api/workshops", headers={"Host": name})
        assert (machine.status_code, machine.json()["code"]) == (421, "unknown_host"), name
        page = http.post("/connexion", headers={"Host": name, "Accept": "text/html"})
        assert (page.status_code, "ne répond pas sous ce nom" in page.text) == (421, True)
        assert name == "" or name not in page.text
        assert http.get("/health", headers={"Host": name}).text == "ok"
    for name in ("portail.example.org", "PORTAIL.example.org:443", "127.0.0.1:8000"):
        assert http.get("/connexion", headers={"Host": name}).status_code == 200


def test_the_session_is_in_a_cookie_that_no_other_host_and_no_script_sees(
    http: httpx2.Client, school: School
) -> None:
    answer = log_in(http, account(school))
    (name, cookie), *others = SimpleCookie(answer.headers["set-cookie"]).items()
    assert (name, others) == ("__Host-portail", [])
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    session = {"Cookie": f"__Host-portail={cookie.value}"}
    assert http.get("/compte", headers=session).status_code == 200
    assert http.get("/compte", headers={"Cookie": f"portail={cookie.value}"}).status_code == 401
    out = http.post("/deconnexion", headers=session)
    (gone,) = SimpleCookie(out.headers["set-cookie"]).values()
    assert (gone.key, gone.value, gone["secure"], gone["max-age"]) == ("__Host-portail", "", True, "0")
    assert out.headers["clear-site-data"] == '"cache"'
    assert http.get("/compte", headers=session).status_code == 401


def test_each_visitor_behind_the_proxy_has_a_throttle_of_their_own(
    http: httpx2.Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last address that is no proxy's counts: what a visitor writes before it is not believed."""
    monkeypatch.setattr("commands.sessions._TRIES_PER_ADDRESS", 2)
    email = account(school)
    monkeypatch.setattr("commands.sessions._matches", lambda _hash, given: given == PASSWORD)

    def tried(*forwarded: str) -> int:
        headers = {"X-Forwarded-For": ", ".join(forwarded)} if forwarded else {}
        return log_in(http, f"{uuid4().hex}@example.com", "wrong", **headers).status_code

    assert [tried("203.0.113.5") for _ in range(3)] == [401, 401, 429]
    assert tried("198.51.100.1", "203.0.113.5", "10.1.2.3") == 429, (
        "a made-up address before it changes nothing"
    )
    assert tried("203.0.113.6") == 401
    assert log_in(http, email, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 303
    assert [tried("2001:db8:1:2::1"), tried("2001:db8:1:2:ffff::9"), tried("2001:db8:1:2::3")][-1] == 429
    assert tried("2001:db8:1:3::1") == 401
    forget_tries(school)
    assert [tried() for _ in range(3)] == [401, 401, 429], "without the header it is the proxy's own"


def test_who_is_no_proxy_of_the_settings_is_not_believed(
    school: School, shared_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.sessions._TRIES_PER_ADDRESS", 2)
    monkeypatch.setattr("commands.sessions._matches", lambda *_: False)
    forget_tries(school)
    app = assemble(
        school.side,
        query_pool(shared_database, 2),
        secure=False,
        settable_clock=False,
        mails_dir=Path(),
        proxies=["192.0.2.1"],
    )
    with served(app) as address, httpx2.Client(base_url=address) as http:
        found = [
            log_in(http, f"{n}@example.com", "wrong", **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code
            for n in range(3)
        ]
    assert found == [401, 401, 429]


def test_an_address_counts_as_its_network_in_ipv6_only() -> None:
    assert network("203.0.113.5") == "203.0.113.5"
    assert network("::ffff:203.0.113.5") == "203.0.113.5"
    assert network("2001:db8::1") == network("2001:db8::2") == "2001:db8::/64"
    assert network("") == ""


def test_every_answer_says_what_a_browser_may_do_with_it(http: httpx2.Client, school: School) -> None:
    """Pages, refusals, files, JSON and what isn't there; none lets another origin in."""
    session = {"Cookie": log_in(http, account(school)).headers["set-cookie"].partition(";")[0]}
    asked = [
        ("GET", "/connexion", 200),
        ("GET", "/compte", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/dossiers/x", 422),
        ("GET", "/api/workshops", 200),
        ("GET", "/.well-known/security.txt", 200),
        ("GET", "/health", 200),
        ("DELETE", "/compte", 405),
        ("OPTIONS", "/api/workshops", 405),
        ("POST", "/compte", 403),
    ]
    for method, path, status in asked:
        answer = http.request(method, path, headers=session | {"Origin": "https://portail.example.org"})
        headers = answer.headers
        assert answer.status_code == status, (path, answer.text[:300])
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        assert headers["cache-control"] == "no-store", path
        assert "script-src 'self'" in headers["content-security-policy"], path
        assert headers["strict-transport-security"].startswith("max-age=31536000"), path
        assert not [name for name in headers if name.startswith("access-control-")], path
        assert not {"server", "x-powered-by"} & set(headers), path
    static = http.get("/static/portail.css")
    assert (static.status_code, static.headers["x-content-type-options"]) == (200, "nosniff")
    for folder in ("/static", "/static/"):
        assert http.get(folder).status_code in (404, 307), "no folder is listed"


def test_where_to_report_a_hole_is_said_if_the_settings_say_it(http: httpx2.Client, door: Door) -> None:
    said = http.get("/.well-known/security.txt")
    assert (said.status_code, said.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    fields = dict(line.split(": ", 1) for line in said.text.splitlines())
    assert fields["Contact"] == "mailto:securite@example.org"
    assert fields["Canonical"] == "https://portail.example.org/.well-known/security.txt"
    assert datetime.fromisoformat(fields["Expires"]) > datetime.now(UTC)
    assert door.http.get("/.well-known/security.txt").status_code == 404


def test_of_a_parameter_given_twice_the_last_one_counts(http: httpx2.Client, door: Door) -> None:
    """In addresses and in bodies, at every place alike: none is judged by one and carried out by another."""
    office = {"Host": "portail.example.org", **door.office}
    for first, last, status in (("1", "2", 200), ("x", "2", 200), ("2", "x", 422)):
        asked = http.get(f"/api/workshops?limit={first}&limit={last}", headers=office)
        assert asked.status_code == status
    body = f'{{"client": "{UUID(int=4)}", "client": "x"}}'
    sent = {**office, "Content-Type": "application/json"}
    assert http.post("/api/commands/invite-client", content=body, headers=sent).status_code == 422
    body = f'{{"client": "x", "client": "{UUID(int=4)}"}}'
    assert http.post("/api/commands/invite-client", content=body, headers=sent).status_code == 404
