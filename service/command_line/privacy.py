"""Commands of the line about erasure: what is looked for after one, and what a restored backup needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.attach import attached, command_line
from service.replaying import adopt as adopt_backup
from service.scanning.places import pieces
from service.scanning.scan import read_values, report, scan
from service.settings import load

app = typer.Typer()


@app.command()
def adopt() -> None:
    """Après une restauration : rend le journal lisible, rejoue les effacements faits depuis la sauvegarde."""
    past, aside, replayed = adopt_backup(load())
    if past is not None:
        typer.echo(f"past = {past}")
    if aside is not None:
        typer.echo(f"ancien registre du notaire : {aside}")
    typer.echo(f"{replayed} effacements rejoués")


@app.command("scan-erased")
def scan_erased(
    values: Annotated[Path, typer.Option(help="Les valeurs à chercher, une par ligne.")],
) -> None:
    """Cherche des valeurs effacées partout où le portail garde quelque chose ; 0 : aucune trouvée."""
    wanted = read_values(values)
    with attached(load()) as settings, command_line(settings) as side:
        found = scan(pieces(settings, side), wanted)
    for line in report(found, wanted):
        typer.echo(line)
    if found:
        raise typer.Exit(1)
