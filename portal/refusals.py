"""What the log says of requests that were refused or went wrong: ids and routes, no value of theirs (T25)."""

from __future__ import annotations

import logging
import traceback

from starlette.requests import Request

log = logging.getLogger(__name__)


def note_refused(request: Request, code: str) -> None:
    """One line: why, at which route, by whom."""
    log.warning("refused %s: %s by %s", code, _route(request), _user(request))


def note_unexpected(request: Request, error: Exception) -> None:
    """One line: the error's class and place. Its text may hold what somebody typed."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
    log.error("unexpected %s at %s: %s by %s", type(error).__name__, place, _route(request), _user(request))


def _route(request: Request) -> str:
    """The path as it is declared; what was asked where there is none may be anything."""
    return f"{request.method} {getattr(request.scope.get('route'), 'path', '?')}"


def _user(request: Request) -> str:
    session = getattr(request.state, "session", None)
    return "nobody" if session is None else str(session.principal.user)
