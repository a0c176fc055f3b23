"""« Carte » where staff sell: the choice beside cheque and cash, and where it leads (INS-4, FAC-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.responses import Response

from aggregates.invoice.payments.events import PaymentMethod
from commands.message import Answer
from portal.page import Page, see_other
from portal.staff.paying_at_once import noted_methods
from portal.wishes import in_table
from processors.runtime.payments import intents
from schema.labels import label

CARD = PaymentMethod.CARD.value
STILL_MOVING = "Un paiement par carte de cette personne se confirme encore. Attendez d’en voir l’issue."
NO_REASON_WITH_CARD = "Le client paie par carte : ne donnez pas de raison de ne pas l’exiger."


def methods(page: Page) -> list[dict[str, str]]:
    """What staff note, and the card, where a payment provider is set: the client types it there."""
    card = {"id": CARD, "name": f"{label('fr', 'payment_method', CARD)}, payée par le client"}
    return [*noted_methods(), card] if online(page) else noted_methods()


def online(page: Page) -> bool:
    """Whether cards are taken at all."""
    return page.request.app.state.provider is not None


def chosen(page: Page, typed: Mapping[str, str | None]) -> bool:
    """Whether the form asks for the card."""
    return typed.get("paid_by") == CARD and online(page)


async def hindered(page: Page, client: UUID) -> dict[str, str]:
    """Why no card is asked for now: what the client paid before may still be taken (FAC-3)."""
    moving = await in_table(page.request, lambda c: intents.moving_of(c, client))
    return {} if moving is None else {"paid_by": STILL_MOVING}


def onward(client: UUID, answer: Answer) -> Response:
    """To the payment that is awaited; to the dossier where nothing was due."""
    made: Mapping[str, Any] = answer.made
    if "attempt" in made:
        return see_other(f"/dossiers/{client}/carte/{made['invoice']}")
    return see_other(f"/dossiers/{client}", answer.position, "registered")
