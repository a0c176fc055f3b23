"""`portail work`: sends e-mails and leads payments."""

from __future__ import annotations

import threading

import typer

from processors.runtime.mailing_round import make_rounds
from service.attach import command_line
from service.bootstrap import WORK_THREADS
from service.health import Heartbeat
from service.paying import paying
from service.post_office import post_office
from service.settings import load
from service.settling import settle, stand_back
from service.stopping import stop_on_signals
from service.watching import watching

app = typer.Typer()
_LAST_MAILS_MS = 5_000
"""How long a stopping worker may take to end the mails in its hands; what it leaves is sent by another."""


@app.command()
def work() -> None:
    """Envoie les courriels et mène les paiements : les ouvriers."""
    settings = load()
    stop = stop_on_signals()
    stand_back()
    beat = Heartbeat(settings.data_dir, "work")
    with (
        command_line(settings) as side,
        post_office(settings, side) as office,
        paying(settings, side, stop),
        watching(settings, office.deliver),
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
