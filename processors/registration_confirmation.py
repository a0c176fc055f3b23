"""The client hears of each purchase, of each date chosen later, and again when asked (COM-1, COM-2)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.client.registrations.events import ConfirmationResent, DateChosen, Registered
from processors.runtime.effects import Due, Mail, Params, Processor, Timer
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail | Timer]:
    """What was bought together is looked at together; a date chosen later gets a mail of its own.

    Of a place taken over another system told them (IMP-1).
    """
    client = event.originator_id
    match event.fact:
        case Registered(taken_over=False):
            return [Timer("confirmation", event.envelope.at)]
        case ConfirmationResent() as fact:
            params: Params = {"registration": fact.registration, "workshop": fact.workshop}
            return [Mail("confirmation", "registration_confirmed", "client", client, params)]
        case DateChosen() as fact:
            template = "date_chosen" if fact.given_up is None else "date_changed"
            params = {
                "registration": fact.registration,
                "workshop": fact.workshop,
                "given_up": fact.given_up,
            }
            return [Mail("confirmation", template, "client", client, params)]
        case _:
            return []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Mail]:
    """One confirmation per invoice: of a single place as such, of several with a section each."""
    bought: dict[UUID, list[Registered]] = {}
    for event in history:
        fact = event.fact
        if event.envelope.at == timer.due and isinstance(fact, Registered) and not fact.taken_over:
            bought.setdefault(fact.invoice, []).append(fact)
    return [_confirmation(timer.stream, invoice, places) for invoice, places in bought.items()]


def _confirmation(client: UUID, invoice: UUID, places: Sequence[Registered]) -> Mail:
    purpose = f"confirmation/{invoice}/{places[0].registration}"
    if len(places) == 1:
        (place,) = places
        params: Params = {"registration": place.registration, "workshop": place.workshop}
        return Mail(purpose, "registration_confirmed", "client", client, params)
    params = {
        "invoice": invoice,
        "registrations": [place.registration for place in places],
        "workshops": [place.workshop for place in places],
    }
    return Mail(purpose, "basket_confirmed", "client", client, params)


PROCESSOR = Processor("registration_confirmation", react, fire)
