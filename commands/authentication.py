"""Who is behind a request, and whether a role of theirs may come in: dependencies of every route."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast

import orjson
from fastapi import Depends, Request
from psycopg_pool import AsyncConnectionPool

from aggregates.client.impersonation.refusals import ActingAsClient
from aggregates.workshop.own import Own
from commands.access import Allowed, Principal, Scope
from commands.problems import NotLoggedInError
from commands.sessions import Credentials, Session, Sessions
from schema import access_trail
from schema.access_trail import Access, Reading

R = TypeVar("R", bound=Callable[..., Any])

COOKIE = "portail"
SECURE_COOKIE = "__Host-portail"


@dataclass(frozen=True)
class Doorkeeper:
    """What the dependencies need; stands in `app.state.doorkeeper`."""

    sessions: Sessions
    reads: AsyncConnectionPool[Any]
    secure: bool
    """The public URL is https: the cookie takes its protected name."""

    @property
    def cookie(self) -> str:
        return SECURE_COOKIE if self.secure else COOKIE


@dataclass(frozen=True)
class Asker:
    """The principal in the role that reaches farthest, and how far it reaches."""

    who: Principal
    scope: Scope
    csrf: str | None

    @property
    def own(self) -> Own | None:
        """Which workshops are within reach; None: all of them (STF-1)."""
        return None if self.scope is Scope.ANY else self.who.own


def doorkeeper(request: Request) -> Doorkeeper:
    """The app's doorkeeper."""
    return cast("Doorkeeper", request.app.state.doorkeeper)


def credentials(request: Request) -> Credentials | None:
    """The bearer token or the session cookie that the request shows."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Credentials(token.strip(), bearer=True)
    cookie = request.cookies.get(doorkeeper(request).cookie)
    return Credentials(cookie, bearer=False) if cookie else None


async def session(request: Request) -> Session | None:
    """The session of the request's bearer token or cookie.

    Looked up on the connection that the request holds already (`state.connection`), if it holds one.
    """
    shown = credentials(request)
    if shown is None:
        return None
    door = doorkeeper(request)
    held = getattr(request.state, "connection", None)
    async with nullcontext(held) if held is not None else door.reads.connection() as connection:
        found = await door.sessions.find(connection, shown)
    request.state.session = found
    _stops_before_the_last_click(request, found)
    return found


def on_behalf(route: R) -> R:
    """Mark a route that changes something and passes from who is logged in as a client (DOS-12)."""
    route.on_behalf = True  # type: ignore[attr-defined]
    return route


def _stops_before_the_last_click(request: Request, found: Session | None) -> None:
    """No form passes from who is logged in as a client, but those marked. Raises ActingAsClient."""
    if found is None or found.principal.behalf is None or request.method in ("GET", "HEAD"):
        return
    if not getattr(request.scope.get("endpoint"), "on_behalf", False):
        raise ActingAsClient(page=f"/dossiers/{found.principal.behalf}")


async def logged_in(found: Annotated[Session | None, Depends(session)]) -> Session:
    """The session. Raises NotLoggedInError (401)."""
    if found is None:
        raise NotLoggedInError
    return found


async def _note_page(request: Request, who: Principal) -> None:
    """Whatever is opened as a client lies in the access trail, before it is shown (DOS-12, AUD-4)."""
    door = doorkeeper(request)
    page = {"page": request.scope["route"].path, "impersonation": who.impersonation}
    seen = Access(
        await door.sessions.now(),
        who.user,
        who.role,
        who.behalf,
        Reading.AS_CLIENT,
        who.behalf,
        1,
        orjson.dumps(page).decode(),
    )
    held = getattr(request.state, "connection", None)
    async with nullcontext(held) if held is not None else door.reads.connection() as connection:
        await access_trail.write(connection, seen)


def allowed(table: Allowed) -> Callable[[Request, Session], Coroutine[Any, Any, Asker]]:
    """A dependency that lets these roles in. Raises NotLoggedInError, ForbiddenError."""

    async def asker(request: Request, found: Annotated[Session, Depends(logged_in)]) -> Asker:
        who, scope = found.principal.acting(table)
        if who.behalf is not None:
            await _note_page(request, who)
        return Asker(who, scope, found.csrf)

    asker.allowed = table  # type: ignore[attr-defined]  # read by the walk over all routes
    return asker
