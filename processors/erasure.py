"""Where a fact destroys a person's keys, every store is to forget and to say so (DOS-11)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from processors.runtime.effects import Forget, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Forget]:
    """One erasure per fact; which stores there are the runtime knows."""
    fact = event.fact
    if not fact.DESTROYS:
        return []
    person: UUID = fact.person  # type: ignore[attr-defined]
    marked = getattr(fact, "suppressed", None) is not None
    return [Forget(event.id, person, fact.DESTROYS, fact.TOPIC, marked, event.position, event.envelope.at)]


PROCESSOR = Processor("erasure", react)
