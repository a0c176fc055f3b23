"""Commands that nobody would send, made from their fields: nothing breaks or answers otherwise (T20)."""

from __future__ import annotations

import json
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from pydantic import BaseModel, EmailStr, SecretStr, ValidationError

from aggregates.kernel import Role
from commands.http import Done
from commands.message import Command
from commands.problems import Problem
from schema.labels import label, tables
from service import openapi
from service.bootstrap import COMMANDS
from service.routes import ROUTERS
from tests.read_api.conftest import School
from tests.support.command_samples import sample
from tests.support.lanes import figures

pytestmark = [pytest.mark.rule("T20"), pytest.mark.xdist_group("generated commands")]
ROLES: list[Role | None] = [*(role for role in Role if role is not Role.SYSTEM), None]
"""None: not logged in."""
STATUSES = {
    path.rpartition("/")[2]: {int(status) for status in operation["responses"]}
    for path, _, operation in openapi.operations(openapi.completed(ROUTERS))
    if path.startswith("/api/commands/")
}
TEXTS = [
    "Éloïse",
    "H2X 1Y4",
    "zoe@example.com",
    "CA",
    "fr",
    "",
    " ",
    "\0",
    "a\0b",
    "a\r\nBcc: x@example.com",
    "'; drop table events; --",
    "{cher} {inconnu} {{",
    "=1+1",
    "\ud7ff\U0010ffff",
    "2026-02-30",
    "0001-01-01T00:00:00+14:00",
    "x" * 11_000,
]
SPOILED: list[Any] = [None, True, -1, 0, 2**31, 2**63, 10**400, 1.5, [], {}, [None], {"minor": 1}, *TEXTS]
"""Put in the place of a value now and then."""
_LEAF: dict[str, Any] = {"kind": "country", "country": "CA"}
_DEEP: Any = _LEAF
for _ in range(40):
    _DEEP = {"kind": "none_of", "conditions": [_DEEP]}
TREES: list[Any] = [
    _LEAF,
    {"kind": "any_of", "conditions": [_LEAF, {"kind": "no_email"}]},
    {"kind": "all_of", "conditions": []},
    {"kind": "unheard_of"},
    _DEEP,
]
"""Conditions hold conditions; the walk over queries makes more of them."""
SCALARS: Mapping[Any, list[Any]] = {
    bool: [True, False],
    int: [0, 1, 2, 3, 60, -1, 2**31 - 1, 2**31, 2**63],
    float: [0.0, 45.5, -90.0, 1e300],
    Decimal: ["0", "45.50", "-1", "1e400", "NaN"],
    datetime: [
        "2026-12-01T14:00:00Z",
        "2027-03-01T09:00:00",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00Z",
    ],
    date: ["2026-12-01", "2026-03-01", "0001-01-01", "9999-12-31"],
    EmailStr: ["zoe@example.com", "élo@exemple.fr", "a@b"],
    SecretStr: ["$argon2id$", "0" * 64],
    type(None): [None],
}


@dataclass
class Sent:
    """A school that takes commands, what there is in it, and what became of what was sent."""

    http: httpx2.Client
    ids: list[str]
    headers: dict[Role | None, dict[str, str]]
    answered: Counter[int] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def sent(school: School) -> Sent:
    written = school.written
    activity = written.activity("Écoute du cœur")
    sold = written.sold(written.client(), activity)
    written.paid(sold.client, 10_000, registration=sold.registration)
    owners = {Role.ORGANISER: school.organiser, Role.TRAINER: school.trainer, Role.CLIENT: school.eloise}
    headers = {role: school.as_(role, user=owners.get(role)) if role else {} for role in ROLES}
    ids = [school.eloise, school.lea, school.gone, school.own, school.foreign, school.online, school.activity]
    ids += [
        school.phase,
        school.laval,
        school.invoice,
        school.other_invoice,
        school.organiser,
        school.trainer,
    ]
    ids += [*school.registrations.values(), activity, sold.client, sold.registration, sold.invoice, sold.line]
    ids += [UUID(int=4)]
    return Sent(school.http, [str(id_) for id_ in ids], headers)


