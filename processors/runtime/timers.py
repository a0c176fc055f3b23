"""Timers: rows that outlive every process, fired once the school's clock has reached them (COM-2).

What fires looks at the stream as it is then: a timer need not be taken back when plans change.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import psycopg

from processors.runtime.effects import Asked, Due, Effect, Processor, Timer
from schema.envelope import Recorded
from schema.mapper import StoredFact
from schema.store import Store
from schema.topics import SHAPES

log = logging.getLogger(__name__)
_AT_ONCE = 20
"""Timers fired before the log is looked at again."""


@dataclass(frozen=True)
class Set:
    """A timer that has to be stored: by which processor, on which stream."""

    processor: str
    stream: UUID
    timer: Timer
    at_once: bool

    @property
    def id(self) -> UUID:
        """The same for the same moment: a date that comes back after a move is one moment."""
        moment = self.timer.due.astimezone(UTC).isoformat()
        return uuid5(self.stream, f"{self.processor}/{self.timer.purpose}/{moment}")


def keep(connection: psycopg.Connection[Any], timers: Sequence[Set]) -> None:
    """Store them; one that is there already stays as it is."""
    if timers:
        rows = [(t.id, t.processor, t.timer.purpose, t.stream, t.timer.due, t.at_once) for t in timers]
        connection.execute(
            "insert into timers (id, processor, purpose, stream, due, at_once)"
            " select * from unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::timestamptz[],"
            " %s::boolean[]) on conflict do nothing",
            [list(column) for column in zip(*rows, strict=True)],
        )


def due(connection: psycopg.Connection[Any], now: datetime) -> list[tuple[UUID, str, Due]]:
    """Id, processor and what it is about, of those that the clock has reached; the oldest first.

    What follows at once waits for no clock, which may have been set back.
    """
    rows = connection.execute(
        "select id, processor, purpose, stream, due from timers where state = 'set' and due <= %s"
        " union select id, processor, purpose, stream, due from timers where state = 'set' and at_once"
        " order by due, id limit %s",
        (now, _AT_ONCE),
    ).fetchall()
    return [(row[0], row[1], Due(*row[2:])) for row in rows]


def try_again(connection: psycopg.Connection[Any]) -> None:
    """Let those that failed fire once more: a newer release may know how."""
    connection.execute("update timers set state = 'set', error = null where state = 'failed'")


def effects_of(processor: Processor, fired: Due, history: Sequence[Recorded]) -> list[Asked]:
    """What firing comes to, a key per stream and purpose.

    The cause shown is the last event of the act that set it for that very moment, else of the stream.
    """
    assert processor.fire is not None
    of_the_act = [event for event in history if event.envelope.at == fired.due]
    cause = (of_the_act or history)[-1]
    return [
        Asked(uuid5(fired.stream, f"{processor.name}/{effect.purpose}"), cause, effect)
        for effect in processor.fire(fired, history)
    ]


def done(
    connection: psycopg.Connection[Any], id_: UUID, now: datetime, error: Exception | None = None
) -> None:
    """It has fired, or failed to: it won't again."""
    state, name = ("fired", None) if error is None else ("failed", type(error).__name__)
    connection.execute(
        "update timers set state = %s, error = %s, fired_at = %s where id = %s", (state, name, now, id_)
    )


def seed(
    connection: psycopg.Connection[Any],
    store: Store,
    processors: Mapping[str, Processor],
    now: datetime,
) -> None:
    """Let a processor that began after things were planned set their timers too, those to come alone."""
    rows = connection.execute(
        "select name, since from processors where not seeded and name = any(%s)", (list(processors),)
    ).fetchall()
    for name, since in rows:
        processor = processors[name]
        topics = [topic for topic, shape in SHAPES.items() if shape.fact_type in processor.timed_by]
        positions = connection.execute(
            "select position from events where topic = any(%s) and position <= %s order by position",
            (topics, since),
        ).fetchall()
        for start in range(0, len(positions), 1_000):
            events = store.log.select_at([p for (p,) in positions[start : start + 1_000]])
            found = [timer for stored in events for timer in _set_by(processor, store, stored)]
            keep(connection, [t for t in found if t.timer.due > now])
        connection.execute("update processors set seeded = true where name = %s", (name,))


def _set_by(processor: Processor, store: Store, stored: StoredFact) -> list[Set]:
    """None for an event that can't be read: it must not keep all others from their mails."""
    try:
        event = store.decode(stored)
        return set_by(processor.name, event, processor.react(event))
    except Exception as error:
        log.error("%s sets no timer for %s: %s", processor.name, stored.position, type(error).__name__)
        return []


def set_by(processor: str, event: Recorded, effects: Sequence[Effect]) -> list[Set]:
    """The timers among what follows from an event."""
    return [
        Set(processor, event.originator_id, effect, at_once=effect.due <= event.envelope.at)
        for effect in effects
        if isinstance(effect, Timer)
    ]
