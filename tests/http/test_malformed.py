"""Input of the wrong form: 422 with what is wrong at each field, 413 for too much; nothing is done."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from aggregates.kernel import Role
from commands.http import MAX_BODY
from commands.message import Command
from service.bootstrap import COMMANDS
from tests.support.http import Door, assert_problem

DOSSIER: dict[str, Any] = {"last_name": "D'Arcy-Lévesque", "first_name": "Éloïse", "country": "CA"}
SESSION = {"starts": "2027-03-01T09:00:00-05:00", "ends": "2027-03-01T17:00:00-05:00"}
WORKSHOP: dict[str, Any] = {
    "activity": str(uuid4()),
    "venue": None,
    "zone": "America/Toronto",
    "sessions": [SESSION],
    "organiser": str(uuid4()),
    "capacity": 60,
}


def wrong(door: Door, verb_noun: str, body: Any, headers: Any = None) -> list[dict[str, str]]:
    """What the answer finds wrong at each field, by field and code."""
    with door.nothing_done():
        answer = door.raw(verb_noun, json.dumps(body).encode(), headers)
    rules = {c.verb_noun(): c.RULES[0] for c in COMMANDS}
    errors: list[dict[str, str]] = assert_problem(answer, 422, "malformed", rules[verb_noun])["fields"][
        "errors"
    ]
    assert all(error["detail"] for error in errors)
    return errors


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"last_name": 7}, "last_name", "string_type"),
        ({"last_name": None}, "last_name", "string_type"),
        ({"last_name": ""}, "last_name", "string_too_short"),
        ({"last_name": "  "}, "last_name", "string_too_short"),
        ({"last_name": "L" * 201}, "last_name", "string_too_long"),
        ({"last_name": "Roy\nX-Header: 1"}, "last_name", "value_error"),
        ({"last_name": "Roy\u0000"}, "last_name", "value_error"),
        ({"email": "nobody"}, "email", "value_error"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "email", "value_error"),
        ({"country": "Canada"}, "country", "string_pattern_mismatch"),
        ({"country": "ca"}, "country", "string_pattern_mismatch"),
        ({"country": "CA\n"}, "country", "string_pattern_mismatch"),
        ({"language": "de"}, "language", "enum"),
        ({"form_of_address": ["madam"]}, "form_of_address", "enum"),
        ({"nickname": "Élo"}, "nickname", "extra_forbidden"),
        ({"person": str(uuid4())}, "person", "extra_forbidden"),
    ],
)
@pytest.mark.rule("DOS-2")
def test_a_wrong_field_is_named_and_the_value_is_not_repeated(
    door: Door, changes: dict[str, Any], field: str, code: str
) -> None:
    (error,) = wrong(door, "create-dossier", DOSSIER | changes)
    assert (error["field"], error["code"]) == (field, code)


@pytest.mark.rule("DOS-2")
def test_every_wrong_field_is_told_at_once(door: Door) -> None:
    errors = wrong(door, "create-dossier", {"first_name": 1, "email": "?", "nickname": "Élo"})
    assert {error["field"] for error in errors} == {
        "last_name",
        "first_name",
        "email",
        "country",
        "nickname",
    }


@pytest.mark.rule("ATE-1")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity": "60"}, "capacity"),
        ({"capacity": 60.5}, "capacity"),
        ({"capacity": True}, "capacity"),
        ({"capacity": float("nan")}, "capacity"),
        ({"capacity": -1}, "capacity"),
        ({"capacity": 10**30}, "capacity"),
        ({"activity": "Écoute"}, "activity"),
        ({"activity": 3}, "activity"),
        ({"sessions": SESSION}, "sessions"),
        ({"sessions": [SESSION] * 101}, "sessions"),
        ({"sessions": [{"starts": SESSION["starts"]}]}, "sessions.0.ends"),
        ({"sessions": [SESSION | {"starts": "2027-03-01T09:00:00"}]}, "sessions.0.starts"),
        ({"sessions": [SESSION | {"starts": "demain"}]}, "sessions.0.starts"),
        ({"sessions": [SESSION | {"starts": "0001-01-01T00:00:00+14:00"}]}, "sessions.0.starts"),
        ({"sessions": [SESSION | {"ends": "9999-12-31T23:59:59-12:00"}]}, "sessions.0.ends"),
        ({"trainers": [str(uuid4())] * 101}, "trainers"),
        ({"practical_note": "x" * 10_001}, "practical_note"),
    ],
)
def test_a_workshop_of_the_wrong_form_is_not_planned(door: Door, changes: dict[str, Any], field: str) -> None:
    (error,) = wrong(door, "plan-workshop", WORKSHOP | changes)
    assert error["field"] == field


@pytest.mark.rule("CAT-1")
@pytest.mark.parametrize("minor", [10**30, 1.5, "37500", 10**9 + 1])
def test_a_price_that_is_no_amount_is_refused(door: Door, minor: Any) -> None:
    body = {
        "name": "Écoute",
        "category": "regular",
        "days": 2,
        "prices": [{"minor": minor, "currency": "CAD"}],
    }
    (error,) = wrong(door, "add-activity", body, door.as_(Role.ADMIN))
    assert error["field"].startswith("prices.0")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"create"',
        b"\xff\xfe",
        b'{"last_name": "\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_object_is_told_so(door: Door, body: bytes) -> None:
    with door.nothing_done():
        answer = door.raw("create-dossier", body)
    (error, *_) = assert_problem(answer, 422, "malformed", "DOS-2")["fields"]["errors"]
    assert error["code"] in ("json_invalid", "model_type")


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""]
)
def test_another_content_type_than_json_is_refused(door: Door, kind: str) -> None:
    with door.nothing_done():
        answer = door.raw("create-dossier", json.dumps(DOSSIER).encode(), content_type=kind)
    (error,) = assert_problem(answer, 422, "malformed", "DOS-2")["fields"]["errors"]
    assert error["code"] == "not_json"


def test_json_with_its_charset_named_is_json(door: Door) -> None:
    answer = door.raw(
        "create-dossier", json.dumps(DOSSIER).encode(), content_type="application/json; charset=utf-8"
    )
    assert answer.status_code == 200


class TestSize:
    def body(self, size: int) -> bytes:
        room = size - len(json.dumps(DOSSIER | {"city": ""}))
        return json.dumps(DOSSIER | {"city": "x" * room}).encode()

    def test_a_body_of_a_megabyte_is_read(self, door: Door) -> None:
        with door.nothing_done():
            answer = door.raw("create-dossier", self.body(MAX_BODY))
        (error,) = assert_problem(answer, 422, "malformed", "DOS-2")["fields"]["errors"]
        assert error == {"field": "city", "code": "string_too_long", "detail": error["detail"]}

    @pytest.mark.parametrize("size", [MAX_BODY + 1, 1 << 20, 20 * MAX_BODY])
    def test_one_byte_more_is_too_large(self, door: Door, size: int) -> None:
        with door.nothing_done():
            answer = door.raw("create-dossier", self.body(size))
        assert_problem(answer, 413, "too_large", None)

    def test_a_body_in_pieces_of_unknown_length_is_counted_too(self, door: Door) -> None:
        pieces = (b"x" * 65_536 for _ in range(40))
        with door.nothing_done():
            answer = door.http.post(
                "/api/commands/create-dossier",
                content=pieces,
                headers={**door.office, "Content-Type": "application/json"},
            )
        assert_problem(answer, 413, "too_large", None)


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_an_idempotency_key_is_neither_empty_nor_endless(door: Door, key: str) -> None:
    with door.nothing_done():
        answer = door.raw(
            "create-dossier", json.dumps(DOSSIER).encode(), {**door.office, "Idempotency-Key": key}
        )
    (error,) = assert_problem(answer, 422, "malformed", "FAC-3")["fields"]["errors"]
    assert error["field"] == "Idempotency-Key"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.verb_noun())
def test_no_command_takes_an_unknown_field_or_an_empty_body(door: Door, command: type[Command]) -> None:
    role = next(iter(command.ALLOWED))
    errors = wrong(door, command.verb_noun(), {"surprise": 1}, door.as_(role))
    assert {"field": "surprise", "code": "extra_forbidden"}.items() <= {
        k: v for e in errors if e["field"] == "surprise" for k, v in e.items()
    }.items()
    assert any(error["code"] == "missing" for error in errors)
