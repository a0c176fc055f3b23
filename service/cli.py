"""The command line `portail`; the script's entry is `main`."""

from __future__ import annotations

import sys

import typer

from service import run as everything
from service.embedded import ServerError
from service.ports import PortError
from service.settings import SettingsError, load

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def portail() -> None:
    """Le portail de l'école."""


@app.command()
def run() -> None:
    """Lance tout sur cette machine : bases de données, pages, courriels."""
    everything.run(load(), typer.echo)


@app.command()
def servers() -> None:
    """Lance PostgreSQL et Valkey seuls et affiche leurs adresses."""
    everything.run_servers(load(), typer.echo)


def main() -> None:
    """Run the command line; what an operator can mend is said in one line, without a traceback."""
    try:
        app()
    except (SettingsError, ServerError, PortError, everything.StepFailedError) as error:
        typer.echo(error, err=True)
        sys.exit(1)
