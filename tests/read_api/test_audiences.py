"""Audiences over HTTP: the list, the file, saved queries, and what is refused."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.audience.events import QuerySaved
from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.kernel import Role
from read_api.shapes_audience import FoundAudience, SavedQueries
from tests.read_api.conftest import School
from tests.support.builders import dossier_created
from tests.support.http import assert_problem

CANADA = {"kind": "country", "country": "CA"}
NEAR = {"kind": "near", "city": "Laval", "country": "CA", "km": 40}


def asked(school: School, tree: Any, *roles: Role, user: UUID | None = None, **more: Any) -> Any:
    return school.get("audiences", *roles, user=user, query=json.dumps(tree), **more)


@pytest.fixture(scope="module")
def willing(school: School) -> UUID:
    """Somebody who said yes to e-mails, and whose name looks like a formula."""
    client = uuid4()
    school.models.given(
        (client, dossier_created(client, last_name="=Abel", first_name="Ana", city="Laval")),
        (client, PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="1")),
    )
    return client


@pytest.mark.rule("REQ-3")
def test_those_found_are_listed_by_name_with_their_number_and_consents(school: School, willing: UUID) -> None:
    answer = asked(school, CANADA)
    FoundAudience.model_validate_json(answer.content)
    body = answer.json()
    assert body["count"] == len(body["items"])
    names = [row["last_name"] for row in body["items"]]
    assert names[:2] == ["=Abel", "D'Arcy-Lévesque"]
    assert "Zola" not in names, "deactivated"
    consents = [[row[c] for c in ("telephone_ok", "post_ok", "email_ok")] for row in body["items"][:2]]
    assert consents == [[False, False, True], [False, False, False]]
    first = asked(school, CANADA, limit=1).json()
    second = asked(school, CANADA, limit=1, cursor=first["next"]).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [r["id"] for r in body["items"][:2]]
    assert first["count"] == body["count"]


@pytest.mark.rule("REQ-3", "AUD-4")
def test_the_file_opens_in_a_spreadsheet_and_is_noted(school: School, willing: UUID) -> None:
    user = uuid4()
    answer = school.get("audiences/export", Role.OFFICE, user=user, query=json.dumps(NEAR))
    assert answer.status_code == 200
    lines = answer.content.decode("utf-8").split("\r\n")
    assert lines[0].startswith("\ufeffNom;Prénom;Courriel;Téléphone;")
    assert lines[0].endswith(";COMM. TÉLÉPHONE;COMM. COURRIER;COMM. EMAIL")
    assert lines[1].startswith("'=Abel;Ana;eloise@example.com;")
    assert lines[1].endswith(";NON;NON;OUI")
    [noted] = school.get("access-trail", Role.ADMIN, who=str(user)).json()["items"]
    assert (noted["kind"], noted["persons"]) == ("audience_export", len(lines) - 2)


@pytest.mark.rule("REQ-3", "COM-8")
def test_more_than_300_are_listed_and_not_exported(school: School) -> None:
    facts = []
    for n in range(301):
        client = uuid4()
        facts.append((client, dossier_created(client, last_name=f"Foule {n}", country="LU", city=None)))
    school.models.given(*facts[:300])
    tree = {"kind": "country", "country": "LU"}
    user = uuid4()
    assert school.get("audiences/export", query=json.dumps(tree), form="xlsx").status_code == 200
    school.models.given(facts[300])
    assert asked(school, tree).json()["count"] == 301
    answer = school.get("audiences/export", Role.OFFICE, user=user, query=json.dumps(tree))
    assert_problem(answer, 409, "audience_too_large", "COM-8", found=301, most=300)
    assert school.get("access-trail", Role.ADMIN, who=str(user)).json()["items"] == []


@pytest.mark.rule("REQ-2")
@pytest.mark.parametrize(
    ("tree", "narrow"),
    [
        (CANADA, False),
        (NEAR, True),
        ({"kind": "postal_prefix", "country": "CA", "prefix": "H2"}, True),
        ({"kind": "interested", "activity": str(uuid4())}, True),
        ({"kind": "to_schedule", "activity": str(uuid4())}, True),
        ({"kind": "all_of", "conditions": [CANADA, NEAR]}, True),
        ({"kind": "any_of", "conditions": [CANADA, NEAR]}, False),
        ({"kind": "any_of", "conditions": [NEAR, NEAR]}, True),
        ({"kind": "none_of", "conditions": [NEAR]}, False),
        ({"kind": "all_of", "conditions": [CANADA, {"kind": "none_of", "conditions": [NEAR]}]}, False),
    ],
)
def test_an_organisers_query_is_about_their_region_or_their_activity(
    school: School, tree: Any, narrow: bool
) -> None:
    for path in ("audiences", "audiences/export"):
        answer = school.get(path, Role.ORGANISER, query=json.dumps(tree))
        if narrow:
            assert answer.status_code == 200
        else:
            assert_problem(answer, 409, "audience_too_broad", "REQ-2")
    assert asked(school, tree, Role.ADMIN).status_code == 200


def nested(depth: int) -> Any:
    return CANADA if depth == 1 else {"kind": "all_of", "conditions": [nested(depth - 1)]}


@pytest.mark.rule("REQ-1")
@pytest.mark.parametrize(
    ("tree", "place", "code"),
    [
        ("[", "body", "json_invalid"),
        ([], "body", "dict_type"),
        ({}, "body", "union_tag_not_found"),
        ({"kind": "age"}, "body", "union_tag_invalid"),
        ({"kind": "all_of", "conditions": []}, "all_of.conditions", "too_short"),
        ({**NEAR, "km": 201}, "near.km", "less_than_equal"),
        ({**NEAR, "km": "40"}, "near.km", "int_type"),
        ({**NEAR, "planet": "Mars"}, "near.planet", "extra_forbidden"),
        (
            {
                "kind": "none_of",
                "conditions": [CANADA, {"kind": "postal_prefix", "country": "CA", "prefix": "H "}],
            },
            "none_of.conditions.1.postal_prefix.prefix",
            "prefix_too_short",
        ),
        ({"kind": "postal_prefix", "prefix": "H2"}, "postal_prefix.country", "missing"),
        ({"kind": "interested"}, "interested", "one_of_both"),
        (
            {"kind": "followed", "since": "2026-02-01", "until": "2026-01-01"},
            "followed.until",
            "ends_before_it_begins",
        ),
        (nested(7), "body", "too_deep"),
        ({"kind": "any_of", "conditions": [CANADA] * 50}, "body", "too_many_conditions"),
    ],
)
def test_a_malformed_tree_is_refused_with_the_place_of_its_fault(
    school: School, tree: Any, place: str, code: str
) -> None:
    text = tree if isinstance(tree, str) else json.dumps(tree)
    problem = assert_problem(school.get("audiences", query=text), 422, "malformed", "REQ-1")
    [error] = problem["fields"]["errors"]
    assert (error["field"], error["code"]) == (place, code)
    assert error["detail"].endswith(".")


@pytest.mark.rule("REQ-1")
def test_the_deepest_and_largest_tree_is_answered(school: School) -> None:
    for tree in (nested(6), {"kind": "any_of", "conditions": [CANADA] * 49}):
        assert asked(school, tree).status_code == 200
    assert_problem(school.get("audiences"), 422, "malformed", "REQ-1")
    both = school.get("audiences", query=json.dumps(CANADA), saved=str(uuid4()))
    assert_problem(both, 422, "malformed", "REQ-1")


@pytest.mark.rule("REQ-1")
def test_a_town_is_asked_back_with_what_tells_them_apart(school: School) -> None:
    sherbrooke = {**NEAR, "city": "Sherbrooke"}
    problem = assert_problem(asked(school, sherbrooke), 409, "ambiguous_town", "REQ-1")
    assert "Sherbrooke (Québec, CA), Sherbrooke (Alberta, CA)" in problem["detail"]
    first, _ = problem["fields"]["candidates"]
    assert asked(school, {**sherbrooke, "place": first["place"]}).status_code == 200
    nowhere = {**NEAR, "city": "Atlantide\0'; --"}
    assert_problem(asked(school, nowhere), 409, "unknown_town", "REQ-1")


@pytest.mark.rule("REQ-4")
def test_a_saved_query_is_listed_and_run_again(school: School, willing: UUID) -> None:
    query = uuid4()
    school.models.given(
        (query, QuerySaved(name="Laval", conditions=json.dumps(NEAR), owner=school.organiser))
    )
    answer = school.get("audiences/queries", Role.ORGANISER)
    SavedQueries.model_validate_json(answer.content)
    [row] = answer.json()["items"]
    assert row == {
        "id": str(query),
        "name": "Laval",
        "query": NEAR,
        "owner_id": str(school.organiser),
        "owner": "Monique Tremblay",
        "sort": "laval",
    }
    again, anew = school.get("audiences", saved=str(query)).json(), asked(school, NEAR).json()
    assert again["items"] == anew["items"] != []
    assert_problem(school.get("audiences", saved=str(uuid4())), 404, "no_such_query", "REQ-4")


@pytest.mark.rule("REQ-4")
def test_the_three_ready_made_queries_run_once_they_are_filled_in(school: School) -> None:
    ready = school.get("audiences/queries", Role.ORGANISER).json()["ready_made"]
    assert [q["name"] for q in ready] == [
        "Inscrits sans date à une activité",
        "Intéressés par une activité ou une phase",
        "Une région",
    ]
    values = {"activity": str(school.activity), "city": "Laval", "country": "CA"}
    found = [
        asked(school, {k: values.get(k) if v is None else v for k, v in q["query"].items()}, Role.ORGANISER)
        for q in ready
    ]
    assert [answer.status_code for answer in found] == [200, 200, 200]
    assert {row["id"] for row in found[0].json()["items"]} == {str(school.eloise), str(school.lea)}
    assert str(school.eloise) in {row["id"] for row in found[2].json()["items"]}