def json_of(annotation: Any, ids: list[str]) -> st.SearchStrategy[Any]:
    """What may stand in a field of that type, and what nearly may."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return json_of(arguments[0], ids)
    if origin in (Union, types.UnionType):
        return st.one_of([json_of(part, ids) for part in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(json_of(arguments[0], ids), max_size=3)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(json_of(arguments[0], ids).map(str), json_of(arguments[1], ids), max_size=2)
    if annotation is UUID:
        return st.sampled_from(ids)
    if annotation in SCALARS:
        return st.sampled_from(SCALARS[annotation])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from([member.value for member in annotation])
    if isinstance(annotation, type) and "conditions" in getattr(annotation, "model_fields", ()):
        return st.sampled_from(TREES)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return fields_of(annotation, ids)
    return st.sampled_from(TEXTS)


def fields_of(model: type[BaseModel], ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    made = {name: json_of(f.annotation, ids) for name, f in model.model_fields.items()}
    needed = {name: made[name] for name, f in model.model_fields.items() if f.is_required()}
    return st.fixed_dictionaries(
        needed, optional={name: each for name, each in made.items() if name not in needed}
    )


def bodies(command: type[Command], ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Every second one as it should be but for what it is about; some with a field too many, or spoiled."""
    base = json.loads(sample(command).model_dump_json())
    known = {
        name: st.sampled_from(ids)
        for name, f in command.model_fields.items()
        if f.annotation is UUID and name in base
    }
    sound = st.fixed_dictionaries(known).map(lambda some: base | some)
    body = sound | fields_of(command, ids)
    names = st.sampled_from([*command.model_fields, "unheard_of"])
    spoiled = st.tuples(body, names, st.sampled_from(SPOILED)).map(lambda t: t[0] | {t[1]: t[2]})
    return sound | body | spoiled


def faults(answer: httpx2.Response, statuses: set[int]) -> Iterator[str]:
    """What is wrong with the answer to a command."""
    kind, status = answer.headers.get("content-type", ""), answer.status_code
    if status >= 500:
        yield f"{status} is an error of ours"
    if status not in statuses:
        yield f"{status} is nowhere said"
    shape: type[BaseModel] = Done if status == 200 else Problem
    if kind != ("application/json" if status == 200 else "application/problem+json"):
        yield f"{kind} is another type than was said"
        return
    try:
        found = shape.model_validate_json(answer.content).model_dump()
    except ValidationError as error:
        yield f"another shape than was said: {error}"
        return
    if status != 200 and (
        found["status"] != status
        or found["title"] != tables("fr")["status"].get(str(status))
        or found["code"] not in tables("fr")["refused"]
    ):
        yield f"a problem that is none: {found}"


@figures(("examples", "everybody"), short=(10, False), long=(200, True))
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb_noun())
def test_no_command_breaks_what_the_openapi_file_says(
    sent: Sent, command: type[Command], examples: int, everybody: bool
) -> None:
    allowed = [role for role in ROLES if role in command.ALLOWED]
    who = st.just(ROLES) if everybody else st.sampled_from([*allowed * 3, *ROLES]).map(lambda role: [role])
    name = command.verb_noun()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(body=bodies(command, sent.ids), askers=who)
    def send(body: dict[str, Any], askers: list[Role | None]) -> None:
        for role in askers:
            headers = {**sent.headers[role], "Content-Type": "application/json"}
            answer = sent.http.post(f"/api/commands/{name}", content=json.dumps(body), headers=headers)
            sent.answered[answer.status_code] += 1
            found = list(faults(answer, STATUSES[name]))
            assert found == [], (role, body, answer.text[:500])

    send()


def test_what_was_sent_met_the_rules_and_not_only_the_door(sent: Sent) -> None:
    """The control: of what came in, a good part was carried out or refused by a rule."""
    print(f"T20 commands: {dict(sorted(sent.answered.items()))}")
    if sent.answered:
        met = sent.answered[200] + sent.answered[404] + sent.answered[409]
        assert met > sent.answered.total() / 4
        assert sent.answered[200] > 0


def test_planted_faults_are_found() -> None:
    problem = {"type": "urn:portail:problem:forbidden", "title": label("fr", "status", "403"), "status": 403}
    problem |= {"code": "forbidden", "rule": None, "detail": "Non."}
    kind = {"content-type": "application/problem+json"}

    def of(status: int, body: Any, **headers: str) -> list[str]:
        return list(faults(httpx2.Response(status, json=body, headers=kind | headers), {200, 403}))

    assert of(403, problem) == []
    assert of(200, {"position": "1"}, **{"content-type": "application/json"}) == []
    assert "an error of ours" in of(500, problem)[0]
    assert "nowhere said" in of(418, problem | {"status": 418})[0]
    assert "another type" in of(403, problem, **{"content-type": "text/html"})[0]
    assert "another shape" in of(403, problem | {"trace": "x"})[0]
    for wrong in ({"title": "Forbidden"}, {"code": "unheard_of"}, {"status": 409}):
        assert "that is none" in of(403, problem | wrong)[0]
