"""`portail import`: data of an older system taken over (IMP-1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schema.labels import label
from service.attach import attached, command_line
from service.importing.mapping import read_mapping
from service.importing.running import ImportOutcome, import_file
from service.settings import load

app = typer.Typer()


@app.command("import")
def import_(
    mapping: Annotated[Path, typer.Argument(help="Correspondance : quelle colonne est quel champ (TOML).")],
    file: Annotated[Path, typer.Argument(help="Fichier CSV de l'ancien système.")],
    report_to: Annotated[Path, typer.Option("--report", help="Rapport, une ligne par ligne (CSV).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="À blanc : rien n'est enregistré.")] = False,
) -> None:
    """Reprend les données d'un ancien système ; relancé, continue où il s'est arrêté."""
    read = read_mapping(mapping)
    with (
        attached(load()) as settings,
        command_line(settings) as side,
        report_to.open("w", encoding="utf-8-sig", newline="") as report_file,
        typer.progressbar(length=1_000, label="Lignes", show_eta=True) as bar,
    ):

        def progress(share: float) -> None:
            bar.update(int(share * 1_000) - bar.pos)

        counted = import_file(side, read, file, report_file, dry_run=dry_run, progress=progress)
    for outcome, count in counted.items():
        typer.echo(f"{count:7} {label('fr', 'import_outcome', outcome)}")
    if counted[ImportOutcome.REFUSED]:
        raise typer.Exit(1)
