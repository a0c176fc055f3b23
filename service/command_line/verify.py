"""`portail verify`: the log against its seals (AUD-3)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.attach import attached
from service.settings import load
from service.verify import report, verified

app = typer.Typer()


@app.command()
def verify(
    anchor: Annotated[Path | None, typer.Option(help="Registre du notaire, gardé ailleurs.")] = None,
) -> None:
    """Compare le journal à ses sceaux ; nomme le premier événement touché."""
    with attached(load()) as settings:
        found = verified(settings, anchor)
    for line in report(found):
        typer.echo(line)
    if found.fault is not None:
        raise typer.Exit(1)
