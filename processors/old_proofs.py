"""Proofs of discounts are deleted some time after their workshop was closed (INS-6, reliability.md 7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aggregates.workshop.closing.events import WorkshopClosed
from commands.workshops.forget_proofs import ForgetProofs
from processors.runtime.effects import Do, Due, Processor, Timer
from schema.envelope import Recorded

KEPT = timedelta(days=30)
"""After closing."""


def react(event: Recorded) -> Sequence[Timer]:
    return [Timer("served", event.envelope.at + KEPT)] if isinstance(event.fact, WorkshopClosed) else []


def fire(timer: Due, history: Sequence[Recorded]) -> Sequence[Do]:
    """Counted from the last closing: one that was opened again since is another timer's."""
    closed = [event.envelope.at for event in history if isinstance(event.fact, WorkshopClosed)]
    if closed[-1] + KEPT != timer.due:
        return []
    return [Do(f"served/{timer.due.isoformat()}", ForgetProofs(workshop=timer.stream))]


PROCESSOR = Processor("old_proofs", react, fire, frozenset({WorkshopClosed}))
