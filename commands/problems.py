"""Every error as an RFC 9457 problem document in French or English, with code and rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from eventsourcing.persistence import OperationalError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aggregates.kernel import Missing, Refused
from commands.access import ForbiddenError
from commands.dispatch import IdempotencyKeyReusedError, StreamClashError
from commands.throttle import TooManyTriesError
from schema.labels import Language, label, refusal_sentence
from schema.log import AWAY
from schema.topics import UnknownTopicError

MEDIA_TYPE = "application/problem+json"


DATABASE_AWAY: tuple[type[Exception], ...] = (OperationalError, *AWAY)
"""Errors that say nothing about the request: it may be sent again (503)."""


class NotLoggedInError(Exception):
    """Nobody is behind the request (401)."""


class MalformedError(Exception):
    """The input is not of the form asked for (422)."""

    def __init__(self, errors: list[dict[str, Any]], rule: str | None) -> None:
        super().__init__("malformed")
        self.errors = errors
        self.rule = rule


class TooLargeError(Exception):
    """The body is larger than allowed (413)."""


def language_of(request: Request) -> Language:
    """French unless the browser asks for English first."""
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"


def malformed(error: ValidationError, rule: str) -> MalformedError:
    """What is wrong with each field, without the value that was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return MalformedError([_wrong(e["loc"], e["type"]) for e in found], rule)


def found_in(error: RequestValidationError) -> list[dict[str, Any]]:
    """The same for parameters, whose place starts with `query` or `path`."""
    return [_wrong(e["loc"][1:], e["type"]) for e in error.errors()]


def _wrong(place: Sequence[int | str], code: str) -> dict[str, Any]:
    return {"field": ".".join(str(part) for part in place) or "body", "code": code}


class Problem(BaseModel):
    """An error that people can read and programs can tell apart (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["urn:portail:problem:workshop_full"])
    title: str = Field(examples=["Demande refusée"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["workshop_full"], description="Never changes.")
    rule: str | None = Field(examples=["ATE-2"], description="The school's rule behind it.")
    detail: str = Field(
        examples=["L’atelier est complet (60 places)."], description="What happened and what to do."
    )
    fields: dict[str, Any] | None = Field(
        default=None,
        examples=[{"capacity": 60}],
        description="Values behind the sentence; `errors` has what is wrong with each field (422).",
    )


def problem(
    request: Request, status: int, code: str, rule: str | None, fields: Mapping[str, Any] | None = None
) -> Response:
    """One problem document."""
    language = language_of(request)
    body = {
        "type": f"urn:portail:problem:{code}",
        "title": label(language, "status", str(status)),
        "status": status,
        "code": code,
        "rule": rule,
        "detail": refusal_sentence(language, code, fields or {}),
        **({"fields": dict(fields)} if fields else {}),
    }
    # Values of settings have enum keys.
    text = orjson.dumps(body, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return Response(text, status, media_type=MEDIA_TYPE)


def _plain(value: Any) -> Any:
    """Amounts and other values as JSON has them everywhere."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


def status_of(refused: Refused) -> int:
    """404 for what is unknown or foreign, else 409."""
    return 404 if isinstance(refused, Missing) else 409


def _malformed_problem(request: Request, error: MalformedError) -> Response:
    language = language_of(request)
    errors = [{**e, "detail": label(language, "malformed", e["code"])} for e in error.errors]
    return problem(request, 422, "malformed", error.rule, {"errors": errors})


def _with_retry(response: Response, seconds: int) -> Response:
    return _with(response, {"Retry-After": str(seconds)})


def _with(response: Response, headers: Mapping[str, str] | None) -> Response:
    response.headers.update(headers or {})
    return response


def install(app: FastAPI) -> None:
    """Make the app answer its errors as problem documents."""

    def handle(kind: type[Exception] | int, answer: Any) -> None:
        async def handler(request: Request, error: Exception) -> Response:
            response: Response = answer(request, error)
            return response

        app.add_exception_handler(kind, handler)

    handle(Refused, lambda r, e: problem(r, status_of(e), e.code, e.rule, e.fields))
    handle(NotLoggedInError, lambda r, _: problem(r, 401, "not_logged_in", "DOS-7"))
    handle(ForbiddenError, lambda r, _: problem(r, 403, "forbidden", None))
    handle(MalformedError, _malformed_problem)
    handle(TooLargeError, lambda r, _: problem(r, 413, "too_large", None))
    handle(IdempotencyKeyReusedError, lambda r, _: problem(r, 409, "idempotency_key_reused", None))
    handle(StreamClashError, lambda r, _: problem(r, 409, "stream_clash", None))
    handle(
        TooManyTriesError,
        lambda r, e: _with_retry(problem(r, 429, "too_many_requests", "DOS-7"), e.retry_after),
    )
    # A release that knows the fact is being rolled out, or was taken back: nobody may decide without it.
    handle(UnknownTopicError, lambda r, _: _with_retry(problem(r, 503, "unknown_fact", None), 60))
    handle(RequestValidationError, lambda r, e: _malformed_problem(r, MalformedError(found_in(e), None)))
    handle(404, lambda r, _: problem(r, 404, "no_such_page", None))
    handle(405, lambda r, e: _with(problem(r, 405, "method_not_allowed", None), e.headers))
    for away in DATABASE_AWAY:
        handle(away, lambda r, _: _with_retry(problem(r, 503, "unavailable", None), 2))
