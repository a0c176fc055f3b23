"""A client reached through somebody close is asked for the preferences by a link of their own (DOS-6)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.events import ContactAddressRecorded
from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """They have no log-in, where everybody else is asked first thing."""
    match event.fact:
        case ContactAddressRecorded():
            return [Mail("asked", "preferences_asked", "client", event.originator_id, {})]
        case _:
            return []


PROCESSOR = Processor("preferences_asked", react)
