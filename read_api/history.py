"""The history of a dossier, workshop or invoice in sentences: who, when, what, why (AUD-1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import anyio.to_thread

from aggregates.kernel import Fact, Role
from projections import catalogue, dossier, history, workshop_dates
from projections.query import Reads
from schema.envelope import Recorded
from schema.labels import Language, fact_sentence, label
from schema.store import Store


@dataclass(frozen=True)
class Entry:
    """One event as people read it."""

    position: int
    at: datetime
    by: str
    role: str
    sentence: str
    topic: str
    command: UUID
    cause: UUID | None
    fields: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "position": str(self.position),
            "at": self.at,
            "by": self.by,
            "role": self.role,
            "sentence": self.sentence,
            "topic": self.topic,
            "command": self.command,
            "cause": self.cause,
            "fields": self.fields,
        }


async def entries(
    connection: Reads,
    store: Store,
    subject: UUID,
    language: Language,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """A page of the subject's history, newest first; erased values read « [effacé] »."""
    positions = await history.positions(connection, subject, before=before, limit=limit)
    if not positions:
        return []
    events = await anyio.to_thread.run_sync(store.read_at, positions)
    known = await names(connection, [id_ for event in events for id_ in _ids(event)], language)
    return [_entry(event, language, known) for event in sorted(events, key=lambda e: -e.position)]


async def names(connection: Reads, ids: Sequence[UUID], language: Language) -> dict[UUID, str]:
    """What these ids are called in a sentence."""
    unique = list(set(ids))
    return (
        await catalogue.names(connection, unique)
        | await workshop_dates.labels(connection, unique, language)
        | await dossier.names(connection, unique)
    )


def _ids(event: Recorded) -> Iterator[UUID]:
    if event.envelope.user is not None:
        yield event.envelope.user
    yield from _uuids(event.fact.__dict__.values())


def _uuids(values: Any) -> Iterator[UUID]:
    for value in values:
        if isinstance(value, UUID):
            yield value
        elif isinstance(value, tuple):
            yield from _uuids(value)


def _entry(event: Recorded, language: Language, known: dict[UUID, str]) -> Entry:
    envelope = event.envelope
    by = "" if envelope.user is None else known.get(envelope.user, "")
    role = label(language, "role", envelope.role.value)
    return Entry(
        position=event.position,
        at=envelope.at,
        by=by or (role if envelope.role is not Role.SYSTEM else label(language, "role", "system")),
        role=role,
        sentence=fact_sentence(language, event.fact, known.get),
        topic=type(event.fact).TOPIC,
        command=envelope.command,
        cause=envelope.cause,
        fields=_plain(event.fact),
    )


def _plain(fact: Fact) -> dict[str, Any]:
    return {name: _shown(value) for name, value in fact.__dict__.items()}


def _shown(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_shown(v) for v in value]
    return value if isinstance(value, str | int | bool | None | UUID | datetime) else str(value)
