"""Queries are built, run, saved, changed and deleted on their pages, without JavaScript (REQ-1 to REQ-4)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from copy import copy
from urllib.parse import urlencode
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from aggregates.audience.conditions import Query
from aggregates.audience.state import SAVED_QUERY, SavedQuery
from aggregates.kernel import Role
from portal.staff.audience_form import rows_of, tree_of_rows
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

NEW = "/requetes/nouvelle"


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture(scope="module")
def office(door: Door, models: Projecting) -> Page:
    return Page(door, "/requetes", Role.OFFICE)


def at(page: Page, path: str) -> Page:
    """The same person at another page."""
    other = copy(page)
    other.text = page.http.get(path, headers=page.headers).text
    return other


def asked(*rows: dict[str, str], **more: str) -> str:
    return NEW + "?" + urlencode({f"{k}-{n}": v for n, row in enumerate(rows) for k, v in row.items()} | more)


SWISS = {"kind": "country", "country": "CH"}
CARD = {"kind": "privilege_card"}


@pytest.mark.rule("REQ-1")
@pytest.mark.parametrize(
    "tree",
    [
        {"kind": "balance_due"},
        {"kind": "none_of", "conditions": [SWISS, CARD]},
        {"kind": "any_of", "conditions": [SWISS, {"kind": "none_of", "conditions": [CARD]}]},
        {"kind": "all_of", "conditions": [{"kind": "any_of", "conditions": [SWISS, CARD]}, CARD]},
        {"kind": "near", "km": 50, "city": "Laval", "country": "CA"},
    ],
)
def test_rows_say_what_the_tree_said(tree: object) -> None:
    known = TypeAdapter(Query).validate_python(tree)
    rows = rows_of(known)
    assert rows is not None
    again, errors = tree_of_rows(rows)
    assert errors == {}
    assert again is not None
    assert rows_of(again) == rows


@pytest.mark.rule("REQ-1")
def test_a_tree_of_trees_is_no_rows() -> None:
    inner = {"kind": "all_of", "conditions": [SWISS, CARD]}
    assert (
        rows_of(TypeAdapter(Query).validate_python({"kind": "any_of", "conditions": [inner, CARD]})) is None
    )


@pytest.mark.rule("REQ-1")
def test_a_row_is_added_and_taken_out_and_what_was_typed_stays(office: Page) -> None:
    near = {"kind": "near", "city": "Lav<b>", "km": "50"}
    page = at(office, asked(near, SWISS, nouvelle="student", ajouter="1")).text
    assert 'value="Lav&lt;b&gt;"' in page
    assert 'name="kind-2" value="student"' in page
    assert 'class="error"' not in page
    gone = at(office, asked(near, SWISS, retirer="0")).text
    assert "Lav" not in gone
    assert 'name="kind-0" value="country"' in gone


@pytest.mark.rule("REQ-1")
def test_what_is_missing_or_ambiguous_is_asked_back(office: Page) -> None:
    wrong = at(office, asked({"kind": "near", "city": "Laval", "km": "500"})).text
    assert 'id="km-0-error"' in wrong
    several = at(office, asked({"kind": "near", "city": "Saint-Denis", "km": "5"})).text
    assert "Laquelle ?" in several
    place = re.search(r'<option value="(\d+)">Saint-Denis', several)
    assert place is not None
    one = asked({"kind": "near", "city": "Saint-Denis", "km": "5", "place": place[1]})
    assert "0 personne" in at(office, one).text
    unknown = at(office, asked({"kind": "near", "city": "Xyzzy", "km": "5"})).text
    assert "Ville inconnue" in unknown


@pytest.mark.rule("REQ-2", "REQ-3")
def test_the_list_has_the_consents_and_two_ways_on(
    door: Door, office: Page, school: School, models: Projecting
) -> None:
    school.client(country="CH", last_name="Œuvrard")
    models.catch_up()
    page = at(office, asked(SWISS))
    assert "1 personne trouvée" in page.text
    assert "COMM. COURRIER" in page.text
    assert "/envois/nouveau?requete=" in page.text
    found = re.search(r'href="(/api/audiences/export[^"]*form=csv)"', page.text)
    assert found is not None
    file = door.http.get(html.unescape(found[1]), headers=page.headers)
    assert "Œuvrard" in file.text
    assert "/envois/nouveau" not in Page(door, asked(SWISS), Role.ACCOUNTING).text
    broad = Page(door, asked(SWISS), Role.ORGANISER).text
    assert "touche trop de monde" in broad
    assert "Œuvrard" not in broad


@pytest.mark.rule("COM-8")
def test_more_than_300_are_neither_mailed_nor_exported(office: Page, models: Projecting) -> None:
    models.connection.execute(
        "insert into read.audience_person (client, active, country, sort) "
        "select gen_random_uuid(), true, 'LU', 'x' from generate_series(1, 301)"
    )
    page = at(office, asked({"kind": "country", "country": "LU"})).text
    assert "301 personnes" in page
    assert "trop pour un envoi" in page
    assert "/envois/nouveau" not in page
    assert "export" not in page


@pytest.mark.rule("REQ-4")
def test_a_query_is_saved_rerun_changed_and_deleted(
    door: Door, office: Page, school: School, models: Projecting
) -> None:
    page = at(office, asked(CARD))
    typed = {"name": "Cartes <b>", "query": json.dumps(CARD)}
    assert page.send(NEW, {**typed, "name": ""}).status_code == 200
    made = at(office, asked(CARD)).send(NEW, typed)
    assert made.status_code == 303
    path = made.headers["location"].partition("?")[0]
    models.catch_up()
    again = at(office, path)
    assert "Cartes &lt;b&gt;" in again.text
    assert 'name="kind-0" value="privilege_card"' in again.text
    changed = {
        "name": "Cartes",
        "query": html.unescape(again.hidden("query")),
        "seen_version": again.hidden("seen_version"),
    }
    assert again.send(path, changed).status_code == 303
    saved = school.state(SAVED_QUERY.at(UUID(path.rpartition("/")[2])))
    assert isinstance(saved, SavedQuery)
    assert saved.name == "Cartes"
    models.catch_up()
    assert "Cartes" in Page(door, "/requetes", Role.ORGANISER).text
    assert at(office, path).send(path, {"act": "delete"}).status_code == 303
    models.catch_up()
    assert at(office, path).text.count("Cartes") == 0
