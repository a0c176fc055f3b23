"""Who reads personal data is noted before they are answered; who may read the notes, and by what filter."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from aggregates.kernel import Role
from read_api.shapes import PageOf
from read_api.shapes_audit import AccessEntry
from tests.read_api.conftest import School
from tests.support.builders import NOW

pytestmark = pytest.mark.rule("AUD-4")


def trail(school: School, **params: Any) -> list[dict[str, Any]]:
    """What the trail holds, as an admin reads it."""
    answer = school.get("access-trail", Role.ADMIN, **params)
    assert answer.status_code == 200, answer.text
    PageOf[AccessEntry].model_validate_json(answer.content)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def told(school: School, user: UUID) -> list[tuple[str, str | None, str | None, int]]:
    """What this user read: kind, role, name of the subject, persons; newest first."""
    found = trail(school, who=str(user))
    return [(row["kind"], row["role"], row["subject_name"], row["persons"]) for row in found]


def test_each_opening_of_a_dossier_by_an_organiser_is_noted_and_by_the_office_not(school: School) -> None:
    path = f"clients/{school.eloise}"
    organiser, office = uuid4(), uuid4()
    for _ in range(2):
        assert school.get(path, Role.ORGANISER, user=organiser).status_code == 200
    assert school.get(path, Role.OFFICE, user=office).status_code == 200
    assert told(school, organiser) == [("dossier", "organiser", "Éloïse D'Arcy-Lévesque", 1)] * 2
    assert told(school, office) == []


def test_a_page_with_a_dossier_is_an_opening_too(school: School) -> None:
    school.http.cookies.clear()
    organiser = uuid4()
    page = school.http.get(f"/dossiers/{school.lea}", headers=school.as_(Role.ORGANISER, user=organiser))
    assert page.status_code == 200
    assert told(school, organiser) == [("dossier", "organiser", "Léa Roy", 1)]
    history = f"/dossiers/{school.lea}?onglet=historique"
    office = uuid4()
    assert school.http.get(history, headers=school.as_(Role.OFFICE, user=office)).status_code == 200
    assert told(school, office) == [("history", "office", "Léa Roy", 1)]


@pytest.mark.parametrize("role", [Role.OFFICE, Role.AUDITOR])
def test_reading_a_history_is_noted_whoever_does(school: School, role: Role) -> None:
    user = uuid4()
    for path in (f"clients/{school.lea}", f"invoices/{school.invoice}", f"workshops/{school.own}"):
        assert school.get(f"{path}/history", role, user=user).status_code == 200
    kinds = [(row["kind"], row["role"], row["subject"]) for row in trail(school, who=str(user))]
    subjects = (school.own, school.invoice, school.lea)
    assert kinds == [("history", role.value, str(subject)) for subject in subjects]


def exports(school: School) -> dict[str, tuple[str, dict[str, str], str, str | None, dict[str, Any]]]:
    """Route of each file there is: where to ask, with what, and what is noted of it."""
    period = {"from": "2026-11-01", "to": "2026-11-30"}
    ledger = {"form": "xlsx"} | period
    since = {"since": f"{NOW.isoformat()}".replace("+00:00", "Z")}
    french = {"kind": "country", "country": "FR"}
    found: dict[str, tuple[str, dict[str, str], str, str | None, dict[str, Any]]] = {
        "/api/audiences/export": (
            "audiences",
            {"query": json.dumps(french), "form": "csv"},
            "audience_export",
            None,
            {"query": french, "saved": None, "form": "csv"},
        ),
        "/api/ledger/trial-balance/export": ("ledger/trial-balance", ledger, "balance_export", None, ledger),
        "/api/ledger/journal/export": ("ledger/journal", ledger, "journal_export", None, ledger),
        "/api/workshops/{workshop}/roster/export": (
            f"workshops/{school.own}/roster",
            {"form": "xlsx"},
            "roster_export",
            str(school.own),
            {"form": "xlsx"},
        ),
        "/api/ledger/fec/export": (
            "ledger/fec",
            period | {"currency": "CAD"},
            "fec_export",
            None,
            period | {"currency": "CAD"},
        ),
    }
    subjects = {"client": school.lea, "workshop": school.own, "invoice": school.invoice}
    for name, subject in subjects.items():
        asked = {"topics": ["invoice.issued"], "by": None, "until": None, "form": "csv"} | since
        params = {"topic": "invoice.issued", "from": since["since"]}
        route = f"/api/{name}s/{{{name}}}/history/export"
        found[route] = (f"{name}s/{subject}/history", params, "history_export", str(subject), asked)
    return found


def test_each_file_is_noted_with_who_took_it_and_by_what_filter(school: School) -> None:
    expected = exports(school)
    routes = {path for path in school.http.get("/openapi.json").json()["paths"] if path.endswith("/export")}
    assert routes == set(expected)
    for path, params, kind, subject, asked in expected.values():
        accounting = uuid4()
        answer = school.get(f"{path}/export", Role.ACCOUNTING, user=accounting, **params)
        assert answer.status_code == 200, answer.text
        [row] = trail(school, who=str(accounting))
        upto = row["asked"].pop("upto", None)
        assert (upto is not None) is path.startswith("ledger")
        assert (row["kind"], row["subject"], row["asked"]) == (kind, subject, asked)


def test_a_file_of_the_books_counts_the_clients_in_it(school: School) -> None:
    accounting = uuid4()
    clients = {row["client"] for row in school.models.rows("ledger_invoice")}
    for path, period, persons in (
        ("journal", {"from": "2026-11-01", "to": "2026-11-30"}, len(clients)),
        ("journal", {"from": "2027-01-01", "to": "2027-12-31"}, 0),
        ("trial-balance", {"from": "2026-11-01", "to": "2026-11-30"}, 0),
        ("fec", {"from": "2027-01-01", "to": "2027-12-31", "currency": "CAD"}, len(clients)),
        ("fec", {"from": "2027-02-01", "to": "2027-12-31", "currency": "CAD"}, 0),
    ):
        answer = school.get(f"ledger/{path}/export", Role.ACCOUNTING, user=accounting, **period)
        assert answer.status_code == 200, answer.text
        assert trail(school, who=str(accounting))[0]["persons"] == persons, path


def test_reading_the_trail_is_noted_itself(school: School) -> None:
    auditor = uuid4()
    answer = school.get("access-trail", Role.AUDITOR, user=auditor, subject=str(school.lea))
    assert answer.status_code == 200
    [row] = trail(school, who=str(auditor))
    assert (row["kind"], row["label"], row["subject"]) == (
        "access_trail",
        "Trace des accès lue",
        str(school.lea),
    )


def test_who_is_refused_leaves_no_trace_of_having_read(school: School) -> None:
    user = uuid4()
    assert school.get(f"clients/{school.lea}", Role.TRAINER, user=user).status_code == 403
    assert school.get(f"clients/{uuid4()}", Role.ORGANISER, user=user).status_code == 404
    assert school.get(f"clients/{uuid4()}/history", Role.OFFICE, user=user).status_code == 404
    assert told(school, user) == []


def test_what_cannot_be_noted_is_not_shown(school: School) -> None:
    """The control that the note comes first: without the table, nobody opens a dossier.

    The server hangs up after an error of its own, so the question goes over a connection of its own.
    """
    headers = school.as_(Role.ORGANISER)
    with (
        psycopg.connect(school.models.log.url, autocommit=True) as owner,
        httpx2.Client(base_url=school.http.base_url) as http,
    ):
        owner.execute("alter table access_trail rename to hidden")
        try:
            answer = http.get(f"/api/clients/{school.lea}", headers=headers)
        finally:
            owner.execute("alter table hidden rename to access_trail")
    assert answer.status_code == 500
    assert "Léa" not in answer.text


def test_the_trail_is_filtered_by_reader_subject_and_period_and_pages_meet(school: School) -> None:
    user = uuid4()
    for client in (school.lea, school.eloise, school.lea):
        assert school.get(f"clients/{client}", Role.ORGANISER, user=user).status_code == 200
    whole = trail(school, who=str(user))
    assert [row["subject"] for row in whole] == [str(c) for c in (school.lea, school.eloise, school.lea)]
    subject = trail(school, who=str(user), subject=str(school.eloise))
    assert subject == [whole[1]]
    middle, newest = whole[1]["at"], whole[0]["at"]
    assert trail(school, who=str(user), **{"from": middle, "to": newest}) == [whole[1]]
    assert trail(school, who=str(user), to=whole[2]["at"]) == []
    assert trail(school, **{"who": str(user), "from": NOW.isoformat()}) == whole
    first = school.get("access-trail", Role.ADMIN, who=str(user), limit=2).json()
    second = school.get("access-trail", Role.ADMIN, who=str(user), limit=2, cursor=first["next"]).json()
    assert first["items"] + second["items"] == whole
    assert second["next"] is None


@pytest.mark.parametrize(
    "params",
    [{"from": "2026-01-01T00:00:00"}, {"cursor": "abc"}, {"cursor": "WzEsMl0"}, {"who": "me"}],
)
def test_malformed_questions_are_refused(school: School, params: dict[str, Any]) -> None:
    answer = school.get("access-trail", Role.ADMIN, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_no_personal_data_stands_in_the_trail(school: School) -> None:
    assert school.get(f"clients/{school.eloise}", Role.ORGANISER).status_code == 200
    with psycopg.connect(school.models.log.url) as owner:
        rows = owner.execute("select t::text from access_trail t").fetchall()
    assert any(str(school.eloise) in row for (row,) in rows), "the control"
    assert not [row for (row,) in rows if "loïse" in row or "@" in row]
