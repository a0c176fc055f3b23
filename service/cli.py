"""The command line `portail`; the script's entry is `main`."""

from __future__ import annotations

import getpass
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
import uvicorn

from aggregates.catalogue.settings import SchoolSettings
from processors.runtime import repair as processor_repair
from processors.runtime.following import Runtime, begin, connect as follow, pass_over
from processors.runtime.mailing_round import make_rounds
from projections.runtime import repair as model_repair
from projections.runtime.builds import add_missing
from projections.runtime.check import LaggingError, check as check_models
from projections.runtime.connection import connect
from projections.runtime.reader import Reader
from projections.runtime.rebuild import rebuild as rebuild_models
from schema import parking
from schema.clock import machine_time
from schema.database_roles import DatabaseRole, RolesMissingError
from schema.labels import label
from schema.migrate import PositionsAheadError, migrate as migrate_schema
from service import run as everything
from service.answering import answering
from service.attach import attached, command_line, read_log
from service.bootstrap import MODELS, WORK_THREADS
from service.bounces import taking_in
from service.cli_privacy import privacy
from service.cli_staff import staff
from service.demo.in_bulk import LogNotEmptyError
from service.demo.school_maker import make_demo_school
from service.embedded import ServerError
from service.erasing import erasing
from service.forgetting import forgetting
from service.health import Heartbeat
from service.importing.mapping import ImportFileError, read_mapping
from service.importing.running import ImportOutcome, import_file
from service.keyfiles import KeyFileMissingError
from service.mailbox import mailbox as catch_mails
from service.paying import paying
from service.ports import PortError
from service.post_office import bounces, post_office
from service.provider.app import provider_app
from service.reactions import PROCESSORS
from service.replaying import LedgerError, replay
from service.scanning.scan import ValuesError
from service.sealer import sealing
from service.settings import SettingsError, load
from service.settling import settle
from service.verify import report, verified
from service.wakeup import Alarm
from service.web import web_app

_BEHIND = 10
"""Mails may wait for a page, a command or a view on a busy machine."""
_LAST_MAILS_MS = 5_000
"""How long a stopping worker may take to end the mails in its hands; what it leaves is sent by another."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(privacy)
app.add_typer(staff)


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
    settings = load()
    for name in migrate_schema(settings.database_url):
        typer.echo(f"  {name}")
    with follow(settings.database_url) as line:
        begin(line, [processor.name for processor in PROCESSORS])
    with connect(settings.database_url) as line:
        add_missing(line, MODELS)
    if replayed := replay(settings):
        typer.echo(f"  {replayed} effacements rejoués")


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


@app.command()
def serve() -> None:
    """Le serveur des pages et de l'API."""
    settings = load()
    with web_app(settings) as application:
        settle()
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
def project() -> None:
    """Le lecteur qui tient les vues à jour."""
    settings = load()
    stop = _stop_on_signals()
    with read_log(settings) as store:
        settle()
        Reader(
            settings.database_as(DatabaseRole.PROJECT),
            store,
            MODELS,
            wait=Alarm(settings.redis_url).wait,
            beat=Heartbeat(settings.data_dir, "project"),
        ).run(stop)


@app.command()
def clock() -> None:
    """Suit le journal pour les réactions : courriels à envoyer, relances, sceaux."""
    settings = load()
    stop = _stop_on_signals()
    with (
        sealing(settings),
        command_line(settings) as side,
        post_office(settings, side) as office,
        forgetting(side),
        erasing(settings, side),
        answering(side),
        taking_in(settings.bounces_dir, bounces(settings, side)),
    ):
        settle()
        Runtime(
            settings.database_as(DatabaseRole.SERVICE),
            side.store,
            PROCESSORS,
            dispatcher=side.dispatcher,
            enqueue=office.queue.enqueue,
            room=office.queue.room,
            clock=side.clock,
            wait=Alarm(settings.redis_url).wait,
            beat=Heartbeat(settings.data_dir, "clock"),
        ).run(stop)


@app.command()
def work() -> None:
    """Envoie les courriels et mène les paiements : les ouvriers."""
    settings = load()
    stop = _stop_on_signals()
    os.nice(_BEHIND)
    beat = Heartbeat(settings.data_dir, "work")
    with (
        command_line(settings) as side,
        post_office(settings, side) as office,
        paying(settings, side, stop),
    ):
        settle()
        worker = office.queue.worker(WORK_THREADS)
        worker.start()
        mailings = threading.Thread(target=make_rounds, args=(office.rounds, stop), name="mailings")
        mailings.start()
        while not stop.wait(0.5):
            beat()
        worker.stop(timeout=_LAST_MAILS_MS)
        mailings.join(_LAST_MAILS_MS / 1_000)


