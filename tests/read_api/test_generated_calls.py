"""Calls that nobody would think of, made from the OpenAPI file: nothing breaks, nothing answers otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import requests
import schemathesis
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from pydantic import TypeAdapter
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aggregates.audience import conditions
from aggregates.kernel import Role
from commands import problems
from commands.audiences.save_query import SaveQuery
from commands.registrations.cancel_registration import CancelRegistration
from projections import query
from read_api.lists import encode_cursor
from read_api.shapes import Answer
from schema.labels import label, tables
from service import openapi
from service.routes import ROUTERS
from tests.read_api.conftest import School
from tests.support.http import served
from tests.support.lanes import figures
from tests.support.projecting import Projecting
from tests.support.write_side import School as WriteSchool

pytestmark = [pytest.mark.rule("T20"), pytest.mark.xdist_group("generated calls")]
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLES: list[Role | None] = [*(role for role in Role if role is not Role.SYSTEM), None]
"""None: not logged in."""
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
PATHS = [route.path for route in ROUTES if route.include_in_schema and route.methods == {"GET"}]
OWNERS = {"client": "dossier_person", "workshop": "workshop_dates_workshop", "invoice": "dossier_invoice"}
OTHERS = {"activity": "catalogue_activity", "phase": "catalogue_phase", "who": "catalogue_staff"}
SAME = {"holder": "who", "by": "who", "subject": "client"}
LIKELY: dict[str, list[Any]] = {
    "from": ["2025-01-01", "2026-11-01T00:00:00Z"],
    "to": ["2027-12-31", "2027-01-01T00:00:00Z"],
    "at": ["2026-11-25T00:00:00Z", "2100-01-01T00:00:00Z"],
    "after": ["0", "1"],
    "upto": ["1", str(2**63 - 1)],
    "topic": ["client.registered", ["invoice.issued", "workshop.planned"]],
}
KEYS: list[tuple[Any, ...]] = [
    ("lévesque", UUID(int=1)),
    ("2026-12-01T00:00:00Z", UUID(int=1)),
    ("2026-12-01T00:00:00Z", UUID(int=1), None),
    ("2026-12-01T00:00:00Z", 7),
    ("2026-12-01T00:00:00Z", 7, 0),
    (None, UUID(int=1), UUID(int=1)),
]
"""What lists go on from."""
NASTY = [
    "",
    "\0",
    "a\0b",
    "'",
    "\\",
    "%",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "\U0010ffff",
    "9" * 19,
    "-1",
    "1e999",
    "NaN",
    "null",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-W01-1T00:00:00+00:00",
    "²",
    "٣",
    "x" * 500,
    *(
        encode_cursor(*key)
        for key in (
            ("2026-W01-1T00:00:00+00:00", UUID(int=1)),
            ("0001-01-01T00:00:00+14:00", UUID(int=1)),
            ("2026-01-01T00:00:00+00:00:00.000001", UUID(int=1)),
            ("2026-01-01T00:00:00Z", True),
            ("2026-01-01T00:00:00Z", 1.5, 0),
            ("2026-01-01T00:00:00Z", 2**63, 0),
            ("2026-01-01T00:00:00Z", 7, 2**31),
            ("9999-12-31T23:59:59-12:00", 7, 0),
        )
    ),
]
"""Put in the place of a parameter now and then: what has upset somebody's software before."""
DAYS = st.sampled_from(["2026-11-01", "0001-01-01", "9999-12-31", "2026-02-30", None])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "country": st.sampled_from(["CA", "CA", "FR", "ZZ", "ca"]),
    "prefix": st.sampled_from(["H2X", "h 2", "75", "\0\0\0", "%%"]) | st.text(max_size=21),
    "km": st.sampled_from([1, 50, 200, 201, 0, 10**30, 1e999]),
    "city": st.sampled_from(["Laval", "montreal", "Saint-Jean", "\0", "\U0010ffff"]) | st.text(max_size=9),
    "place": st.sampled_from([None, 6050610, 1, 2**31 - 1, 2**31, 10**30]),
    "since": DAYS,
    "until": DAYS,
    "channel": st.sampled_from(["email", "post", "telephone", "smoke"]),
    "language": st.sampled_from(["fr", "en", "de"]),
}


@dataclass(frozen=True)
class Asked:
    """A school that answers at an address, what there is in it, and who asks."""

    address: str
    api: Any
    ids: dict[str, list[str]]
    trees: st.SearchStrategy[str]
    headers: dict[Role | None, dict[str, str]]


