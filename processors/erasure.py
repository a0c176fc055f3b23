"""Where a fact destroys a person's keys, every store is to forget and to say so (DOS-11)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from processors.runtime.effects import Forget, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Forget]:
    """One erasure per fact and person; which stores there are the runtime knows.

    Dossiers that had become part of this one are persons of their own to the stores (DOS-5).
    """
    fact = event.fact
    if not fact.DESTROYS:
        return []
    person: UUID = fact.person  # type: ignore[attr-defined]
    marked = bool(getattr(fact, "suppressed", None) or getattr(fact, "suppressed_too", ()))
    whole = {event.id: person} | {uuid5(event.id, str(part)): part for part in getattr(fact, "merged", ())}
    return [
        Forget(id_, who, fact.DESTROYS, fact.TOPIC, marked, event.position, event.envelope.at)
        for id_, who in whole.items()
    ]


PROCESSOR = Processor("erasure", react)
