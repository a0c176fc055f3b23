"""The web application, assembled from the parts of bootstrap.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
from fastapi import APIRouter, FastAPI, Response
from fastapi.staticfiles import StaticFiles
from psycopg_pool import AsyncConnectionPool

from commands import http as commands_http
from commands import problems
from commands.authentication import Doorkeeper
from portal.guard import Guard
from service import test_door
from service.bootstrap import COMMANDS, DISPATCH_THREADS, WriteSide, async_pool, vault_of, write_side
from service.wakeup import Wakeup

if TYPE_CHECKING:
    from service.settings import Settings

_STATIC = Path(__file__).parents[1] / "portal" / "static"


def assemble(
    side: WriteSide,
    reads: AsyncConnectionPool[Any],
    routers: Iterable[APIRouter],
    *,
    secure: bool,
    settable_clock: bool,
) -> FastAPI:
    """The application on an open write side; opens and closes the read pool itself."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with reads:
            app.state.dispatch_limiter = anyio.CapacityLimiter(DISPATCH_THREADS)
            yield

    app = FastAPI(title="Portail", version="0.1.0", lifespan=lifespan, docs_url="/api/docs", redoc_url=None)
    app.state.dispatcher = side.dispatcher
    app.state.store = side.store
    app.state.sessions = side.sessions
    app.state.clock = side.clock
    app.state.reads = reads
    app.state.doorkeeper = Doorkeeper(side.sessions, reads, secure)
    app.add_middleware(Guard)
    problems.install(app)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.include_router(commands_http.routes(COMMANDS))
    for router in routers:
        app.include_router(router)
    if settable_clock:
        app.include_router(test_door.router)
    app.add_api_route("/health", health, include_in_schema=False)
    return app


async def health() -> Response:
    """The process answers; needs no database and no thread."""
    return Response(b"ok", media_type="text/plain")


@contextmanager
def web_app(settings: Settings) -> Iterator[FastAPI]:
    """The application of these settings, on open pools."""
    wake = Wakeup(settings.redis_url)
    try:
        with write_side(
            settings.database_url, vault_of(settings), wake, settable_clock=settings.test_clock
        ) as side:
            yield assemble(
                side,
                async_pool(settings.database_url, DISPATCH_THREADS),
                (),
                secure=settings.public_url.startswith("https://"),
                settable_clock=settings.test_clock,
            )
    finally:
        wake.close()
