"""Each tax receipt goes to its client as PDF, when somebody sends those of a workshop (FAC-7)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.workshop.closing.events import TaxReceiptsSent
from processors.runtime.effects import Mail, Params, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """A mail per receipt; what it is over is read when it leaves."""
    match event.fact:
        case TaxReceiptsSent(receipts=receipts):
            return [
                Mail(f"receipt/{sent.registration}", "tax_receipt", "client", sent.client, params)
                for sent in receipts
                for params in [_params(event, sent.registration)]
            ]
        case _:
            return []


def _params(event: Recorded, registration: UUID) -> Params:
    return {"registration": registration, "workshop": event.originator_id}


PROCESSOR = Processor("tax_receipts", react)
