"""The rows of the outbox: asked for once per cause, held under a lease while they are sent (COM-3).

Those of mailings stand in `mailing_rows.py` from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg

from aggregates.client.missed_mails.events import UndeliveredReason
from processors.runtime import farewell
from processors.runtime.effects import Again, Asked, Mail
from processors.runtime.undelivered import tell_dossier
from schema import farewells


@dataclass(frozen=True)
class Claimed:
    """A row this worker holds the lease of."""

    id: UUID
    lease: UUID
    position: int
    template: str
    recipient: str
    person: UUID
    params: dict[str, Any]
    attempts: int

    @property
    def is_farewell(self) -> bool:
        """The last mail to who was removed; staff who try its wording get an ordinary one."""
        return self.template == farewell.TEMPLATE and self.recipient != "staff"


def keep(connection: psycopg.Connection[Any], asked: Sequence[Asked]) -> list[UUID]:
    """Store the mails among what is asked for; answers the ids of those that are new and go out at once."""
    return _again(connection, asked) + _mails(connection, asked)


def _again(connection: psycopg.Connection[Any], asked: Sequence[Asked]) -> list[UUID]:
    """Rows like those of the mails that are to go out again, of a new cause.

    Nobody else's goes out; one to a dossier that was merged is the surviving one's (DOS-5). One of a mailing
    leaves in the mailing's rounds, within their limits and asked for consent anew (COM-8), once it is known
    what became of the first. What people wrote stands in its first cause.
    """
    again = [(a.key, a.cause.id, a.cause.position, a.effect) for a in asked if isinstance(a.effect, Again)]
    made = []
    for key, cause, position, effect in again:
        made += connection.execute(
            "insert into outbox (id, cause, position, template, recipient, person, params)"
            " select %s, %s, case template when 'written' then position else %s end, template, recipient,"
            " person, params || '{\"resent\": true}' from outbox"
            " where id = %s and recipient <> 'staff' and (person = %s or exists (select from events e"
            " where e.stream = outbox.person and e.topic = 'client.dossier_merged'))"
            " and (mailing is null or state not in ('to_send', 'claimed', 'held'))"
            " on conflict do nothing returning id, mailing",
            (key, cause, position, effect.mail, effect.client),
        ).fetchall()
    return [id_ for id_, mailing in made if mailing is None]


def _mails(connection: psycopg.Connection[Any], asked: Sequence[Asked]) -> list[UUID]:
    mails = [(a.key, a.cause, a.effect) for a in asked if isinstance(a.effect, Mail)]
    if not mails:
        return []
    columns = zip(
        *(
            (
                key,
                event.id,
                event.position,
                mail.template,
                mail.recipient,
                mail.client,
                orjson.dumps(dict(mail.params)).decode(),
            )
            for key, event, mail in mails
        ),
        strict=True,
    )
    rows = connection.execute(
        "insert into outbox (id, cause, position, template, recipient, person, params)"
        " select * from unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::uuid[],"
        " %s::jsonb[]) on conflict do nothing returning id, mailing",
        [list(column) for column in columns],
    )
    return [id_ for id_, mailing in rows if mailing is None]


def due(connection: psycopg.Connection[Any], limit: int) -> list[UUID]:
    """Mails that should be on their way: never claimed, to be tried again, or claimed by a dead worker.

    Those of mailings leave in rounds of their own.
    """
    rows = connection.execute(
        "select id from outbox where mailing is null and ((state = 'to_send' and next_try <= now())"
        " or (state = 'claimed' and lease_until < now())) order by next_try limit %s",
        (limit,),
    )
    return [row[0] for row in rows]


def claim(
    connection: psycopg.Connection[Any], outbox_id: UUID, seconds: float, most_tries: int
) -> Claimed | None:
    """Take the row; one that has used up its tries, each time without an end, is failed instead."""
    with connection.transaction():
        row = connection.execute(
            "update outbox set lease = %(lease)s, attempts = attempts + 1,"
            " state = case when attempts < %(most)s then 'claimed' else 'failed' end,"
            " error = case when attempts < %(most)s then error else 'gave_up' end,"
            " lease_until = now() + make_interval(secs => %(seconds)s)"
            " where id = %(id)s and mailing is null"
            " and ((state = 'to_send' and next_try <= now())"
            "      or (state = 'claimed' and lease_until < now()))"
            " returning state, id, lease, position, template, recipient, person, params, attempts",
            {"lease": uuid4(), "most": most_tries, "seconds": seconds, "id": outbox_id},
        ).fetchone()
        if row is not None and row[0] == "failed":
            tell_dossier(connection, outbox_id, UndeliveredReason.GAVE_UP, "gave_up")
    return None if row is None or row[0] == "failed" else Claimed(*row[1:])


def is_held(connection: psycopg.Connection[Any], claimed: Claimed, seconds: float) -> bool:
    """Whether the lease is still ours, for that long at the least."""
    row = connection.execute(
        "select 1 from outbox where id = %s and lease = %s and state = 'claimed'"
        " and lease_until > now() + make_interval(secs => %s)",
        (claimed.id, claimed.lease, seconds),
    ).fetchone()
    return row is not None


def put_back(
    connection: psycopg.Connection[Any], claimed: Claimed, error: str, seconds: float, *, tried: bool
) -> None:
    """To be sent after that pause, while it is ours; unless `tried` it counts as none of the tries."""
    connection.execute(
        "update outbox set state = 'to_send', error = %s, lease = null, lease_until = null,"
        " attempts = attempts - %s, next_try = now() + make_interval(secs => %s)"
        " where id = %s and lease = %s",
        (error, 0 if tried else 1, seconds, claimed.id, claimed.lease),
    )


def mark(
    connection: psycopg.Connection[Any],
    claimed: Claimed,
    state: str,
    error: str | None,
    sealed: bytes | None,
    sent_at: datetime | None = None,
) -> bool:
    """Whether the row was still ours; that the mail is out is marked whoever holds it by now (COM-3).

    A last mail that is over takes its address along.
    """
    if claimed.is_farewell:
        farewells.forget(connection, claimed.person)
    marked = connection.execute(
        "update outbox set state = %(state)s, error = %(error)s, sealed = %(sealed)s, lease = null,"
        " lease_until = null, sent_at = %(at)s where id = %(id)s and (lease = %(lease)s"
        "   or %(state)s = 'sent' and state in ('to_send', 'claimed'))",
        {
            "state": state,
            "error": error,
            "sealed": sealed,
            "at": sent_at,
            "id": claimed.id,
            "lease": claimed.lease,
        },
    )
    return marked.rowcount == 1
