"""Payments on line: who the provider is, and the thread of each worker process that carries them on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from processors.runtime.payments.cashier import Cashier
from processors.runtime.payments.paypal import Account, PayPal
from processors.runtime.payments.reconciling import Reconciler
from processors.runtime.reads import ReadLoop
from schema.database_roles import DatabaseRole
from service.bootstrap import WriteSide
from service.wakeup import Alarm

if TYPE_CHECKING:
    from service.settings import Settings

_LAST_LOOK_SECONDS = 5.0
"""How long a stopping worker may take to end its look; another one goes on from what is stored."""


@contextmanager
def payment_provider(settings: Settings) -> Iterator[PayPal | None]:
    """The client of the payment provider, None where no payment on line is set."""
    if not settings.paypal_url:
        yield None
        return
    account = Account(
        settings.paypal_url, settings.paypal_client, settings.paypal_secret, settings.paypal_webhook_id
    )
    with PayPal(account) as provider:
        yield provider


@contextmanager
def paying(settings: Settings, side: WriteSide, stop: threading.Event) -> Iterator[None]:
    """Look at payments until `stop`; nothing where no payment on line is set."""
    with payment_provider(settings) as provider:
        if provider is None:
            yield
            return
        with ReadLoop(settings.database_as(DatabaseRole.QUERIES), 1) as reads:
            cashier = Cashier(side.pool, provider, side.dispatcher, public_url=settings.public_url)
            nights = Reconciler(side.pool, reads, provider, side.dispatcher)
            work = (stop, Alarm(settings.redis_url).wait, nights.tend)
            thread = threading.Thread(target=cashier.run, args=work, name="cashier", daemon=True)
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join(_LAST_LOOK_SECONDS)
