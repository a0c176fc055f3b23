"""`portail project`: the reader that keeps the read models."""

from __future__ import annotations

import typer

from projections.runtime.reader import Reader
from schema.database_roles import DatabaseRole
from service.attach import read_log
from service.bootstrap import MODELS
from service.health import Heartbeat
from service.settings import load
from service.settling import settle
from service.stopping import stop_on_signals
from service.wakeup import Alarm

app = typer.Typer()


@app.command()
def project() -> None:
    """Le lecteur qui tient les vues à jour."""
    settings = load()
    stop = stop_on_signals()
    with read_log(settings) as store:
        settle()
        Reader(
            settings.database_as(DatabaseRole.PROJECT),
            store,
            MODELS,
            wait=Alarm(settings.redis_url).wait,
            beat=Heartbeat(settings.data_dir, "project"),
        ).run(stop)
