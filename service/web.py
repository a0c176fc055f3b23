"""The web application, assembled from the parts of bootstrap.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import orjson
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from psycopg_pool import AsyncConnectionPool
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from commands import files as commands_files
from commands.access import Allowed
from commands.authentication import Doorkeeper
from commands.first_steps import Steps
from commands.own_account import OwnAccount
from commands.problems import language_of
from portal import errors
from portal.guard import HEALTH, Guard
from portal.public import whom_to_tell
from processors.runtime.bounces import Bounces
from processors.runtime.links import Links
from processors.runtime.payments.paypal import PayPal
from read_api.queries import QUERIES
from schema.database_roles import DatabaseRole
from schema.files import Files
from schema.labels import Language
from schema.pools import query_pool
from service import openapi, test_door
from service.bootstrap import (
    COMMANDS,
    DISPATCH_THREADS,
    WriteSide,
    vault_of,
    write_side,
)
from service.paying import payment_provider
from service.post_office import bounces
from service.routes import ROUTERS
from service.wakeup import Wakeup

if TYPE_CHECKING:
    from service.settings import Settings

_STATIC = Path(__file__).parents[1] / "portal" / "static"


def assemble(
    side: WriteSide,
    reads: AsyncConnectionPool[Any],
    *,
    secure: bool,
    settable_clock: bool,
    mails_dir: Path,
    public_url: str = "http://localhost",
    hosts: Collection[str] | None = None,
    proxies: Sequence[str] = (),
    security_contact: str = "",
    provider: PayPal | None = None,
    returned: Bounces | None = None,
) -> FastAPI:
    """The application on an open write side; opens and closes the read pool itself.

    It answers to these hosts, None: to any; what `proxies` (addresses, networks) say of visitors is believed.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with reads:
            app.state.dispatch_limiter = anyio.CapacityLimiter(DISPATCH_THREADS)
            yield

    # Not include_router: what it is given, a process makes ready at its first request, which waits 0.3 s.
    ready = [route for router in ROUTERS for route in router.routes]
    app = FastAPI(title="Portail", lifespan=lifespan, openapi_url=None, routes=ready)
    app.state.dispatcher = side.dispatcher
    app.state.store = side.store
    app.state.files = Files(side.pool, side.store.vault)
    app.state.links = Links(side.store.vault, public_url, pays=provider is not None)
    app.state.openapi = _openapi
    app.state.sessions = side.sessions
    app.state.door = side.door
    app.state.steps = Steps(side.sessions)
    app.state.own_account = OwnAccount(side.sessions)
    app.state.clock = side.clock
    app.state.reads = reads
    app.state.mails_dir = mails_dir
    app.state.public_url = public_url
    app.state.provider = provider
    app.state.pool = side.pool
    app.state.returned = returned or Bounces(
        side.pool, side.store, return_paths=None, sender="", clock=side.clock
    )
    app.state.role_table = _role_table()
    app.state.doorkeeper = Doorkeeper(side.sessions, reads, secure)
    _guard(app, secure=secure, hosts=hosts, proxies=proxies)
    errors.install(app)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_api_route(HEALTH, health, include_in_schema=False)
    if security_contact:
        app.state.security_contact = security_contact
        app.add_api_route(whom_to_tell.PATH, whom_to_tell.said, include_in_schema=False)
    if settable_clock:
        app.router.routes.extend(test_door.router.routes)
    app.add_api_route("/openapi.json", described, include_in_schema=False)
    return app


def _role_table() -> dict[str, Allowed]:
    commands = {command.verb_noun(): command.ALLOWED for command in COMMANDS}
    return {**commands, **QUERIES, "upload-file": commands_files.UPLOAD_FILES}


def _guard(app: FastAPI, *, secure: bool, hosts: Collection[str] | None, proxies: Sequence[str]) -> None:
    app.add_middleware(Guard, secure=secure, hosts=hosts)
    if proxies:  # outside the guard: it sees the visitor
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(proxies))


async def described(request: Request) -> Response:
    """The OpenAPI file in the asker's language."""
    made = await anyio.to_thread.run_sync(_openapi, language_of(request))
    return Response(orjson.dumps(made), media_type="application/json", headers={"Vary": "Accept-Language"})


@cache
def _openapi(language: Language) -> openapi.Json:
    return openapi.document(ROUTERS, language)


async def health() -> Response:
    """The process answers; needs no database and no thread."""
    return Response(b"ok", media_type="text/plain")


@contextmanager
def web_app(settings: Settings) -> Iterator[FastAPI]:
    """The application of these settings, on open pools."""
    wake = Wakeup(settings.redis_url)
    try:
        with (
            payment_provider(settings) as provider,
            write_side(
                settings.database_as(DatabaseRole.SERVICE),
                vault_of(settings),
                wake,
                settable_clock=settings.test_clock,
            ) as side,
        ):
            yield assemble(
                side,
                query_pool(settings.database_as(DatabaseRole.QUERIES), DISPATCH_THREADS),
                secure=settings.public_url.startswith("https://"),
                settable_clock=settings.test_clock,
                mails_dir=settings.mails_dir,
                public_url=settings.public_url,
                hosts=settings.hosts,
                proxies=settings.proxies,
                security_contact=settings.security_contact,
                returned=bounces(settings, side),
                provider=provider,
            )
    finally:
        wake.close()
