"""What stands around every request: no other site, no endless body, https kept, pages with their headers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import psycopg
import pytest
from fastapi import FastAPI, Form, Request

from commands.access import ForbiddenError
from commands.throttle import TooManyTriesError
from portal import errors
from portal.guard import MOST, Guard
from tests.support.http import served

PAGE = {"Accept": "text/html"}


def _app(*, secure: bool) -> FastAPI:
    app = FastAPI()
    errors.install(app)
    app.add_middleware(Guard, secure=secure)

    @app.get("/paused")
    def paused() -> None:
        raise TooManyTriesError(77)

    @app.get("/away")
    def away() -> None:
        raise psycopg.OperationalError

    @app.get("/broken/{name}")
    def broken(name: str) -> None:
        raise ValueError(name)

    @app.get("/forbidden/{name}")
    def forbidden(name: str) -> None:
        raise ForbiddenError(name)

    @app.post("/whole")
    async def whole(request: Request) -> int:
        return len(await request.body())

    @app.post("/form")
    async def form(word: str = Form(default="")) -> int:
        return len(word)

    return app


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    with served(_app(secure=True)) as address, httpx2.Client(base_url=address) as client:
        yield client


@pytest.mark.rule("DOS-7", "T25")
def test_another_site_is_refused_with_a_page_and_a_problem(http: httpx2.Client) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    page = http.post("/whole", headers=elsewhere | PAGE)
    assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "vient d’un autre site" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert http.post("/whole", headers=elsewhere).json()["code"] == "other_site"
    assert http.post("/whole", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.rule("T25")
def test_a_body_longer_than_any_upload_is_refused_whether_it_says_so_or_not(http: httpx2.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(MOST // 1_000_000 + 1):
            yield b"x" * 1_000_000

    told = http.post("/whole", content=b"x" * (MOST + 1))
    assert (told.status_code, told.json()["code"]) == (413, "too_large")
    assert http.post("/whole", content=pieces()).status_code == 413
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    assert http.post("/form", content=pieces(), headers=typed).status_code in (400, 413)
    assert http.post("/whole", content=b"x" * MOST).json() == MOST


@pytest.mark.rule("T25")
@pytest.mark.parametrize(("path", "status", "seconds"), [("/paused", 429, "77"), ("/away", 503, "2")])
def test_a_page_says_when_to_come_back_as_a_problem_does(
    http: httpx2.Client, path: str, status: int, seconds: str
) -> None:
    for headers in (PAGE, {}):
        answer = http.get(path, headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (status, seconds)


@pytest.mark.rule("T25")
def test_https_is_kept_for_a_year_where_the_portal_has_it(http: httpx2.Client) -> None:
    assert http.get("/").headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    with served(_app(secure=False)) as address:
        assert "strict-transport-security" not in httpx2.get(address).headers


@pytest.mark.rule("T25", "T14")
def test_an_error_of_ours_is_logged_by_its_class_and_never_by_what_was_typed(
    http: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    problem = http.get("/broken/zoe@example.com")
    assert (problem.status_code, problem.json()["code"]) == (500, "unexpected")
    page = http.get("/broken/zoe@example.com", headers=PAGE)
    assert (page.status_code, "erreur inattendue" in page.text) == (500, True)
    assert page.headers["cache-control"] == "no-store"
    assert "unexpected ValueError at" in caplog.text
    assert "GET /broken/{name} by nobody" in caplog.text
    assert "zoe" not in caplog.text + problem.text + page.text


@pytest.mark.rule("T25")
def test_what_is_refused_is_logged_with_its_route_and_no_value(
    http: httpx2.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """A line break in what was asked starts no line of the log."""
    assert http.get("/forbidden/zoe%0Arefused%20all", headers=PAGE).status_code == 403
    assert http.post("/whole?zoe", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert http.get("/paused").status_code == 429
    assert [record.getMessage() for record in caplog.records if record.name == "portal.refusals"] == [
        "refused forbidden: GET /forbidden/{name} by nobody",
        "refused other_site: POST ? by nobody",
        "refused too_many_requests: GET /paused by nobody",
    ]
