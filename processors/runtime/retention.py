"""E-mails are forgotten after their time: first what they said, then that they were (reliability.md 7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from processors.runtime.links import FILE_DAYS

_AT_ONCE = 500
"""Rows per transaction, so that none of them keeps readers of the log waiting."""
_FILES_AT_ONCE = 20


def forget_old(
    connection: psycopg.Connection[Any], now: datetime, *, text_months: int, mail_months: int
) -> None:
    """Texts sent longer ago than the one, rows of mails, timers, outages and commands older than the
    other.

    No processor goes back before a mail whose row is gone: a replay would send it again (COM-3).
    """
    while _forget_texts(connection, now, text_months) == _AT_ONCE:
        pass
    while _forget_returned(connection, now, text_months) == _AT_ONCE:
        pass
    while _forget_rows(connection, now, mail_months) == _AT_ONCE:
        pass
    over = {"now": now, "months": mail_months}
    old = "< %(now)s::timestamptz - make_interval(months => %(months)s)"
    connection.execute(f"delete from timers where state = 'fired' and fired_at {old}", over)
    connection.execute(f"delete from outages where over_at {old}", over)
    connection.execute(f"delete from errands where state <> 'to_do' and ended_at {old}", over)


def forget_files(connection: psycopg.Connection[Any], now: datetime, *, needed: Sequence[UUID]) -> None:
    """Files to which no link leads any more, unless a mailing that has not left yet needs them.

    Documents of dossiers stay; but what no key opens any more goes, whatever it was (DOS-11, DOS-15).
    """
    while _forget_some_files(connection, now, needed) == _FILES_AT_ONCE:
        pass


def _forget_some_files(connection: psycopg.Connection[Any], now: datetime, needed: Sequence[UUID]) -> int:
    return connection.execute(
        "delete from files where id in (select f.id from files f"
        " where (not f.kept and coalesce(f.linked_at, f.at) < %s::timestamptz - make_interval(days => %s)"
        "   and f.id <> all(%s)) or (f.person is not null and not exists (select 1 from keys k"
        "   where k.person = f.person and k.scope = 'contact' and k.generation = get_byte(f.wrapped_key, 0)"
        "   and k.wrapped is not null)) limit %s)",
        (now, FILE_DAYS + 1, list(needed), _FILES_AT_ONCE),
    ).rowcount


def _forget_texts(connection: psycopg.Connection[Any], now: datetime, months: int) -> int:
    return connection.execute(
        "update outbox set sealed = null where id in (select id from outbox where sealed is not null"
        " and coalesce(sent_at, next_try) < %s::timestamptz - make_interval(months => %s) limit %s)",
        (now, months, _AT_ONCE),
    ).rowcount


def _forget_returned(connection: psycopg.Connection[Any], now: datetime, months: int) -> int:
    """What came back holds the text too; what no key opens any more is of no use."""
    return connection.execute(
        "delete from returned_mails where id in (select r.id from returned_mails r"
        " where r.at < %s::timestamptz - make_interval(months => %s) or not exists (select 1 from keys k"
        "   where k.person = r.person and k.scope = 'contact' and k.wrapped is not null) limit %s)",
        (now, months, _AT_ONCE),
    ).rowcount


def _forget_rows(connection: psycopg.Connection[Any], now: datetime, months: int) -> int:
    """What never left counts from its last try."""
    with connection.transaction():
        gone = connection.execute(
            "delete from outbox where id in (select id from outbox"
            " where state not in ('to_send', 'claimed', 'held')"
            " and coalesce(sent_at, next_try) < %s::timestamptz - make_interval(months => %s) limit %s)"
            " returning position",
            (now, months, _AT_ONCE),
        ).fetchall()
        if gone:
            connection.execute(
                "update processors set since = greatest(since, least(position, %s))",
                (max(position for (position,) in gone),),
            )
    return len(gone)
