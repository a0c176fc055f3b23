"""`portail clock`: follows the log for the reactions, seals, forgets."""

from __future__ import annotations

import typer

from processors.runtime.following import Runtime
from schema.database_roles import DatabaseRole
from service.answering import answering
from service.attach import command_line
from service.bounces import taking_in
from service.erasing import erasing
from service.forgetting import forgetting
from service.health import Heartbeat
from service.post_office import bounces, post_office
from service.reactions import PROCESSORS
from service.sealer import sealing
from service.settings import load
from service.settling import settle
from service.stopping import stop_on_signals
from service.wakeup import Alarm
from service.watching import watching

app = typer.Typer()


@app.command()
def clock() -> None:
    """Suit le journal pour les réactions : courriels à envoyer, relances, sceaux."""
    settings = load()
    stop = stop_on_signals()
    with (
        sealing(settings),
        command_line(settings) as side,
        post_office(settings, side) as office,
        forgetting(side),
        erasing(settings, side),
        answering(side),
        taking_in(settings.bounces_dir, bounces(settings, side)),
        watching(settings, office.deliver),
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
