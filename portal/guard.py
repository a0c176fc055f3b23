"""Around every request: our name, security headers, a bound for bodies, no act from another site (DOS-7)."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commands.problems import TooLargeError, problem
from portal.errors import error_page, wants_page
from portal.language import begin
from portal.refusals import note_refused, note_unexpected

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
HEALTH = "/health"
_STAY_SECURE = "max-age=31536000; includeSubDomains"
MOST = 11_000_000
"""Bytes of any body: an upload and the form around it. Routes ask for less."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware; static files may be cached for ever, nothing else is."""

    def __init__(self, app: ASGIApp, *, secure: bool, hosts: Collection[str] | None = None) -> None:
        """`hosts`: the names it answers to, without ports; None: any name."""
        self._app = app
        self._hosts = hosts
        self._headers = _HEADERS | ({"Strict-Transport-Security": _STAY_SECURE} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    answer.setdefault(name, value)
                answer.setdefault(
                    "Cache-Control", "public, max-age=31536000, immutable" if static else "no-store"
                )
                if answer.get("content-type", "").startswith("text/html"):
                    answer.add_vary_header("Accept-Language, Cookie")
            await send(message)

        request = Request(scope)
        begin(request)
        refusal = self._unknown_name(request) or _refusal(request)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        try:
            await self._app(scope, _bounded(receive), guarded)
        except Exception as error:  # the server would log its text
            note_unexpected(request, error)
            if not started:
                await told_with(request, 500, "unexpected")(scope, receive, guarded)

    def _unknown_name(self, request: Request) -> Response | None:
        """Who is asked under another name says who shall be believed; a sign of life is given to all."""
        if self._hosts is None or request.scope["path"] == HEALTH or name_of(request.headers) in self._hosts:
            return None
        return refused_with(request, 421, "unknown_host")


def name_of(headers: Headers) -> str:
    """The name or address that a request asks, without its port and in small letters; empty: none."""
    host = headers.get("host", "").lower()
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[")
    return host.partition(":")[0]


def _refusal(request: Request) -> Response | None:
    """What is answered without asking the application."""
    length = request.headers.get("content-length", "0")
    if request.method not in _SAFE and _from_elsewhere(request.headers):
        return refused_with(request, 403, "other_site")
    if not length.isdecimal() or int(length) > MOST:
        return refused_with(request, 413, "too_large")
    return None


def refused_with(request: Request, status: int, code: str) -> Response:
    note_refused(request, code)
    return told_with(request, status, code)


def told_with(request: Request, status: int, code: str) -> Response:
    return error_page(status, code, None) if wants_page(request) else problem(request, status, code, None)


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
