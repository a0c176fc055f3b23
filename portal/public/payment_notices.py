"""POST /api/webhooks/paypal: what the payment provider tells us by itself (FAC-3)."""

from __future__ import annotations

from typing import cast

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from commands.http import limited_body
from processors.runtime.payments import notices
from processors.runtime.payments.answers import ProviderTroubleError
from processors.runtime.payments.notices import Outcome
from processors.runtime.payments.paypal import PayPal
from schema.clock import machine_time

router = APIRouter(include_in_schema=False)
_AT_ONCE = anyio.CapacityLimiter(4)
"""Verifying asks the provider: pages must not wait behind a flood of forged notices."""
_STATUS = {
    Outcome.KEPT: 200,
    Outcome.KNOWN: 200,
    Outcome.OLD: 400,
    Outcome.FORGED: 400,
    Outcome.UNREADABLE: 400,
}


@router.post("/api/webhooks/paypal")
async def take_notice(request: Request) -> Response:
    """Keep it and wake the cashier; the provider sends again what gets no 200."""
    state = request.app.state
    provider = cast("PayPal | None", state.provider)
    if provider is None:
        return Response(status_code=404)
    body = await limited_body(request, notices.MAX_BODY)

    def received() -> Outcome:
        return notices.receive(
            state.pool, provider, request.headers, body, machine_now=machine_time(), now=state.clock()
        )

    try:
        outcome = await anyio.to_thread.run_sync(received, limiter=_AT_ONCE)
    except ProviderTroubleError:
        return Response(status_code=503, headers={"Retry-After": "30"})
    if outcome is Outcome.KEPT:
        await anyio.to_thread.run_sync(state.dispatcher.wake)
    return Response(outcome.value, _STATUS[outcome], media_type="text/plain")
