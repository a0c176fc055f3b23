"""The command line `portail`; the script's entry is `main`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def portail() -> None:
    """Le portail de l'école."""


@app.command()
def servers() -> None:
    """Start PostgreSQL and Valkey in the foreground and print their addresses."""


def main() -> None:
    """Run the command line."""
    app()
