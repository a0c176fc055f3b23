"""Errors as pages for people, as problem documents for machines; who isn't logged in is sent to log in."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from aggregates.client.impersonation.refusals import ActingAsClient
from aggregates.kernel import Refused, Role
from commands import problems
from commands.access import ForbiddenError
from commands.dispatch import IdempotencyKeyReusedError, StreamClashError
from commands.problems import DATABASE_AWAY, NotLoggedInError, TooLargeError, status_of
from commands.sessions import Session
from commands.throttle import TooManyTriesError
from portal.client.staff_pages import staff_page
from portal.form import StaleFormError
from portal.language import language, read_in, say
from portal.page import helping, templates
from portal.public import first_steps
from portal.refusals import note_refused
from schema.labels import label, refusal_sentence
from schema.topics import UnknownTopicError

_CODES: dict[type[Exception], tuple[int, str, str | None]] = {
    ForbiddenError: (403, "forbidden", None),
    StaleFormError: (403, StaleFormError.code, None),
    TooLargeError: (413, "too_large", None),
    IdempotencyKeyReusedError: (409, "idempotency_key_reused", None),
    StreamClashError: (409, "stream_clash", None),
    TooManyTriesError: (429, "too_many_requests", "DOS-7"),
    UnknownTopicError: (503, "unknown_fact", None),
    RequestValidationError: (422, "malformed", None),
    **dict.fromkeys(DATABASE_AWAY, (503, "unavailable", None)),
}
_NOTED = (ForbiddenError, StaleFormError, TooLargeError, TooManyTriesError)
"""What somebody may have tried on purpose: the log says so."""
_STATUSES: dict[int, tuple[int, str, str | None]] = {
    404: (404, "no_such_page", None),
    405: (405, "method_not_allowed", None),
}
"""What the framework itself refuses."""
_BOTH = ("Retry-After", "Allow")
"""Headers of a problem document that its page has too."""


def error_page(
    status: int,
    code: str,
    rule: str | None,
    fields: Any = None,
    session: Session | None = None,
    then: str | None = None,
) -> Response:
    """What happened, in a sentence, and the way back; to staff in French like all of their pages.

    `then`: where who looks as a client goes on once they are themselves again.
    """
    if session is not None and Role.CLIENT not in session.principal.roles:
        read_in("fr")
    context = {
        "me": None,
        "helping": None if session is None else helping(session, then=then),
        "csrf": "",
        "path": "",
        "query": "",
        "notice": None,
        "refusal": None,
        "problem": {
            "status": status,
            "title": label(language(), "status", str(status)),
            "sentence": refusal_sentence(language(), code, fields or {}),
            "rule": rule,
        },
        "back": {"href": "/", "label": say("Retour à l’accueil")},
    }
    return HTMLResponse(templates().get_template("public/error.html").render(context), status)


def wants_page(request: Request) -> bool:
    """A browser asks for HTML; everything else gets a problem document."""
    return "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Put pages before the problem documents for whoever asks for HTML."""
    problems.install(app)
    kinds: tuple[type[Exception] | int, ...] = (Refused, NotLoggedInError, *_CODES, *_STATUSES)
    for kind in kinds:
        machine = app.exception_handlers.get(kind)

        async def handler(request: Request, error: Exception, machine: Any = machine) -> Response:
            if isinstance(error, _NOTED):
                note_refused(request, _CODES[type(error)][1])
            if isinstance(error, NotLoggedInError) and (page := await _first_step(request)):
                return RedirectResponse(page, 303)
            if machine is None:
                return _page(request, error)
            answer: Response = await machine(request, error)
            if not wants_page(request):
                return answer
            shown = _page(request, error)
            shown.headers.update({name: answer.headers[name] for name in _BOTH if name in answer.headers})
            return shown

        app.add_exception_handler(kind, handler)


async def _first_step(request: Request) -> str | None:
    """Where who opens a page with a session that waits for a first step has to go (DOS-2, DOS-7)."""
    if getattr(request.scope.get("route"), "include_in_schema", True):
        return None
    with suppress(*DATABASE_AWAY):
        who = await first_steps.waiting(request)
        return None if who is None else first_steps.PAGES[who.step]
    return None


def _page(request: Request, error: Exception) -> Response:
    if isinstance(error, NotLoggedInError):
        target = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/connexion?next={quote(target)}", 303)
    session = getattr(request.state, "session", None)
    if isinstance(error, ActingAsClient) and session is not None and session.principal.behalf is not None:
        then = staff_page(request, session.principal.behalf)
        return error_page(409, error.code, error.rule, {"page": then}, session, then)
    if isinstance(error, Refused):
        return error_page(status_of(error), error.code, error.rule, error.fields, session)
    if isinstance(error, HTTPException):
        return error_page(*_STATUSES[error.status_code], session=session)
    status, code, rule = next(found for kind, found in _CODES.items() if isinstance(error, kind))
    return error_page(status, code, rule, session=session)
