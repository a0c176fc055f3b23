"""Around every request: security headers, a bound for bodies, nothing unsafe from another site (DOS-7)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commands.problems import TooLargeError, problem
from portal.errors import error_page, wants_page

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STAY_SECURE = "max-age=31536000; includeSubDomains"
MOST = 11_000_000
"""Bytes of any body: an upload and the form around it. Routes ask for less."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware; static files may be cached for ever, nothing else is."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = _HEADERS | ({"Strict-Transport-Security": _STAY_SECURE} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    answer.setdefault(name, value)
                answer.setdefault(
                    "Cache-Control", "public, max-age=31536000, immutable" if static else "no-store"
                )
            await send(message)

        refusal = _refusal(Request(scope))
        if refusal is not None:
            await refusal(scope, receive, guarded)
        else:
            await self._app(scope, _bounded(receive), guarded)


def _refusal(request: Request) -> Response | None:
    """What is answered without asking the application."""
    page, length = wants_page(request), request.headers.get("content-length", "0")
    if request.method not in _SAFE and _from_elsewhere(request.headers):
        if page:
            return error_page(403, "other_site", None)
        return problem(request, 403, "other_site", None)
    if not length.isdecimal() or int(length) > MOST:
        return error_page(413, "too_large", None) if page else problem(request, 413, "too_large", None)
    return None


def _bounded(receive: Receive) -> Receive:
    """The same for bodies that don't say how long they are. Raises TooLargeError where it is read."""
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > MOST:
            raise TooLargeError
        return message

    return counted


def _from_elsewhere(headers: Headers) -> bool:
    """Browsers say where a request comes from; machines with a token say nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")
