"""The OpenAPI file says it all: French descriptions, examples, errors, pages, every schema it names."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from commands.problems import MEDIA_TYPE
from service import openapi
from service.openapi import Json, operations
from service.routes import ROUTERS

WHOLE = {
    "read_roster",
    "roster_as_of",
    "list_cheques",
    "read_models",
    "reactions",
    "erasures",
    "list_templates",
    "review_mailing",
    "list_documents",
}
"""Lists that are never longer than a page: of one workshop, of one dossier, of the staff, of the models."""
NOT_SHOWN_BY_EVENTS = {"read_access_trail", "read_models", "reactions", "erasures"}
"""Without `after`: no event changes what they show."""
PAGED = {"cursor", "limit"}


@cache
def described(language: str) -> Json:
    made: Json = openapi.document(ROUTERS, language)  # type: ignore[arg-type]
    return made


def texts(part: Any) -> Iterator[str]:
    """Every description, as openapi_fr.toml names it."""
    if isinstance(part, list):
        for inner in part:
            yield from texts(inner)
    elif isinstance(part, dict):
        for name, inner in part.items():
            if name == "description" and isinstance(inner, str):
                yield openapi.key_of(inner)
            elif name not in ("example", "examples"):
                yield from texts(inner)


def shape_of(document: Json, schema: Json) -> Json:
    """The schema that a reference leads to."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def lacking(document: Json) -> list[str]:
    """What the file should say and does not."""
    found = [f"no schema {name}" for name in sorted(dangling(document))]
    for path, method, operation in operations(document):
        name = operation["operationId"]
        found += [f"{name}: no {what}" for what in ("summary", "description") if not operation.get(what)]
        found += [f"{name}: {what}" for what in lacking_parameters(path, operation)]
        found += [f"{name}: {what}" for what in lacking_answers(path, method, operation)]
        if method == "get":
            found += [f"{name}: {what}" for what in lacking_pages(document, operation)]
    return found + lacking_examples(document)


def dangling(document: Json) -> set[str]:
    return {
        name for name in references(document["paths"]) if name not in document["components"]["schemas"]
    } | {
        name
        for schema in document["components"]["schemas"].values()
        for name in references(schema)
        if name not in document["components"]["schemas"]
    }


def references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)
    elif isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix("#/components/schemas/")
        for inner in part.values():
            yield from references(inner)


def lacking_parameters(path: str, operation: Json) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        if not parameter.get("description"):
            yield f"{parameter['name']} has no description"
        if not parameter["schema"].get("examples"):
            yield f"{parameter['name']} has no example"


def lacking_answers(path: str, method: str, operation: Json) -> Iterator[str]:
    needed = {"200", "401", "403", "422", "503"} | ({"404"} if "{" in path or method == "post" else set())
    needed |= {"409", "413"} if method == "post" else set()
    answers = operation["responses"]
    yield from (f"no answer {status}" for status in sorted(needed - set(answers)))
    for status, answer in answers.items():
        if not answer.get("description"):
            yield f"answer {status} has no description"
        if int(status) >= 400 and list(answer.get("content", {})) != [MEDIA_TYPE]:
            yield f"answer {status} is no problem document"


def lacking_pages(document: Json, operation: Json) -> Iterator[str]:
    """Of lists the pages, of all answers the ETag and what they wait for."""
    name = operation["operationId"]
    parameters = {parameter["name"] for parameter in operation["parameters"]}
    if "after" not in parameters and name not in NOT_SHOWN_BY_EVENTS:
        yield "waits for no position"
    answer = operation["responses"]["200"]
    content = answer["content"].get("application/json")
    if content is None:
        return
    if "ETag" not in answer.get("headers", {}) or "304" not in operation["responses"]:
        yield "has no ETag"
    properties = shape_of(document, content["schema"])["properties"]
    if "items" in properties and name not in WHOLE:
        yield from (f"has no {page}" for page in sorted(PAGED - parameters))
        if "next" not in properties:
            yield "has no next"


def lacking_examples(document: Json) -> list[str]:
    """Fields of answers that have neither an example nor a shape with examples of its own."""
    schemas = document["components"]["schemas"]
    answers = [o["responses"]["200"].get("content", {}) for _, _, o in operations(document)]
    waiting, seen = {name for content in answers for name in references(content)}, set[str]()
    found = []
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= set(references(schemas.get(name, {}))) - seen
        for field, schema in schemas.get(name, {}).get("properties", {}).items():
            shaped = any("properties" in schemas.get(inner, {}) for inner in references(schema))
            if not schema.get("examples") and not shaped:
                found.append(f"{name}.{field}: no example")
    return sorted(found)


@pytest.mark.rule("T20")
@pytest.mark.parametrize("language", ["fr", "en"])
def test_everything_is_described(language: str) -> None:
    assert lacking(described(language)) == []


def test_what_lacks_is_found() -> None:
    spoiled = deepcopy(described("fr"))
    clients = spoiled["paths"]["/api/clients"]["get"]
    clients["summary"] = ""
    clients["parameters"] = [p for p in clients["parameters"] if p["name"] not in ("limit", "after")]
    del clients["parameters"][0]["description"]
    del clients["responses"]["401"], clients["responses"]["304"]
    clients["responses"]["503"]["content"] = {"application/json": {}}
    schemas = spoiled["components"]["schemas"]
    del schemas["Person"], schemas["Amount"]["properties"]["minor"]["examples"]
    del schemas["FoundClients"]["properties"]["next"]
    assert set(lacking(spoiled)) >= {
        "no schema Person",
        "list_clients: no summary",
        "list_clients: q has no description",
        "list_clients: no answer 401",
        "list_clients: answer 503 is no problem document",
        "list_clients: waits for no position",
        "list_clients: has no ETag",
        "list_clients: has no limit",
        "list_clients: has no next",
        "Amount.minor: no example",
    }


def test_each_text_has_its_french_and_no_french_is_left_over() -> None:
    said = set(texts(openapi.completed(ROUTERS)))
    assert sorted(said - set(openapi.french())) == [], "give it its French in service/openapi_fr.toml"
    assert sorted(set(openapi.french()) - said) == [], "nothing says this any more"


def test_no_text_of_the_french_file_is_english() -> None:
    same = set(texts(described("fr"))) & set(texts(described("en")))
    assert same == {"COMM. TÉLÉPHONE", "COMM. COURRIER", "COMM. EMAIL"}


def test_a_commands_refusals_and_ids_are_told_in_french_too() -> None:
    cancel = described("fr")["paths"]["/api/commands/cancel-registration"]["post"]["description"]
    assert "Refus possibles : `no_such_registration`, `registration_not_open`," in cancel
    assert "`case-1`, `case-2`." in cancel
    assert "Rôles : client," in cancel
    assert "Règles : INS-7, INS-8." in cancel
    phase = described("fr")["paths"]["/api/commands/change-to-phase"]["post"]["description"]
    assert "Refuse aussi ce que refuse `register-for-phase`." in phase


def test_operations_are_told_apart_by_their_names() -> None:
    names = [operation["operationId"] for _, _, operation in operations(described("fr"))]
    assert len(names) == len(set(names))


def test_two_classes_of_one_name_are_not_taken_for_each_other() -> None:
    schemas = {"commands.Roster": {"type": "object"}}
    with pytest.raises(ValueError, match=r"commands\.Roster"):
        openapi._add(schemas, "commands.Roster", {"type": "string"})
