"""The command line `portail`; the script's entry is `main`."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pyotp
import typer
import uvicorn

from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Role
from schema.clock import machine_time
from schema.migrate import PositionsAheadError, adopt_restored_log
from schema.migrate import migrate as migrate_schema
from service import run as everything
from service.attach import attached
from service.bootstrap import command_line
from service.demo.school_maker import TOTP_SECRET, make_demo_school
from service.embedded import ServerError
from service.keyfiles import KeyFileMissingError
from service.ports import PortError
from service.settings import SettingsError, load
from service.web import web_app

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


@app.command()
def migrate() -> None:
    """Met le schéma de la base à jour."""
    for name in migrate_schema(load().database_url):
        typer.echo(f"  {name}")


@app.command()
def adopt() -> None:
    """Après une restauration dans une grappe neuve : rend le journal lisible et les ajouts possibles."""
    typer.echo(f"past = {adopt_restored_log(load().database_url)}")


@app.command()
def serve() -> None:
    """Le serveur des pages et de l'API."""
    settings = load()
    with web_app(settings) as application:
        uvicorn.run(
            application,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )


@app.command()
def demo(clients: Annotated[int, typer.Option(help="Nombre de dossiers.")] = 300) -> None:
    """Crée l'école de démonstration par les vraies commandes."""
    settings = load()
    if settings.mode == "production":
        raise SettingsError("Pas d'école de démonstration en production. / No demo school in production.")
    today = machine_time().astimezone(ZoneInfo(SchoolSettings().zone)).date()
    with command_line(settings) as side, typer.progressbar(length=1_000, label="École") as bar:

        def progress(done: int, total: int) -> None:
            bar.update(done * 1_000 // total - bar.pos)

        made = make_demo_school(side, today, settings.demo_password, clients=clients, progress=progress)
    typer.echo(f"{made} actes")


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="Rôle du jeton.")],
    days: Annotated[int, typer.Option(help="Durée en jours.")] = 90,
    user: Annotated[str, typer.Option(help="Usager au nom duquel il agit ; vide : une machine.")] = "",
) -> None:
    """Émet un jeton d'API et l'affiche une seule fois."""
    with attached(load()) as settings, command_line(settings) as side:
        owner = UUID(user) if user else uuid5(PORTAIL, f"token/{role.value}")
        typer.echo(side.sessions.issue_token(owner, [role], f"cli {role.value}", timedelta(days=days)))


@app.command()
def totp(email: str) -> None:
    """Affiche le code du moment d'un compte de démonstration."""
    if load().mode == "production":
        raise SettingsError("Pas de compte de démonstration en production. / No demo account in production.")
    typer.echo(f"{email}  {pyotp.TOTP(TOTP_SECRET).at(machine_time())}")


def main() -> None:
    """Run the command line; what an operator can mend is said in one line, without a traceback."""
    try:
        app()
    except PositionsAheadError:
        typer.echo(
            "Journal restauré dans une autre grappe : lancez « portail adopt ». / Restored: run it.",
            err=True,
        )
        sys.exit(1)
    except (
        SettingsError,
        ServerError,
        PortError,
        KeyFileMissingError,
        everything.StepFailedError,
    ) as error:
        typer.echo(error, err=True)
        sys.exit(1)
