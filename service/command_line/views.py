"""`portail rebuild` and `portail resume`: read models made anew, and what stopped."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Annotated, Any

import typer

from processors.runtime import repair as processor_repair
from processors.runtime.following import connect as follow
from projections.runtime import repair as model_repair
from projections.runtime.check import check as check_models
from projections.runtime.connection import connect
from projections.runtime.rebuild import rebuild as rebuild_models
from schema import parking
from schema.database_roles import DatabaseRole
from service.attach import attached, read_log
from service.bootstrap import MODELS
from service.reactions import PROCESSORS
from service.settings import load
from service.settling import settle

app = typer.Typer()


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
