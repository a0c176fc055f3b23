"""Who may ask what: roles, own workshops, masks; foreign objects are as unknown ones."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from commands.access import Allowed, Scope
from read_api import queries
from read_api.lists import encode_cursor
from tests.read_api.conftest import School
from tests.support.http import assert_problem

EVERYBODY = [role for role in Role if role is not Role.SYSTEM]
_NEAR_LAVAL = 'audiences?query={{"kind":"near","city":"Laval","country":"CA","km":40}}'
QUERIES: dict[str, Allowed] = {
    "workshops": queries.LIST_WORKSHOPS,
    "workshops/{own}": queries.READ_ROSTER,
    "workshops/{own}/roster": queries.READ_ROSTER,
    "workshops/{own}/roster/export": queries.READ_ROSTER,
    "workshops/{own}/history": queries.READ_WORKSHOP_HISTORY,
    "to-schedule": queries.LIST_TO_SCHEDULE,
    "clients": queries.LIST_DOSSIERS,
    "duplicates": queries.LIST_DUPLICATES,
    "clients/{eloise}": queries.READ_DOSSIER,
    "clients/{eloise}/documents": queries.READ_DOCUMENT,
    "clients/{eloise}/quote?activity={unsold}": queries.READ_QUOTE,
    "clients/{eloise}/history": queries.READ_HISTORY,
    "invoices/{invoice}/history": queries.READ_HISTORY,
    "clients/{eloise}/as-of?at=2100-01-01T00:00:00Z": queries.READ_DOSSIER,
    "workshops/{own}/roster/as-of?at=2100-01-01T00:00:00Z": queries.READ_ROSTER,
    "invoices/{invoice}/as-of?at=2100-01-01T00:00:00Z": queries.READ_INVOICE,
    "invoices/{invoice}": queries.READ_INVOICE,
    "invoices": queries.LIST_INVOICES,
    "statement/balances": queries.READ_STATEMENT,
    "statement/unused-deposits": queries.READ_STATEMENT,
    "statement/payments-to-deposit": queries.READ_STATEMENT,
    "statement/cheques": queries.LIST_CHEQUES,
    "to-dos": queries.LIST_TO_DOS,
    "cancellation-cases": queries.LIST_CASES,
    "access-trail": queries.READ_ACCESS_TRAIL,
    "clients/{eloise}/history/export": queries.READ_HISTORY,
    "invoices/{invoice}/history/export": queries.READ_HISTORY,
    "workshops/{own}/history/export": queries.READ_WORKSHOP_HISTORY,
    "catalogue": queries.READ_CATALOGUE,
    "ledger/trial-balance?from=2026-11-01&to=2026-11-30": queries.READ_LEDGER,
    "ledger/journal?from=2026-11-01&to=2026-11-30": queries.READ_LEDGER,
    "ledger/trial-balance/export?from=2026-11-01&to=2026-11-30": queries.READ_LEDGER,
    "ledger/journal/export?from=2026-11-01&to=2026-11-30": queries.READ_LEDGER,
    "ledger/fec/export?from=2026-01-01&to=2026-12-31": queries.READ_LEDGER,
    "audiences/queries": queries.RUN_AUDIENCES,
    _NEAR_LAVAL: queries.RUN_AUDIENCES,
    _NEAR_LAVAL.replace("?", "/export?"): queries.RUN_AUDIENCES,
    "ops/models": queries.READ_OPERATIONS,
    "ops/reactions": queries.READ_OPERATIONS,
    "ops/erasures": queries.READ_OPERATIONS,
}
PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}
OF_A_WORKSHOP = (
    "workshops/{0}",
    "workshops/{0}/roster",
    "workshops/{0}/roster/export",
    "workshops/{0}/history",
    "workshops/{0}/history/export",
)


def owner(school: School, role: Role) -> UUID:
    if role is Role.CLIENT:
        return school.eloise
    return school.trainer if role is Role.TRAINER else school.organiser


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("path", QUERIES)
def test_each_role_gets_an_answer_exactly_where_the_table_says(school: School, path: str, role: Role) -> None:
    answer = school.get(path.format(**vars(school)), role, user=owner(school, role))
    if role in QUERIES[path]:
        assert answer.status_code == 200
    else:
        assert_problem(answer, 403, "forbidden", None)


@pytest.mark.parametrize("path", QUERIES)
def test_nobody_is_answered_without_logging_in(school: School, path: str) -> None:
    answer = school.http.get(f"/api/{path.format(**vars(school))}")
    assert_problem(answer, 401, "not_logged_in", "DOS-7")


@pytest.mark.parametrize(
    ("path", "role"),
    [(path, Role.ORGANISER) for path in OF_A_WORKSHOP] + [(path, Role.TRAINER) for path in OF_A_WORKSHOP[:3]],
)
def test_a_foreign_workshop_is_as_unknown_as_none(school: School, path: str, role: Role) -> None:
    foreign = school.get(path.format(school.foreign), role, user=owner(school, role))
    unknown = school.get(path.format(uuid4()), role, user=owner(school, role))
    assert_problem(foreign, 404, "not_found", "AUD-1")
    assert foreign.content == unknown.content
    stranger = school.get(path.format(school.own), role)
    assert stranger.content == unknown.content


@pytest.mark.rule("STF-1")
@pytest.mark.parametrize(
    ("regions", "reached"),
    [
        ((), ()),
        ((Region.CANADA,), ("Laval", "EN LIGNE")),
        ((Region.EUROPE,), ("Lyon",)),
        ((Region.ABROAD,), ()),
        ((Region.CANADA, Region.EUROPE), ("Laval", "EN LIGNE", "Lyon")),
    ],
)
def test_an_organiser_reaches_every_workshop_of_the_regions_given(
    school: School, regions: tuple[Region, ...], reached: tuple[str, ...]
) -> None:
    aimee = school.given_regions(*regions)
    workshops = {"Laval": school.own, "EN LIGNE": school.online, "Lyon": school.foreign}
    unknown = school.get(f"workshops/{uuid4()}", Role.ORGANISER, user=aimee).content
    for path in OF_A_WORKSHOP:
        for place, workshop in workshops.items():
            answer = school.get(path.format(workshop), Role.ORGANISER, user=aimee)
            assert (place in reached) is (answer.status_code == 200), f"{place}: {path}"
            assert place in reached or answer.content == unknown
    for path in OF_A_WORKSHOP[:3]:
        asked = school.get(path.format(school.foreign), Role.TRAINER, user=aimee)
        assert asked.content == unknown, "regions mean nothing to a trainer"


def test_who_has_two_roles_reaches_as_far_as_the_wider_one(school: School) -> None:
    path = f"workshops/{school.foreign}/roster"
    assert school.get(path, Role.TRAINER, Role.OFFICE, user=school.trainer).status_code == 200
    assert all(scope in Scope for scope in queries.READ_ROSTER.values())


@pytest.mark.parametrize(
    "path",
    [
        "clients/{0}",
        "clients/{0}/history",
        "invoices/{0}/history",
        "invoices/{0}",
        "clients/{0}/as-of?at=2100-01-01T00:00:00Z",
        "workshops/{0}/roster/as-of?at=2100-01-01T00:00:00Z",
        "invoices/{0}/as-of?at=2100-01-01T00:00:00Z",
        "workshops/{0}/roster",
        "workshops/{0}/history",
    ],
)
def test_what_is_unknown_or_of_another_kind_is_not_found(school: School, path: str) -> None:
    for id_ in (uuid4(), school.venue_id()):
        assert_problem(school.get(path.format(id_)), 404, "not_found", "AUD-1")
    other = school.eloise if path.startswith("workshops") else school.own
    assert_problem(school.get(path.format(other)), 404, "not_found", "AUD-1")


def test_a_trainer_sees_the_roster_without_money(school: School) -> None:
    found = school.get(f"workshops/{school.own}/roster", Role.TRAINER, user=school.trainer).json()
    assert {(row["price"], row["balance"], row["invoice"]) for row in found["items"]} == {(None, None, None)}
    assert found["items"][0]["telephone"] == "+1 450 555-0143"


def test_an_auditor_sees_names_and_no_way_to_reach_anybody(school: School) -> None:
    def asked(path: str) -> str:
        return school.get(path, Role.AUDITOR).text

    contact = ["eloise@example.com", "+1 450 555-0143", "1420, boulevard", "Deuil dans la famille"]
    paths = [
        "clients",
        f"clients/{school.eloise}",
        f"clients/{school.eloise}/history",
        f"invoices/{school.invoice}/history",
        f"workshops/{school.own}/roster",
    ]
    assert all(any(value in school.get(path).text for value in contact) for path in paths), "the control"
    for path in paths:
        assert [value for value in contact if value in asked(path)] == [], path
        assert "[masqué]" in asked(path)
    assert "D'Arcy-Lévesque" in asked(f"clients/{school.eloise}")
    assert "[effacé]" in asked(f"clients/{school.gone}"), "erased stays erased, not masked"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("workshops", {"place": "Canada"}),
        ("workshops", {"activity": "x"}),
        ("workshops", {"from": "tomorrow"}),
        ("workshops", {"limit": 0}),
        ("workshops", {"limit": 501}),
        ("workshops", {"cursor": "abc"}),
        ("workshops", {"cursor": "WyJhIiwgImIiXQ"}),
        ("workshops", {"after": "-1"}),
        ("workshops", {"after": "99999999999999999999"}),
        ("workshops", {"after": "٣"}),
        ("to-schedule", {"country": "ca"}),
        ("to-schedule", {"cursor": encode_cursor("2026-01-01", UUID(int=1))}),
        ("to-schedule", {"cursor": encode_cursor(7, UUID(int=1))}),
        ("clients", {"cursor": encode_cursor("a\0b", UUID(int=1))}),
        ("clients", {"q": "x" * 201}),
        ("clients", {"cursor": "W10"}),
        ("clients/1", {}),
        ("invoices", {"state": "owed"}),
        ("to-dos", {"kind": "rest"}),
        ("invoices", {"cursor": encode_cursor("a", UUID(int=1))}),
        ("cancellation-cases", {"state": "closed"}),
        ("statement/payments-to-deposit", {"method": "gold"}),
        ("clients/{eloise}/history", {"cursor": "99999999999999999999"}),
        ("ledger/journal", {}),
        ("ledger/journal", {"from": "2026-11-30", "to": "2026-11-01"}),
        ("ledger/journal", PERIOD | {"account": "pocket_money"}),
        ("ledger/journal", PERIOD | {"cursor": encode_cursor("2026-01-01T00:00:00Z", -1, 0)}),
        ("ledger/journal", PERIOD | {"cursor": encode_cursor("2026-01-01", 1, 0)}),
        ("ledger/trial-balance", PERIOD | {"upto": "x"}),
        ("ledger/trial-balance/export", PERIOD | {"form": "pdf"}),
        ("workshops/{own}/roster/export", {"form": "pdf"}),
        ("clients/{eloise}/quote", {"activity": "x"}),
    ],
)
def test_malformed_questions_are_refused_as_such(school: School, path: str, params: dict[str, str]) -> None:
    answer = school.http.get(
        f"/api/{path.format(**vars(school))}", params=params, headers=school.as_(Role.OFFICE, Role.ACCOUNTING)
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "malformed"


@pytest.mark.parametrize("text", ["\0", "a\0b@c", "'", "\\", "%_", "':* & !", "\U0010ffff@x.y", "&", "  "])
def test_no_search_text_upsets_the_search(school: School, text: str) -> None:
    assert school.get("clients", q=text).status_code == 200
