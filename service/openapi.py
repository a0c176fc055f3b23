"""The OpenAPI file: what the routes say of themselves and what all have in common, in French or English.

English stands in the code; openapi_fr.toml has its French (docs/decisions/0035).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from aggregates.kernel import Role
from commands.problems import MEDIA_TYPE, Problem
from schema.labels import Language, label, tables

Json = dict[str, Any]

ABOUT = """The portal for machines: commands that change something, queries that read.

A machine shows a bearer token (`portail token`). Errors are problem documents (RFC 9457) with a `code` that
never changes, the rule behind it, and a sentence for people; `Accept-Language: en` makes it English. A
command answers the `position` of its last event; a query that is given it as `after` shows that event.
Lists are read page by page: the `next` of an answer is the `cursor` of the following question. An answer's
`ETag` changes when what it shows may have changed: sent back as `If-None-Match` it saves an answer that is
the same (304)."""
TAGS: Mapping[str, str] = {
    "commands": "What changes something, one address per command; what has one Idempotency-Key is done once.",
    "workshops": "Dated workshops and their lists of participants.",
    "clients": "Dossiers.",
    "registrations": "Registrations À PLANIFIER.",
    "invoices": "Invoices.",
    "documents": "What is printed, as PDF.",
    "statement": "What accounting follow up: balances, deposits, payments, cheques, cancellation cases.",
    "to-dos": "What waits for whom.",
    "ledger": "The books: trial balance, journal, and the file for tax inspectors.",
    "history": "Who did what and when, how it was at a moment, and who read what.",
    "catalogue": "What forms choose from.",
    "templates": "Wordings of e-mails.",
    "mailings": "E-mails to many: what leaves, and what would.",
    "audiences": "Whom a query finds.",
    "operations": "How far the read models are.",
}
_OF_ALL = (401, 403, 422, 503)
_OF_COMMANDS = (404, 409, 413)
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_UNCHANGED = "The answer is the one that has this ETag."
_SEEN = "The ETag of the answer that the asker has."
_TAG = "Changes when what the answer shows may have changed."
_RETRY = "Seconds after which to ask again."
_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A machine's token, as `portail token` gives it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "portail",
        "description": "The session of somebody who logged in; `__Host-portail` over https.",
    },
}


def document(routers: Iterable[APIRouter], language: Language) -> Json:
    """The whole file in that language. Raises KeyError for a text that has no French."""
    described: Json = _in_words(completed(routers), language)
    for _, _, operation in operations(described):
        operation["summary"] = _first_sentence(operation["description"])
        operation["description"] += _who(operation, language)
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                answer["description"] = label(language, "status", status)
    return described


def completed(routers: Iterable[APIRouter]) -> Json:
    """The file with the words of the code."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    made = get_openapi(
        title="Portail",
        version="0.1.0",
        description=ABOUT,
        routes=routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    schemas: Json = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own answers, which nobody gets
        schemas.pop(name, None)
    _add(schemas, "Problem", Problem.model_json_schema())
    made["components"]["securitySchemes"] = _SECURITY
    made["security"] = [{name: []} for name in _SECURITY]
    by_address = {(route.path, method.lower()): route for route in routes for method in route.methods or ()}
    for path, method, operation in operations(made):
        route = by_address[path, method]
        _complete(path, method, operation, schemas)
        operation["operationId"] = route.name
        operation.setdefault("x-roles", _roles(route))
        operation["responses"] = dict(sorted(operation["responses"].items()))
    _without_repetitions(made)
    return made


