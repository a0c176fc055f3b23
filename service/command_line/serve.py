"""`portail serve`: pages and interface."""

from __future__ import annotations

import typer
import uvicorn

from service.settings import load
from service.settling import settle
from service.web import web_app

app = typer.Typer()


@app.command()
def serve() -> None:
    """Le serveur des pages et de l'API."""
    settings = load()
    with web_app(settings) as application:
        settle()
        uvicorn.run(
            application,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
