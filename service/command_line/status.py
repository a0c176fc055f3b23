"""`portail status`: whether something stands still, for people and for who watches from outside (T9)."""

from __future__ import annotations

import time

import psycopg
import typer

from processors.runtime.following import connect
from processors.runtime.outages import lines
from processors.runtime.watch import Limits, Watch, see
from service.attach import attached
from service.settings import load
from service.watching import MODEL_NAMES, PROCESSOR_NAMES

app = typer.Typer()
_LOOK_EVERY = 0.5


@app.command()
def status() -> None:
    """Dit ce qui est à l’arrêt ou en retard de plus de 5 s ; 0 : rien."""
    watch, ill = Watch(Limits()), ["La base de données ne répond pas."]
    with attached(load()) as settings:
        begun = time.monotonic()
        try:
            with connect(settings.database_url, "portail status") as line:
                while True:
                    seen, now = see(line, MODEL_NAMES, PROCESSOR_NAMES), time.monotonic()
                    ill = lines(watch.judge(seen, now).ill)
                    if watch.follows(seen) or now - begun > watch.limits.late + _LOOK_EVERY:
                        break
                    time.sleep(_LOOK_EVERY)
        except psycopg.OperationalError:
            pass
    for each in ill or ["Tout suit."]:
        typer.echo(each)
    if ill:
        raise typer.Exit(1)
