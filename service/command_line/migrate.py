"""`portail migrate`: the schema, then whatever an older one lacked."""

from __future__ import annotations

import typer

from processors.runtime.following import begin, connect as follow
from projections.runtime.builds import add_missing
from projections.runtime.connection import connect
from schema.migrate import migrate as migrate_schema
from service.attach import attached
from service.bootstrap import MODELS
from service.reactions import PROCESSORS
from service.replaying import replay
from service.settings import load

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Met le schéma de la base à jour."""
    with attached(load()) as settings:
        for name in migrate_schema(settings.database_url):
            typer.echo(f"  {name}")
        with follow(settings.database_url) as line:
            begin(line, [processor.name for processor in PROCESSORS])
        with connect(settings.database_url) as line:
            add_missing(line, MODELS)
        if replayed := replay(settings):
            typer.echo(f"  {replayed} effacements rejoués")