@pytest.fixture(scope="module")
def asked(school: School) -> Asked:
    """The school with some money, asked by each role; who organises or teaches has workshops of their own."""
    _add_money(school.written)
    school.models.catch_up()
    owners = {Role.ORGANISER: school.organiser, Role.TRAINER: school.trainer}
    headers = {role: school.as_(role, user=owners.get(role)) if role else {} for role in ROLES}
    api = schemathesis.openapi.from_dict(openapi.document(ROUTERS, "fr"))
    ids = _ids(school.models)
    return Asked(str(school.http.base_url), api, ids, _trees(ids), headers)


def _add_money(school: WriteSchool) -> None:
    """Cheques noted, deposited and in a case, and a saved query."""
    activity = school.activity("Écoute du cœur")
    for _ in range(3):
        sold = school.sold(school.client(), activity)
        school.paid(sold.client, 10_000, registration=sold.registration)
        deposited = school.paid(sold.client, 5_000, registration=sold.registration)
        school.deposited(sold.invoice, deposited)
    school.send(CancelRegistration(client=sold.client, registration=sold.registration, note="Deuil"))
    school.send(SaveQuery(name="Canada", query=conditions.InCountry(kind="country", country="CA")))


def _ids(models: Projecting) -> dict[str, list[str]]:
    """Some of each kind that parameters ask for."""

    def some(view: str, column: str) -> list[str]:
        return [str(row[column]) for row in models.rows(view)[:5]]

    found = {name: some(view, name) for name, view in OWNERS.items()}
    found |= {name: some(view, view.rpartition("_")[2]) for name, view in OTHERS.items()}
    found["saved"] = some("audience_saved", "query")
    return found | {name: found[of] for name, of in SAME.items()}


def _trees(ids: dict[str, list[str]]) -> st.SearchStrategy[str]:
    """Conditions as JSON, of every kind there is."""
    fields = FIELDS | {name: st.sampled_from([*ids[name], None]) for name in ("activity", "phase")}
    leaves = []
    for schema in TypeAdapter(conditions.Query).json_schema()["$defs"].values():
        if "kind" in schema.get("properties", {}) and "conditions" not in schema["properties"]:
            names = set(schema["properties"]) - {"kind"}
            needed = {name: fields[name] for name in names & set(schema["required"])}
            leaves.append(
                st.fixed_dictionaries(
                    {"kind": st.just(schema["properties"]["kind"]["const"]), **needed},
                    optional={name: fields[name] for name in names - set(needed)},
                )
            )
    groups = st.sampled_from(["all_of", "any_of", "none_of"])
    tree = st.recursive(
        st.one_of(leaves),
        lambda inner: st.fixed_dictionaries({"kind": groups, "conditions": st.lists(inner, max_size=3)}),
        max_leaves=4,
    )
    return tree.map(json.dumps)


def faults(case: Any, address: str, headers: dict[str, str], session: requests.Session) -> list[str]:
    """What is wrong with the answer to a call."""
    case.headers.clear()
    case.cookies.clear()
    response = case.call(base_url=address, session=session, headers={**headers})
    found: list[str] = []
    for check in CHECKS:
        try:
            case.validate_response(response, checks=[check])
        except FailureGroup as error:
            found.append(f"{check.__name__}: {error}")
    if response.status_code >= 400 and not found:
        found += not_a_problem(response.status_code, response.json())
    return found


def not_a_problem(status: int, found: dict[str, Any]) -> list[str]:
    """What a French problem document lacks."""
    sound = {
        "title": label("fr", "status", str(status)),
        "status": status,
        "type": f"urn:portail:problem:{found.get('code')}",
    }
    wrong = [name for name, value in sound.items() if found.get(name) != value]
    if found.get("code") not in tables("fr")["refused"]:
        wrong.append("code")
    return [f"problem: {name} in {found}" for name in wrong]


def examine(asked: Asked, path: str, examples: int, roles: int, *phases: Phase) -> None:
    """Call the operation so often, each time as somebody else. Raises AssertionError."""
    operation = asked.api[path]["GET"]
    allowed = [Role(role) for role in operation.definition.raw.get("x-roles", ())]
    askers = (
        st.sampled_from([*allowed * 3, *ROLES]).map(lambda role: [role]) if roles == 1 else st.just(ROLES)
    )
    parameters = [p for p in operation.definition.raw.get("parameters", ()) if p["in"] == "query"]
    named = [parameter["name"] for parameter in parameters]

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=phases or (Phase.generate, Phase.shrink),
    )
    @given(
        case=operation.as_strategy()
        | operation.as_strategy()
        | operation.as_strategy(GenerationMode.NEGATIVE),
        who=askers,
        data=st.data(),
    )
    def call(case: Any, who: Sequence[Role | None], data: st.DataObject) -> None:
        case.path_parameters.update(
            {
                name: known
                for name in case.path_parameters
                if (known := data.draw(_known(asked, name))) is not None
            }
        )
        for parameter in parameters:
            _make_likely(asked, case.query, parameter, data)
        if (spoiled := data.draw(st.sampled_from([None, None, *named]))) is not None:
            case.query[spoiled] = data.draw(st.sampled_from(NASTY))
        for role in who:
            found = faults(case, asked.address, asked.headers[role], session)
            assert found == [], (role, case.path_parameters, case.query, found)

    with requests.Session() as session:
        call()


