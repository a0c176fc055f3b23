"""`portail provider`: plays the payment provider where none is set."""

from __future__ import annotations

import typer
import uvicorn

from service.attach import command_line
from service.provider.app import provider_app
from service.settings import SettingsError, load

app = typer.Typer()


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
