"""What was registered by mistake and confirmed is taken back by a mail, when staff let it go (INS-10)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.registrations.events import MistakeTold
from processors.runtime.effects import Mail, Params, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """Never by itself; whether its confirmation went is asked when it leaves."""
    match event.fact:
        case MistakeTold(invoice=invoice, registrations=registrations):
            params: Params = {"invoice": invoice, "taken_back": list(registrations)}
            return [Mail("mistake", "registered_by_mistake", "client", event.originator_id, params)]
        case _:
            return []


PROCESSOR = Processor("mistake_told", react)
