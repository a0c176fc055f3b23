"""The web application as a process has it when it says that it is up."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

from fastapi.routing import APIRoute
from starlette.routing import Mount

from service.web import ROUTERS, assemble


def test_all_routes_are_ready_before_the_first_request() -> None:
    app = assemble(
        Mock(),
        Mock(),
        secure=True,
        settable_clock=True,
        mails_dir=Path(),
        public_url="https://portail.example.com",
    )
    assert all(isinstance(route, APIRoute | Mount) for route in app.routes)
    assert len(app.routes) > sum(len(router.routes) for router in ROUTERS) > 100
