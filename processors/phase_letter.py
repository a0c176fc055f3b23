"""The letter of a finished phase goes to the client as PDF, each time somebody sends it (ATT-2)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.phases.events import PhaseLetterSent
from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """Sent by hand only: once per client and phase, again as a traced resend."""
    match event.fact:
        case PhaseLetterSent(enrolment=enrolment):
            params = {"enrolment": enrolment}
            return [Mail("letter", "phase_letter", "client", event.originator_id, params)]
        case _:
            return []


PROCESSOR = Processor("phase_letter", react)
