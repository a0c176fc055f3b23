"""The history of a dossier, workshop or invoice in sentences: who, when, what, why (AUD-1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import anyio.to_thread

from aggregates.kernel import Erased, Fact, Value, personal_fields
from projections import catalogue, dossier, history, workshop_dates
from projections.history import Wanted
from projections.query import MASKED, Reads
from read_api.changes import SETS, Change, changes, ids_in
from schema.envelope import Recorded
from schema.labels import Language, fact_sentence, label, value_text
from schema.store import Store
from schema.topics import SHAPES


@dataclass(frozen=True)
class Entry:
    """One event as people read it."""

    position: int
    at: datetime
    by: str
    role: str
    behalf: str | None
    sentence: str
    topic: str
    changes: list[dict[str, str]]
    """Field, its label, before and after, of values that the event overwrote."""
    command: UUID
    cause: UUID | None
    fields: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return self.__dict__ | {"position": str(self.position)}

    def cells(self) -> list[str | None]:
        """As a line of a file: when, who, as what, for whom, what, changes, kind, why, and where."""
        changed = [f"{c['label']} : {c['before']} → {c['after']}" for c in self.changes]
        ids = [str(id_) if id_ else None for id_ in (self.command, self.cause)]
        at = self.at.isoformat().replace("+00:00", "Z")
        who = [self.by, self.role, self.behalf]
        return [at, *who, self.sentence, " ; ".join(changed), self.topic, *ids, str(self.position)]

    @property
    def persons(self) -> set[str]:
        """Whom the event is about."""
        return {str(self.fields[name]) for name in ("person", "client") if self.fields.get(name)}


@dataclass(frozen=True)
class _Told:
    """An event, and what it changed."""

    event: Recorded
    changes: list[Change]


async def entries(
    connection: Reads,
    store: Store,
    subject: UUID,
    language: Language,
    *,
    wanted: Wanted | None = None,
    before: int | None = None,
    limit: int = 50,
    masked: bool = False,
) -> list[Entry]:
    """A page of the subject's history, newest first; erased values read « [effacé] »."""
    positions = await history.positions(connection, subject, wanted or Wanted(), before=before, limit=limit)
    if not positions:
        return []
    told = await anyio.to_thread.run_sync(_read, store, positions, masked)
    ids = [id_ for t in told for id_ in _ids(t)]
    known = await names(connection, ids, language)
    return [_entry(t, language, known) for t in reversed(told)]


async def names(connection: Reads, ids: Sequence[UUID], language: Language) -> dict[UUID, str]:
    """What these ids are called in a sentence."""
    unique = list(set(ids))
    return (
        await catalogue.names(connection, unique)
        | await workshop_dates.labels(connection, unique, language)
        | await dossier.names(connection, unique)
    )


def _read(store: Store, positions: Sequence[int], masked: bool) -> list[_Told]:
    """The events in order, each with what it changed; without what a masked reader may not see."""
    events = store.read_at(positions)
    changed = _changes(store, [e for e in events if type(e.fact) in SETS], masked)
    told = [_Told(e, changed.get((e.originator_id, e.originator_version), [])) for e in events]
    return [_Told(_masked_event(t.event), t.changes) for t in told] if masked else told


def _changes(store: Store, events: Sequence[Recorded], masked: bool) -> dict[tuple[UUID, int], list[Change]]:
    """What these events changed: their streams folded from the first fact on."""
    newest: dict[UUID, int] = {}
    for event in events:
        newest[event.originator_id] = max(event.originator_version, newest.get(event.originator_id, 0))
    facts: dict[UUID, list[tuple[int, Fact]]] = {stream: [] for stream in newest}
    for stored in store.log.select_streams(list(newest)) if newest else ():
        shape = SHAPES.get(stored.topic)
        stream, version = UUID(str(stored.originator_id)), stored.originator_version
        if shape is not None and shape.fact_type in SETS and version <= newest[stream]:
            fact = store.decode(stored).fact
            facts[stream].append((version, _masked(fact) if masked else fact))
    return {
        (stream, version): found
        for stream, numbered in facts.items()
        for version, found in changes(numbered).items()
    }


def _masked(fact: Fact) -> Fact:
    hidden = {
        name: MASKED
        for name, scope in personal_fields(type(fact)).items()
        if scope == "contact" and not isinstance(getattr(fact, name), Erased | None)
    }
    return fact.model_copy(update=hidden)


def _masked_event(event: Recorded) -> Recorded:
    return Recorded(
        event.originator_id,
        event.originator_version,
        event.position,
        event.envelope_bytes,
        _masked(event.fact),
    )


def _ids(told: _Told) -> Iterator[UUID]:
    envelope = told.event.envelope
    yield from (id_ for id_ in (envelope.user, envelope.behalf) if id_ is not None)
    yield from _uuids(told.event.fact.__dict__.values())
    yield from ids_in(told.changes)


def _uuids(values: Any) -> Iterator[UUID]:
    for value in values:
        if isinstance(value, UUID):
            yield value
        elif isinstance(value, tuple):
            yield from _uuids(value)
        elif isinstance(value, Value):
            yield from _uuids(value.__dict__.values())


def _entry(told: _Told, language: Language, known: dict[UUID, str]) -> Entry:
    event, envelope = told.event, told.event.envelope
    role = label(language, "role", envelope.role.value)
    return Entry(
        position=event.position,
        at=envelope.at,
        by=role if envelope.user is None else known.get(envelope.user, role),
        role=role,
        behalf=None if envelope.behalf is None else known.get(envelope.behalf),
        sentence=fact_sentence(language, event.fact, known.get),
        topic=type(event.fact).TOPIC,
        changes=[_shown_change(change, language, known) for change in told.changes],
        command=envelope.command,
        cause=envelope.cause,
        fields=_plain(event.fact),
    )


def _shown_change(change: Change, language: Language, known: dict[UUID, str]) -> dict[str, str]:
    return {
        "field": change.name,
        "label": label(language, "field", change.name),
        "before": value_text(language, change.before, known.get),
        "after": value_text(language, change.after, known.get),
    }


def _plain(fact: Fact) -> dict[str, Any]:
    return {name: _shown(value) for name, value in fact.__dict__.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, Value):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_shown(v) for v in value]
    return value if isinstance(value, str | int | bool | None | UUID | datetime) else str(value)