def operations(made: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method and what is said of it."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: Json, schemas: Json) -> None:
    """The answers that operations of a kind have in common; a command's parts as schemas of their own."""
    answers: Json = operation["responses"]
    declared = [int(status) for status in answers if int(status) >= 400]
    by_path = (404,) if "{" in path else ()
    for status in sorted({*_OF_ALL, *by_path, *declared, *(_OF_COMMANDS if method == "post" else ())}):
        answers[str(status)] = {"content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
        if status == 503:
            answers["503"]["headers"] = {
                "Retry-After": {"description": _RETRY, "schema": {"type": "integer"}, "example": 2}
            }
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        command: Json = content["schema"]
        for name, schema in command.pop("$defs", {}).items():
            _add(schemas, f"commands.{name}", schema)
        name = f"commands.{command['title']}"
        _add(schemas, name, command)
        content["schema"] = {"$ref": f"#/components/schemas/{name}"}
    elif "application/json" in answers["200"].get("content", {}):
        tag = {
            "description": _TAG,
            "required": True,
            "schema": {"type": "string"},
            "example": 'W/"5d41402abc4b2a76b9719d91"',
        }
        answers["200"]["headers"] = {"ETag": tag}
        answers["304"] = {"description": _UNCHANGED, "headers": {"ETag": tag}}
        seen = {"name": "If-None-Match", "in": "header", "required": False, "description": _SEEN}
        operation.setdefault("parameters", []).append(
            {**seen, "schema": {"type": "string", "examples": [tag["example"]]}}
        )


def _add(schemas: Json, name: str, schema: Json) -> None:
    """Raises ValueError where two classes of one name would be taken for each other."""
    if schemas.setdefault(name, schema) != schema:
        raise ValueError(name)


def _roles(route: APIRoute) -> list[str]:
    """Whom a query lets in."""
    rows = [call.allowed for call in _calls(route.dependant) if hasattr(call, "allowed")]
    return [role.value for role in Role if any(role in row for row in rows)]


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def _without_repetitions(part: Any) -> None:
    """Take off titles that only repeat a field's name; of parameters what they say twice, and null, which
    no address can hold."""
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _without_repetitions(inner)
    if isinstance(part, dict):
        for schema in (*part.get("properties", {}).values(), part.get("schema")):
            if isinstance(schema, dict):
                schema.pop("title", None)
        if "in" in part and isinstance(schema := part.get("schema"), dict):
            schema.pop("description", None)
            either = schema.pop("anyOf", [])
            schema |= {
                name: value for kind in either if kind != {"type": "null"} for name, value in kind.items()
            }


@cache
def french() -> Mapping[str, str]:
    """The French of each text, spaces and line breaks of which don't count."""
    return tomllib.loads((files("service") / "openapi_fr.toml").read_text("utf-8"))


def key_of(text: str) -> str:
    """What stands for the text in openapi_fr.toml: without line breaks and what a command refuses."""
    return " ".join(text.split()).partition(" Refused: ")[0]


def _in_words(part: Any, language: Language) -> Any:
    """The same with every description in that language. Raises KeyError."""
    if isinstance(part, list):
        return [_in_words(inner, language) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _said(inner, language)
        if name == "description" and isinstance(inner, str)
        else inner
        if name in ("example", "examples")
        else _in_words(inner, language)
        for name, inner in part.items()
    }


def _said(text: str, language: Language) -> str:
    if language == "en":
        return text
    return french()[key_of(text)] + _refusals(" ".join(text.split()).partition(" Refused: ")[2])


def _refusals(listed: str) -> str:
    """What a command refuses and makes, in French: codes and names are the same in both languages."""
    refused, _, made = listed.partition(" Makes ")
    codes = [word for word in re.findall(r"[a-z_]+", refused) if word in tables("fr")["refused"]]
    as_others = re.findall(r"\bas ([a-z-]+-[a-z-]+)", refused)
    names = re.findall(r"`([^`]+)`", made)
    parts = [
        f"Refus possibles : {', '.join(f'`{code}`' for code in codes)}." if codes else "",
        f"Refuse aussi ce que refuse {' ou '.join(f'`{name}`' for name in as_others)}." if as_others else "",
        f"Ids donnés, selon le cas : {', '.join(f'`{name}`' for name in names)}." if names else "",
    ]
    return "".join(f"\n\n{part}" for part in parts if part)


def _first_sentence(text: str) -> str:
    return re.split(r"[.;](?:\s|$)", " ".join(text.split()), maxsplit=1)[0].strip()


def _who(operation: Json, language: Language) -> str:
    """The roles that come in and the rules served."""
    roles = ", ".join(label(language, "role", role) for role in operation["x-roles"])
    rules = ", ".join(operation.get("x-rules", ()))
    words = ("Rôles : ", "Règles : ") if language == "fr" else ("Roles: ", "Rules: ")
    return f"\n\n{words[0]}{roles}." + (f" {words[1]}{rules}." if rules else "")
