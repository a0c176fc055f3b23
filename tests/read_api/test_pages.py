"""Pages of lists meet, odd cursors are malformed, and an ETag lasts as long as its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.audience.events import QuerySaved
from aggregates.kernel import Role
from read_api.lists import encode_cursor
from tests.read_api.conftest import School
from tests.support.builders import NOW, STARTS
from tests.support.http import assert_problem, bearer

SOMEBODY = UUID(int=1)


def pages(school: School, path: str, **params: Any) -> list[dict[str, Any]]:
    """All rows, one page after the other."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = school.json(path, **params, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_to_dos_of_one_kind_are_read_page_by_page(school: School) -> None:
    school.written.now(NOW.replace(day=30))
    try:
        kind: dict[str, Any] = {"kind": "missing_email", "everybody": "true"}
        whole = school.json("to-dos", **kind)["items"]
        assert len(whole) == 2
        assert pages(school, "to-dos", **kind, limit=1) == whole
        everything = school.json("to-dos", everybody="true", limit=1)
        assert everything["next"] is None
        assert "missing_email" in everything["more"]
        twice = school.json("to-dos", everybody="true", kind=["missing_email", "missing_email"])
        assert twice["items"] == whole
    finally:
        school.written.now(NOW)


def test_saved_queries_are_read_page_by_page(school: School) -> None:
    tree = '{"kind":"country","country":"CA"}'
    for name in ("Laval", "Été", "Zurich"):
        saved = QuerySaved(name=name, conditions=tree, owner=school.organiser)
        school.models.given((uuid4(), saved))
    names = [row["name"] for row in pages(school, "audiences/queries", limit=2)]
    assert names == ["Été", "Laval", "Zurich"]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("to-schedule", ("2026-01-01T00:00:00", SOMEBODY)),
        ("to-schedule", ("0001-01-01T00:00:00+14:00", SOMEBODY)),
        ("to-schedule", (None, SOMEBODY)),
        ("invoices", ("9999-12-31T23:59:59-12:00", SOMEBODY)),
        ("clients", (None, SOMEBODY)),
        ("clients", ("roy", 7)),
        ("to-dos?kind=missing_email", ("2026-01-01", SOMEBODY, None)),
        ("to-dos?kind=missing_email", (None, SOMEBODY, 7)),
        ("to-dos", (None, SOMEBODY, None)),
        ("to-dos?kind=missing_email&kind=close_quebec", (None, SOMEBODY, None)),
        ("ledger/journal", ("2026-01-01T00:00:00Z", 1.5, 0)),
        ("ledger/journal", ("2026-01-01T00:00:00Z", True, 0)),
        ("ledger/journal", ("2026-01-01T00:00:00Z", 1, 2**31)),
        ("access-trail", ("2026-01-01T00:00:00Z", 1.5)),
        ("access-trail", ("2026-01-01T00:00:00Z", True)),
        ("access-trail", ("2026-01-01T00:00:00Z", 2**63)),
        ("access-trail", ("2026-01-01T00:00:00", 1)),
        ("clients/{eloise}/communications", (1.5, SOMEBODY)),
        ("clients/{eloise}/communications", (True, SOMEBODY)),
        ("clients/{eloise}/communications", (2**63 - 1, SOMEBODY)),
    ],
)
def test_a_cursor_that_no_answer_gave_is_malformed(school: School, path: str, key: tuple[Any, ...]) -> None:
    address, _, params = path.format(**vars(school)).partition("?")
    cursor = f"{params}&cursor={encode_cursor(*key)}"
    period = "&from=2026-11-01&to=2026-11-30" if address == "ledger/journal" else ""
    answer = school.get(f"{address}?{cursor}{period}", Role.ADMIN, Role.OFFICE, Role.ACCOUNTING)
    [error] = assert_problem(answer, 422, "malformed", "AUD-1")["fields"]["errors"]
    assert error["field"] == "cursor"


def test_a_cursor_may_write_its_instant_as_no_database_does(school: School) -> None:
    whole = school.json("to-schedule")["items"]
    assert len(whole) == 2
    for instant in ("2026-W01-1T00:00:00+00:00", "20260101T000000+0000", "2026-01-01T00:00+00:00:00.5"):
        assert school.json("to-schedule", cursor=encode_cursor(instant, SOMEBODY))["items"] == whole


@pytest.mark.parametrize(
    "path", ["audiences/export?query={}", "clients/{eloise}/history/export", "clients/{eloise}/as-of"]
)
def test_files_and_past_moments_wait_too(school: School, path: str) -> None:
    params: dict[str, Any] = {"after": "x", "at": "2026-11-24T15:00:00Z"}
    answer = school.get(path.format(**vars(school)) if "{}" not in path else path, **params)
    [error] = assert_problem(answer, 422, "malformed", None)["fields"]["errors"]
    assert error["field"] == "after"


class TestAnETag:
    def tag(self, school: School, path: str, headers: dict[str, str]) -> str:
        return str(school.http.get(f"/api/{path}", headers=headers).headers["etag"])

    def test_holds_while_nothing_happens(self, school: School) -> None:
        office = school.as_(Role.OFFICE)
        tag = self.tag(school, "workshops", office)
        again = school.http.get("/api/workshops", headers=office | {"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")

    def test_is_another_one_in_another_language(self, school: School) -> None:
        office = school.as_(Role.OFFICE)
        french = self.tag(school, f"workshops/{school.own}/history", office)
        english = self.tag(school, f"workshops/{school.own}/history", office | {"Accept-Language": "en"})
        assert french != english

    def test_is_another_one_for_who_has_another_role_besides(self, school: School) -> None:
        user = uuid4()
        one = bearer(school.written.side, Role.OFFICE, user=user)
        both = bearer(school.written.side, Role.OFFICE, Role.ACCOUNTING, user=user)
        assert self.tag(school, "to-dos", one) != self.tag(school, "to-dos", both)

    @pytest.mark.parametrize("path", ["workshops", "to-dos", "statement/balances", "statement/cheques"])
    def test_of_what_time_changes_ends_with_it(self, school: School, path: str) -> None:
        user = uuid4()
        before = self.tag(school, path, school.as_(Role.OFFICE, user=user))
        school.written.now(STARTS + timedelta(days=3))
        try:
            assert self.tag(school, path, school.as_(Role.OFFICE, user=user)) != before
        finally:
            school.written.now(NOW)
