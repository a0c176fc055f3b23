"""`portail run` and `portail servers`: what starts the others, and loads little itself."""

from __future__ import annotations

import typer

from service import run as everything
from service.settings import load

app = typer.Typer()


@app.command()
def run() -> None:
    """Lance tout sur cette machine : bases de données, pages, courriels."""
    everything.run(load(), typer.echo)


@app.command()
def servers() -> None:
    """Lance PostgreSQL et Valkey seuls et affiche leurs adresses."""
    everything.run_servers(load(), typer.echo)
