"""The control of the races for seats: an append that decides on what was read and minds no newer version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError

from schema.append import Effect
from schema.envelope import Envelope
from schema.store import Change, Loaded, Store


class UnguardedStore(Store):
    """Puts facts decided on a stale state behind whatever was written meanwhile."""

    def append(
        self,
        changes: Sequence[Change],
        envelope: Envelope,
        effect: Effect,
        connection: psycopg.Connection[Any] | None = None,
        seen: Iterable[Loaded[Any]] = (),
    ) -> int:
        assert connection is not None
        seen = list(seen)
        while True:
            moved = _behind_what_stands(connection, changes)
            try:
                with connection.transaction():
                    return super().append(moved, envelope, effect, connection, seen)
            except IntegrityError as error:
                if str(error) != "one_event_per_version":
                    raise


def _behind_what_stands(connection: psycopg.Connection[Any], changes: Sequence[Change]) -> list[Change]:
    rows = connection.execute(
        "select stream, max(version) from events where stream = any(%s) group by stream",
        ([change.loaded.id for change in changes],),
    ).fetchall()
    newest: dict[UUID, int] = dict(rows)
    return [replace(c, loaded=replace(c.loaded, version=newest.get(c.loaded.id, 0))) for c in changes]
