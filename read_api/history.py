"""The history of a dossier, workshop or invoice in sentences: who, when, what, why (AUD-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import anyio.to_thread

from aggregates.catalogue.events import SettingsChanged
from aggregates.client.events import DossierCreated, DossierRestored, ProfileChanged
from aggregates.kernel import Erased, Fact, Value, personal_fields
from aggregates.workshop.events import WorkshopPlanChanged, WorkshopPlanned
from projections import catalogue, dossier, history, workshop_dates
from projections.query import MASKED, Reads
from schema.envelope import Recorded
from schema.labels import Language, fact_sentence, label, value_text
from schema.store import Store
from schema.topics import SHAPES

OVERWRITES: Mapping[type[Fact], tuple[type[Fact], ...]] = {
    WorkshopPlanChanged: (WorkshopPlanned, WorkshopPlanChanged),
    DossierRestored: (DossierCreated, DossierRestored, ProfileChanged),
    ProfileChanged: (DossierCreated, DossierRestored, ProfileChanged),
    SettingsChanged: (SettingsChanged,),
}
"""Facts that set values anew → those that set them before, in the same stream."""


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


@dataclass(frozen=True)
class _Told:
    """An event, and those whose values it overwrote, oldest first."""

    event: Recorded
    before: tuple[Fact, ...]


async def entries(
    connection: Reads,
    store: Store,
    subject: UUID,
    language: Language,
    *,
    before: int | None = None,
    limit: int = 50,
    masked: bool = False,
) -> list[Entry]:
    """A page of the subject's history, newest first; erased values read « [effacé] »."""
    positions = await history.positions(connection, subject, before=before, limit=limit)
    if not positions:
        return []
    told = await anyio.to_thread.run_sync(_read, store, positions)
    if masked:
        told = [_Told(_masked_event(t.event), tuple(map(_masked, t.before))) for t in told]
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


def _read(store: Store, positions: Sequence[int]) -> list[_Told]:
    """The events in order, each beside what it overwrote."""
    events = store.read_at(positions)
    streams = {e.originator_id for e in events if type(e.fact) in OVERWRITES}
    earlier = [
        store.decode(stored)
        for stored in (store.log.select_streams(list(streams)) if streams else ())
        if any(SHAPES[stored.topic].fact_type in before for before in OVERWRITES.values())
    ]
    return [_Told(event, _overwritten(event, earlier)) for event in events]


def _overwritten(event: Recorded, earlier: Sequence[Recorded]) -> tuple[Fact, ...]:
    wanted = OVERWRITES.get(type(event.fact), ())
    return tuple(
        e.fact
        for e in earlier
        if e.originator_id == event.originator_id
        and e.originator_version < event.originator_version
        and isinstance(e.fact, wanted)
    )


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
    for fact in (told.event.fact, *told.before):
        yield from _uuids(fact.__dict__.values())


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
        changes=list(_changes(told, language, known)),
        command=envelope.command,
        cause=envelope.cause,
        fields=_plain(event.fact),
    )


def _changes(told: _Told, language: Language, known: dict[UUID, str]) -> Iterator[dict[str, str]]:
    stood = {name: value for fact in told.before for name, value in fact.__dict__.items()}
    for name, after in told.event.fact.__dict__.items() if stood else ():
        before = stood.get(name)
        if before != after:
            yield {
                "field": name,
                "label": label(language, "field", name),
                "before": value_text(language, before, known.get),
                "after": value_text(language, after, known.get),
            }


def _plain(fact: Fact) -> dict[str, Any]:
    return {name: _shown(value) for name, value in fact.__dict__.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, Value):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_shown(v) for v in value]
    return value if isinstance(value, str | int | bool | None | UUID | datetime) else str(value)
