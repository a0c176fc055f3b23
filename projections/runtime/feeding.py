"""Carries models over events: each decoded once, the rows of all models in one transaction."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from aggregates.kernel import Fact
from projections.model import Model, Rows, as_json
from projections.runtime.builds import Standing, schema_of
from schema.envelope import Recorded
from schema.mapper import StoredFact
from schema.store import Store
from schema.topics import SHAPES

LONGEST = 0.015
"""Seconds that a transaction should take: so long it holds the horizon of all readers back."""
NO_END = 2**63 - 1
_FEWEST, _FIRST, _MOST = 20, 200, 4_000


class BadEventError(Exception):
    """The event can't be decoded; its own error is the cause."""


@dataclass(frozen=True)
class Seen:
    """An event as read from the log."""

    position: int
    fact_type: type[Fact] | None
    """None for a topic of a newer release, which may concern everybody."""
    recorded: Recorded | None
    error: Exception | None = None


@dataclass
class BatchSize:
    """How many events or rows a transaction takes; grows while transactions stay short."""

    size: int = _FIRST

    def shrink(self) -> None:
        """The line was lost meanwhile: it may have been too much at once."""
        self.size = max(_FEWEST, self.size // 2)

    def learn(self, done: int, seconds: float) -> None:
        """Take the time of a transaction over so many into account."""
        if seconds > LONGEST:
            self.size = max(_FEWEST, min(self.size, done) // 2)
        elif seconds < LONGEST / 2 and done >= self.size:
            self.size = min(_MOST, self.size * 3 // 2)


@dataclass
class Prepared:
    """What a batch comes to: rows per model, and the first event each stumbling model stumbled over."""

    rows: dict[str, Rows] = field(default_factory=dict)
    stumbled: dict[str, Exception] = field(default_factory=dict)


def decoded(store: Store, batch: Iterable[StoredFact]) -> list[Seen]:
    """Each event decoded once."""
    return [_decoded(store, stored) for stored in batch]


def _decoded(store: Store, stored: StoredFact) -> Seen:
    shape = SHAPES.get(stored.topic)
    fact_type = None if shape is None else shape.fact_type
    try:
        return Seen(stored.position, fact_type, store.decode(stored))
    except Exception as error:  # whatever it is, it is the event's: it parks who needs the event
        return Seen(stored.position, fact_type, None, error)


def prepare(models: Mapping[str, Model], at: Iterable[Standing], events: Sequence[Seen]) -> Prepared:
    """Hand each model the events above its position; nothing is written yet."""
    prepared = Prepared()
    for standing in at:
        model = models[standing.name]
        rows = Rows(model.tables)
        stumbled = hand_out(model, events, rows, above=standing.position, but=standing.skipped)
        if stumbled is None:
            prepared.rows[standing.name] = rows
        else:
            prepared.stumbled[standing.name] = stumbled[1]
    return prepared


def hand_out(
    model: Model, events: Sequence[Seen], rows: Rows, *, above: int, upto: int = NO_END, but: Container[int]
) -> tuple[int, Exception] | None:
    """Hand a model the events that concern it; answers the one it stumbled over, with the error."""
    for event in events:
        if event.fact_type is not None and not model.wants(event.fact_type):
            continue
        if above < event.position <= upto and event.position not in but:
            try:
                if event.recorded is None:
                    raise BadEventError(type(event.error).__name__) from event.error
                model.handle(event.recorded, rows)
            except Exception as error:  # a bug in a handler, or damaged bytes, stop this model only
                return event.position, error
    return None


def write(
    connection: psycopg.Connection[Any],
    models: Mapping[str, Model],
    builds: Mapping[str, int],
    rows: Mapping[str, Rows],
    *,
    apart: bool = False,
) -> dict[str, Exception]:
    """Write the rows of these models within the caller's transaction.

    `apart`: each in a savepoint of its own; answers what went wrong for whom. Otherwise raises it.
    """
    stumbled: dict[str, Exception] = {}
    for name, changed in rows.items():
        place = schema_of(models[name], builds[name])
        if not apart:
            _flush(connection, changed, place)
            continue
        try:
            with connection.transaction():
                _flush(connection, changed, place)
        except psycopg.OperationalError:
            raise
        except Exception as error:  # what a row can't hold parks its model only
            stumbled[name] = error
    return stumbled


def _flush(connection: psycopg.Connection[Any], rows: Rows, place: str) -> None:
    for statement, changed in rows.statements(place):
        connection.execute(statement, (as_json(changed),))
