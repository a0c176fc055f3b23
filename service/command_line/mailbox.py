"""`portail mailbox`: catches e-mails where no mail server is set."""

from __future__ import annotations

import typer

from service.mailbox import mailbox as catch_mails
from service.settings import load
from service.settling import stand_back
from service.stopping import stop_on_signals

app = typer.Typer()


@app.command()
def mailbox() -> None:
    """Attrape les courriels sur cette machine quand aucun serveur n'est réglé."""
    settings = load()
    stop = stop_on_signals()
    stand_back()
    catcher = catch_mails(settings.mails_dir, settings.mailbox_port)
    catcher.start()
    stop.wait()
    catcher.stop()
