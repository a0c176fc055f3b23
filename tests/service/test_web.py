"""The web application as a process has it when it says that it is up."""

from __future__ import annotations

from pathlib import Path

from fastapi.routing import APIRoute
from starlette.routing import Mount

from schema.pools import query_pool
from service.routes import ROUTERS
from service.web import assemble
from tests.support.write_side import school_on


def test_all_routes_are_ready_before_the_first_request(database: str) -> None:
    with school_on(database) as school:
        reads = query_pool(database, 1)
        app = assemble(school.side, reads, secure=True, settable_clock=True, mails_dir=Path())
    assert all(isinstance(route, APIRoute | Mount) for route in app.routes)
    assert len(app.routes) > sum(len(router.routes) for router in ROUTERS) > 100