def _known(asked: Asked, name: str) -> st.SearchStrategy[Any]:
    """Half of the time a value with which the question finds something; None for what was generated."""
    if name == "query":
        return asked.trees
    if name == "cursor":
        return st.sampled_from(["7", str(2**63 - 1), *(encode_cursor(*key) for key in KEYS)])
    some = asked.ids.get(name) or LIKELY.get(name, [])
    return st.sampled_from([*[None] * len(some), *some]) if some else st.none()


def _make_likely(asked: Asked, query: dict[str, Any], parameter: dict[str, Any], data: st.DataObject) -> None:
    """Leave out most that may be, or give them a likely value: a question all wrong is soon answered."""
    name = parameter["name"]
    one_is_there = name == "saved" and "query" in query
    if one_is_there or (not parameter["required"] and data.draw(st.sampled_from([True, True, False]))):
        query.pop(name, None)
    elif (known := data.draw(_known(asked, name))) is not None:
        query[name] = known


@figures(("examples", "roles"), short=(10, 1), long=(200, len(ROLES)))
@pytest.mark.parametrize("path", PATHS)
def test_no_call_breaks_what_the_openapi_file_says(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, path: str, examples: int, roles: int
) -> None:
    monkeypatch.setattr(query, "_LONGEST_WAIT", 0.0)
    examine(asked, path, examples, roles)


planted = APIRouter(prefix="/api/planted")


@planted.get("/sound", response_model=Answer)
def sound(q: str = "") -> Response:
    """As it should be."""
    return JSONResponse({"position": "1", "stale_since": None}, headers={"ETag": f'W/"{len(q)}"'})


@planted.get("/error", response_model=Answer)
def error(q: str = "") -> Response:
    """Divides by nothing."""
    return JSONResponse(1 / (len(q) - len(q)))


@planted.get("/shape", response_model=Answer)
def shape(q: str = "") -> Response:
    """A number where there should be a text."""
    return JSONResponse({"position": len(q), "stale_since": None}, headers={"ETag": "W/"})


@planted.get("/status", response_model=Answer)
def status(q: str = "") -> Response:
    """A status that is nowhere said."""
    return problem(418, len(q))


@planted.get("/kind", response_model=Answer)
def kind(q: str = "") -> Response:
    """Text where there should be JSON."""
    return PlainTextResponse(q, headers={"ETag": "W/"})


@planted.get("/english", response_model=Answer)
def english(q: str = "") -> Response:
    """A problem in another language."""
    return problem(403, len(q))


@planted.get("/tag", response_model=Answer)
def tag(q: str = "") -> Response:
    """No ETag."""
    return JSONResponse({"position": str(len(q)), "stale_since": None})


def problem(status: int, n: int) -> Response:
    body = {"type": "urn:portail:problem:forbidden", "title": "Forbidden", "status": status}
    body |= {"code": "forbidden", "rule": None, "detail": "No." * n}
    return JSONResponse(body, status, media_type=problems.MEDIA_TYPE)


@pytest.fixture(scope="module")
def spoiled() -> Iterator[Asked]:
    """An application with faults."""
    app = FastAPI(openapi_url=None)
    problems.install(app)
    app.include_router(planted)
    api = schemathesis.openapi.from_dict(openapi.completed([planted]))
    with served(app) as address:
        yield Asked(address, api, {}, st.nothing(), {role: {} for role in ROLES})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("error", "not_a_server_error"),
        ("shape", "response_schema_conformance"),
        ("status", "status_code_conformance"),
        ("kind", "content_type_conformance"),
        ("english", "problem: title"),
        ("tag", "response_headers_conformance"),
    ],
)
def test_planted_faults_are_found(spoiled: Asked, path: str, found: str) -> None:
    examine(spoiled, "/api/planted/sound", 5, 1)
    with pytest.raises(AssertionError, match=found):
        examine(spoiled, f"/api/planted/{path}", 5, 1, Phase.generate)
