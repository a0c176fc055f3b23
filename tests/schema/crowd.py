"""Programs of the tail-reader test: a writer among many, and a reader that follows the log's end.

python -m tests.schema.crowd write URL SEED EVENTS → acknowledged [stream, version] pairs, JSON
python -m tests.schema.crowd read URL (position|id) → pairs in the order seen, JSON; ends with its input
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from typing import Any
from uuid import UUID, uuid5

import psycopg
from eventsourcing.persistence import IntegrityError

from schema.log import EventLog
from schema.mapper import StoredFact
from schema.pools import sync_pool

STREAMS = [uuid5(UUID(int=0), str(n)) for n in range(100)]
HELD_BACK = 0.05
"""Share of transactions that commit late, as behind a slow disk or a number of a series."""
PAGE = 500


def write(url: str, seed: int, events: int) -> list[tuple[str, int]]:
    """Append to streams shared with other writers, again after each clash, until so many are stored."""
    chance = random.Random(seed)
    stored: list[tuple[str, int]] = []
    with sync_pool(url, 1) as pool:
        log = EventLog(pool)
        while len(stored) < events:
            with log.connection() as connection:
                rows = _rows(connection, chance)
                try:
                    if chance.random() < HELD_BACK:
                        with connection.transaction():
                            log.insert_events(rows, connection=connection)
                            time.sleep(chance.uniform(0.0005, 0.003))
                    else:
                        log.insert_events(rows, connection=connection)
                except IntegrityError:
                    continue
            stored += [(str(row.originator_id), row.originator_version) for row in rows]
    return stored


def _rows(connection: psycopg.Connection[Any], chance: random.Random) -> list[StoredFact]:
    chosen = chance.sample(STREAMS, chance.randint(1, 3))
    known = dict(
        connection.execute(
            "select stream, max(version) from events where stream = any(%s) group by stream", (chosen,)
        ).fetchall()
    )
    return [
        StoredFact(stream, known.get(stream, 0) + n, "workshop.seat_freed", b"{}")
        for stream in chosen
        for n in range(1, chance.randint(1, 3) + 1)
    ]


def read(url: str, by: str) -> list[tuple[str, int]]:
    """Follow the log by position below the horizon, or by the order of ids alone."""
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    seen: list[tuple[str, int]] = []
    last = 0
    with sync_pool(url, 1) as pool:
        log = EventLog(pool)
        while True:
            nothing_more_comes = ended.is_set()
            page = _after(log, by, last)
            seen += [(str(stream), version) for _, stream, version in page]
            if page:
                last = page[-1][0]
            elif nothing_more_comes:
                return seen


def _after(log: EventLog, by: str, last: int) -> list[tuple[int, UUID, int]]:
    if by == "position":
        return [
            (f.position, UUID(str(f.originator_id)), f.originator_version)
            for f in log.select_after(last, PAGE)
        ]
    with log.connection() as connection:
        return connection.execute(
            "select id, stream, version from events where id > %s order by id limit %s", (last, PAGE)
        ).fetchall()


if __name__ == "__main__":
    verb, where, *rest = sys.argv[1:]
    pairs = write(where, int(rest[0]), int(rest[1])) if verb == "write" else read(where, rest[0])
    json.dump(pairs, sys.stdout)