@app.command()
def mailbox() -> None:
    """Attrape les courriels sur cette machine quand aucun serveur n'est réglé."""
    settings = load()
    stop = _stop_on_signals()
    os.nice(_BEHIND)
    catcher = catch_mails(settings.mails_dir, settings.mailbox_port)
    catcher.start()
    stop.wait()
    catcher.stop()


@app.command()
def provider() -> None:
    """Joue le prestataire de paiement sur cette machine quand aucun n'est réglé."""
    settings = load()
    if settings.mode == "production":
        raise SettingsError("Pas de paiement simulé en production. / No simulated payments in production.")
    with command_line(settings) as side:
        simulator = provider_app(
            webhook_url=lambda: f"http://127.0.0.1:{settings.port}/api/webhooks/paypal",
            client=settings.paypal_client,
            secret=settings.paypal_secret,
            address=lambda: f"http://localhost:{settings.provider_port}",
            clock=side.clock,
            kept_in=settings.data_dir / "provider.json",
            test_door=settings.test_clock,
        )
        uvicorn.run(
            simulator, host="127.0.0.1", port=settings.provider_port, log_level="warning", access_log=False
        )


@app.command()
def rebuild(
    names: Annotated[list[str] | None, typer.Argument(help="Vues ; aucune : toutes.")] = None,
    check: Annotated[bool, typer.Option(help="Compare seulement, ne remplace rien.")] = False,
) -> None:
    """Refait des vues à côté des vivantes, puis les échange ou les compare."""
    unknown = set(names or ()) - {model.name for model in MODELS}
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))} ({', '.join(m.name for m in MODELS)})")
    wanted = [model for model in MODELS if not names or model.name in names]
    with (
        attached(load()) as settings,
        read_log(settings) as store,
        typer.progressbar(length=1_000, label="Vues", show_eta=True) as bar,
    ):
        settle()
        url = settings.database_as(DatabaseRole.PROJECT)
        if check:
            compared = check_models(url, store, wanted, _shown_on(bar))
            lines, wrong = [c.line() for c in compared], any(c.differs for c in compared)
        else:
            failed = rebuild_models(url, store, wanted, _shown_on(bar))
            lines, wrong = [f"{name:16} {why} ({at})" for name, (at, why) in failed.items()], bool(failed)
    for line in lines:
        typer.echo(line)
    if wrong:
        raise typer.Exit(1)


@app.command()
def resume(
    name: Annotated[str, typer.Argument(help="Vue ou réaction arrêtée devant un événement.")],
    skip: Annotated[int | None, typer.Option(help="Laisser de côté l'événement de cette position.")] = None,
) -> None:
    """Relance une vue ou une réaction arrêtée, après correction ou sans l'événement en cause."""
    of_processors = any(processor.name == name for processor in PROCESSORS)
    to_log = follow if of_processors else connect
    with attached(load()) as settings, to_log(settings.database_url) as line:
        if skip is None:
            done = parking.resume(line, "processors" if of_processors else "read_models", name)
        else:
            repair = processor_repair if of_processors else model_repair
            done = repair.skip(line, name, skip, getpass.getuser())
        if not done:
            raise typer.BadParameter(f"{name} n'est pas arrêtée{'' if skip is None else f' à {skip}'}.")


def _shown_on(bar: Any) -> Callable[[int, int], None]:
    def progress(reached: int, goal: int) -> None:
        bar.update(min(1_000, reached * 1_000 // max(1, goal)) - bar.pos)

    return progress


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@app.command()
def demo(clients: Annotated[int, typer.Option(help="Nombre de dossiers.")] = 300) -> None:
    """Crée l'école de démonstration par les vraies commandes."""
    settings = load()
    if settings.mode == "production":
        raise SettingsError("Pas d'école de démonstration en production. / No demo school in production.")
    today = machine_time().astimezone(ZoneInfo(SchoolSettings().zone)).date()
    with command_line(settings) as side, typer.progressbar(length=1_000, label="École") as bar:

        def progress(share: float) -> None:
            bar.update(int(share * 1_000) - bar.pos)

        made = make_demo_school(side, today, settings.demo_password, clients=clients, progress=progress)
        with side.pool.connection() as line:
            pass_over(line, [processor.name for processor in PROCESSORS])
    typer.echo(f"{made} actes")


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
        RolesMissingError,
        LaggingError,
        LogNotEmptyError,
        ImportFileError,
        ValuesError,
        LedgerError,
        everything.StepFailedError,
    ) as error:
        typer.echo(error, err=True)
        sys.exit(1)
