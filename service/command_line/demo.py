"""`portail demo`: a school to try it on."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregates.catalogue.settings import SchoolSettings
from processors.runtime.following import pass_over
from schema.clock import machine_time
from service.attach import attached, command_line
from service.demo.school_maker import make_demo_school
from service.reactions import PROCESSORS
from service.settings import SettingsError, load

app = typer.Typer()


@app.command()
def demo(clients: Annotated[int, typer.Option(help="Nombre de dossiers.")] = 300) -> None:
    """Crée l'école de démonstration par les vraies commandes."""
    if load().mode == "production":
        raise SettingsError("Pas d'école de démonstration en production. / No demo school in production.")
    today = SchoolSettings().day_of(machine_time())
    with (
        attached(load()) as settings,
        command_line(settings) as side,
        typer.progressbar(length=1_000, label="École") as bar,
    ):

        def progress(share: float) -> None:
            bar.update(int(share * 1_000) - bar.pos)

        made = make_demo_school(side, today, settings.demo_password, clients=clients, progress=progress)
        with side.pool.connection() as line:
            pass_over(line, [processor.name for processor in PROCESSORS])
    typer.echo(f"{made} actes")
