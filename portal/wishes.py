"""Pages ask and write the table of intents; the cashier is woken and carries out what was wished (FAC-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import anyio.to_thread
from fastapi import Request
from fastapi.responses import RedirectResponse

from aggregates.kernel import Money
from commands.payable import Payable
from processors.runtime.payments import intents

T = TypeVar("T")


async def in_table(request: Request, act: Callable[[Any], T]) -> T:
    """What comes of it on a connection of the writing pool, off the event loop."""

    def acted() -> T:
        with request.app.state.pool.connection() as connection:
            return act(connection)

    return await anyio.to_thread.run_sync(acted, limiter=request.app.state.dispatch_limiter)


async def begun(
    request: Request, what: Payable, amount: Money, id_: UUID, registration: UUID | None = None
) -> RedirectResponse:
    """The wish is stored, the cashier woken, and the payer waits on the page of the outcome."""
    state = request.app.state
    wish = intents.wanted(
        id_,
        kind="invoice" if what.attempt is None else "basket",
        client=what.client,
        invoice=what.invoice,
        attempt=what.attempt,
        amount=amount,
        now=state.clock(),
        registration=registration,
    )
    await in_table(request, lambda connection: intents.keep(connection, wish))
    await anyio.to_thread.run_sync(state.dispatcher.wake)
    return RedirectResponse(f"/payer/retour/{id_}", 303)
