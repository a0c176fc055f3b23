"""The client hears of each registration, of each date chosen for it, and again when asked (COM-1, COM-2)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.registrations.events import ConfirmationResent, DateChosen, Registered
from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """A confirmation per finalised basket; a date chosen later gets its own, a changed one says so.

    Of a place taken over another system told them (IMP-1).
    """
    match event.fact:
        case Registered(taken_over=True):
            return []
        case Registered() as fact:
            params = {
                "registration": fact.registration,
                "workshop": fact.workshop,
                "activity": fact.activity,
            }
            return [Mail("confirmation", "registration_confirmed", "client", event.originator_id, params)]
        case ConfirmationResent() as fact:
            params = {"registration": fact.registration, "workshop": fact.workshop}
            return [Mail("confirmation", "registration_confirmed", "client", event.originator_id, params)]
        case DateChosen() as fact:
            template = "date_chosen" if fact.given_up is None else "date_changed"
            params = {
                "registration": fact.registration,
                "workshop": fact.workshop,
                "given_up": fact.given_up,
            }
            return [Mail("confirmation", template, "client", event.originator_id, params)]
        case _:
            return []


PROCESSOR = Processor("registration_confirmation", react)
