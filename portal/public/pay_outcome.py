"""The page of a payment under way: to the provider, back, and what came of it; it may be given up (FAC-2)."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from aggregates.kernel import Role
from commands import payable
from commands.access import SYSTEM, anyone
from commands.baskets.release_basket import ReleaseBasket
from commands.http import consider, run
from portal.language import say
from portal.public.sheet import private_sheet
from portal.wishes import in_table
from processors.runtime.payments import intents, links
from processors.runtime.payments.intents import Intent
from read_api.lists import NotFoundError

router = APIRouter(include_in_schema=False)
_SYSTEM = anyone(Role.SYSTEM)


@router.get("/payer/retour/{intent}")
async def show_outcome(request: Request, intent: UUID) -> Response:
    """On the way to the provider, and back: what is known now; asks the cashier to look, does nothing."""
    found = await _look(request, intent)
    # Told of after it was over: nobody says that nothing was taken before the provider was asked.
    shown = "asked" if found.told and found.state == "ended" else found.state
    back = any(name in request.query_params for name in ("token", "annule"))
    gave_up = "annule" in request.query_params
    booked = await _booked(request, found) if found.state == "done" else None
    context = {
        "path": request.url.path,
        "state": shown,
        "outcome": found.outcome,
        "amount": found.amount.model_dump(mode="json"),
        "of_basket": found.attempt is not None,
        "of_school": shown == "ended" and await _sold_by_school(request, found),
        "booked": booked,
        "back": back,
        "gave_up": gave_up,
        "waits_long": found.attempts > 4,
        "approve_url": found.approve_url,
        "refused": found.error,
        "onward": _onward(request, found),
    }
    answer = private_sheet("public/pay_outcome.html", context)
    if found.state == "open" and not back and found.approve_url:
        answer.headers["Refresh"] = f"0; url={found.approve_url}"
    elif shown not in ("done", "ended") and not (found.state == "open" and gave_up):
        answer.headers["Refresh"] = "2"
    return answer


def _onward(request: Request, intent: Intent) -> dict[str, str] | None:
    """Where who paid nothing goes from here: the invoice's payment page, else the portal (FAC-2)."""
    if intent.state != "ended" or not intent.is_over:
        return None
    if intent.attempt is not None:
        return {"href": "/", "label": say("Revenir au portail")}
    state = request.app.state
    link, _ = links.pay_link(state.store.vault, "", intent.invoice, state.clock())
    seen = intent.outcome == "superseded"
    again = say("Voir ce qui reste à payer") if seen else say("Recommencer le paiement")
    return {"href": link, "label": again}


@router.post("/payer/retour/{intent}")
async def give_up(request: Request, intent: UUID) -> Response:
    """The payer gives it up, unless money may be moving; held seats are free again."""
    found = await _look(request, intent)
    given_up = await in_table(request, lambda c: intents.give_up(c, intent, request.app.state.clock()))
    if given_up and found.attempt is not None and found.client is not None:
        wish = ReleaseBasket(client=found.client, attempt=found.attempt)
        await run(request, wish, SYSTEM, intents.release_of(intent))
    # A look was under way: what comes of it isn't known yet, so the page waits and offers to give up again.
    said = "annule=1" if given_up or found.is_settled else "token="
    return RedirectResponse(f"/payer/retour/{intent}?{said}", 303)


async def _look(request: Request, id_: UUID) -> Intent:
    """The intent; a page that is looked at wants to know. Raises NotFoundError."""

    def looked(connection: Any) -> Intent | None:
        found = intents.find(connection, id_)
        if found is not None and found.state == "open" and "token" in request.query_params:
            intents.wake(connection, id_)
        return found

    found = await in_table(request, looked)
    if found is None or found.kind == "refund":
        raise NotFoundError
    if found.state == "open" and "token" in request.query_params:
        await anyio.to_thread.run_sync(request.app.state.dispatcher.wake)
    return found


async def _sold_by_school(request: Request, intent: Intent) -> bool:
    """Whether staff sell it by card: there is no basket of the client's own to go back to (INS-4)."""
    look = partial(payable.sold_by_school, invoice=intent.invoice)
    return intent.attempt is not None and await consider(request, look, SYSTEM, _SYSTEM)


async def _booked(request: Request, intent: Intent) -> bool:
    """Whether the money paid what it was for; else it is the client's credit."""
    payments = await in_table(request, lambda c: intents.payments_of(c, intent.id))
    look = partial(payable.booked_on, invoice=intent.invoice, payments=payments)
    return await consider(request, look, SYSTEM, _SYSTEM)
