"""Commands of the line about erasure: what is looked for after one, and what a restored backup needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schema.migrate import adopt_restored_log
from service.attach import attached
from service.bootstrap import command_line
from service.scanning.places import pieces
from service.scanning.scan import read_values, report, scan
from service.settings import load

privacy = typer.Typer()


@privacy.command()
def adopt() -> None:
    """Après une restauration dans une grappe neuve : rend le journal lisible et les ajouts possibles."""
    typer.echo(f"past = {adopt_restored_log(load().database_url)}")


@privacy.command("scan-erased")
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
