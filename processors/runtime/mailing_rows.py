"""The outbox's rows of mailings: claimed in batches within their author's 500 in 24 hours (COM-8).

What counts is when a mail was surely out: its row keeps the moment after the server's yes, and one that is
being sent counts whatever the hour. So no window of 24 hours at the server ever holds more. The machine's
clock may be wrong by then, or now: a mail also counts until as many seconds have passed (decision 0088).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg

from aggregates.client.missed_mails.events import UndeliveredReason
from processors.runtime.undelivered import tell_dossier
from schema.clock import Tick
from schema.log import lock_of

MOST = 500
WINDOW = timedelta(hours=24)


@dataclass(frozen=True)
class Taken:
    """A row whose lease this worker holds."""

    id: UUID
    client: UUID
    attempts: int
    lease: UUID
    resent: bool = False
    """Staff let it go out once more, after it was missed; its mailing may have ended."""


def waiting(connection: psycopg.Connection[Any]) -> list[UUID]:
    """Mailings of which something is left to be done: to be sent, claimed by a dead worker, or held."""
    rows = connection.execute(
        "select distinct mailing from outbox where mailing is not null"
        " and (state in ('to_send', 'held') or (state = 'claimed' and lease_until < now()))"
    )
    return [row[0] for row in rows]


def recover(
    connection: psycopg.Connection[Any], mailing: UUID, now: datetime, tick: Tick | None = None
) -> None:
    """What a dead worker had: not handed over yet, it is sent; handed over, a person decides (COM-3).

    Of one that was sent anew they decide on the dossier, where it is missed again.
    """
    with connection.transaction():
        rows = connection.execute(
            "update outbox set error = case when leaving then 'answer_lost' else error end, state ="
            " case when not leaving then 'to_send' when params ? 'resent' then 'failed' else 'held' end,"
            " sent_at = case when leaving then %(now)s end, sent_boot = %(boot)s, sent_tick = %(tick)s,"
            " leaving = false, lease = null, lease_until = null"
            " where mailing = %(mailing)s and state = 'claimed' and lease_until < now() returning id, state",
            {"mailing": mailing, "now": now, **_ticked(tick)},
        ).fetchall()
        for id_, state in rows:
            if state == "failed":
                tell_dossier(connection, id_, UndeliveredReason.GAVE_UP, "answer_lost")


def decide(
    connection: psycopg.Connection[Any], mailing: UUID, client: UUID, tried: int, *, send: bool
) -> None:
    """A held mail leaves once more, or never; one that was lost again since then stays held.

    The row of the one that may have arrived goes on counting; what leaves once more is another one.
    """
    with connection.transaction():
        row = connection.execute(
            "update outbox set state = 'dropped', error = %s where mailing = %s and person = %s"
            " and state = 'held' and attempts = %s returning id",
            ("sent_once_more" if send else "decided_not_to_send", mailing, client, tried),
        ).fetchone()
        if row is not None and send:
            connection.execute(
                "insert into outbox (id, cause, position, template, recipient, person, params, attempts)"
                " select %s, cause, position, template, recipient, person, params, attempts"
                " from outbox where id = %s on conflict do nothing",
                (uuid5(row[0], "once more"), row[0]),
            )


def drop(connection: psycopg.Connection[Any], mailing: UUID, reason: str) -> None:
    """Nothing of it that waits leaves any more."""
    connection.execute(
        "update outbox set state = 'dropped', error = %s where mailing = %s and state = 'to_send'",
        (reason, mailing),
    )


def take(
    connection: psycopg.Connection[Any],
    mailing: UUID,
    author: UUID,
    *,
    clock: Callable[[], datetime],
    most: int,
    seconds: float,
    tick: Tick | None = None,
) -> list[Taken]:
    """Up to `most` rows of the mailing, as many as the author may still send in these 24 hours.

    `tick`, read before: a mail counts while it is younger than that by either reckoning.
    """
    lease = uuid4()
    with connection.transaction():
        # One by one for each author: two who count at once would both find room.
        connection.execute("select pg_advisory_xact_lock(%s)", (lock_of(uuid5(author, "mailings").bytes),))
        since = clock() - WINDOW
        row = connection.execute(
            "select count(*) from outbox where author = %(author)s and (state = 'claimed'"
            " or sent_at > %(since)s"
            " or sent_at is not null and sent_boot = %(boot)s and sent_tick > %(tick)s - %(window)s)",
            {"author": author, "since": since, "window": WINDOW.total_seconds(), **_ticked(tick)},
        ).fetchone()
        assert row is not None
        room = min(most, MOST - row[0])
        if room <= 0:
            return []
        rows = connection.execute(
            "update outbox set state = 'claimed', lease = %(lease)s, attempts = attempts + 1,"
            " lease_until = now() + make_interval(secs => %(seconds)s) where id in ("
            " select id from outbox where mailing = %(mailing)s and state = 'to_send' and next_try <= now()"
            " order by id limit %(room)s for update skip locked)"
            " returning id, person, attempts, params ? 'resent'",
            {"lease": lease, "seconds": seconds, "mailing": mailing, "room": room},
        ).fetchall()
    return [Taken(id_, client, tried, lease, resent) for id_, client, tried, resent in rows]


def hand_over(connection: psycopg.Connection[Any], taken: Taken, needed: float) -> bool:
    """Mark it as leaving, from here on its answer may be lost; False when too little of the lease is left."""
    done = connection.execute(
        "update outbox set leaving = true where id = %s and lease = %s and state = 'claimed'"
        " and lease_until > now() + make_interval(secs => %s)",
        (taken.id, taken.lease, needed),
    )
    return done.rowcount == 1


def finish(
    connection: psycopg.Connection[Any],
    taken: Taken,
    state: str,
    *,
    error: str | None = None,
    sealed: bytes | None = None,
    at: datetime | None = None,
    tick: Tick | None = None,
) -> bool:
    """What became of it; `at` and `tick` are when it was surely out, and stay empty for one that never was.

    Answers whether the row was still this worker's. That a mail was taken is marked also where it was held
    meanwhile because this worker seemed to be dead (COM-3).
    """
    done = connection.execute(
        "update outbox set state = %(state)s, error = %(error)s, sealed = coalesce(%(sealed)s, sealed),"
        " sent_at = %(at)s, sent_boot = %(boot)s, sent_tick = %(tick)s,"
        " leaving = false, lease = null, lease_until = null"
        " where id = %(id)s and (lease = %(lease)s or %(state)s = 'sent' and state = 'held')",
        {
            "state": state,
            "error": error,
            "sealed": sealed,
            "at": at,
            "id": taken.id,
            "lease": taken.lease,
            **_ticked(tick),
        },
    )
    return done.rowcount == 1


def _ticked(tick: Tick | None) -> dict[str, Any]:
    return {"boot": None if tick is None else tick.boot, "tick": None if tick is None else tick.seconds}


def put_back(
    connection: psycopg.Connection[Any],
    taken: Sequence[Taken],
    error: str | None,
    pause: float,
    *,
    tried: bool,
) -> None:
    """Let rows go that were not handed over, or not taken; `tried`: it counts as one of the tries."""
    connection.execute(
        "update outbox set state = 'to_send', error = %s, leaving = false, lease = null, lease_until = null,"
        " attempts = attempts - %s, next_try = now() + make_interval(secs => %s)"
        " where id = any(%s) and lease = %s",
        (error, 0 if tried else 1, pause, [t.id for t in taken], taken[0].lease if taken else None),
    )


@dataclass(frozen=True)
class Tally:
    """How many of a mailing's rows are in which situation."""

    all: int
    open: int
    """To be sent, being sent, or held until somebody decides."""
    sent: int
    skipped: int
    """Surely never out: their share is the author's again."""


def tally(connection: psycopg.Connection[Any], mailing: UUID) -> Tally:
    """Where the mailing stands; what is sent anew later is no part of it."""
    row = connection.execute(
        "select count(*), count(*) filter (where state in ('to_send', 'claimed', 'held')),"
        " count(*) filter (where state in ('sent', 'bounced')),"
        " count(*) filter (where state in ('failed', 'dropped') and sent_at is null)"
        " from outbox where mailing = %s and not params ? 'resent'",
        (mailing,),
    ).fetchone()
    assert row is not None
    return Tally(*row)
