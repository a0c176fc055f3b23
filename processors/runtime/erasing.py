"""Carries erasures to their end: every store answers once, then comes the vacuum (DOS-11)."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import psycopg

from processors.runtime.effects import Forget
from processors.runtime.erasing_stores import (
    STORES,
    VACUUM,
    Erasure,
    NotVacuumedError,
    OutsideStore,
    vacuum,
)
from projections.query import Reads, Row, instant, value
from schema.clock import machine_time

log = logging.getLogger(__name__)
_AT_ONCE = 1_000
_PATIENCE = 3.0
"""Seconds that the vacuum waits for transactions that still see what was deleted, before the next round."""
_OLDER_TRANSACTION = (
    "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    " and backend_xmin is not null and xact_start < %s limit 1"
)


def keep(connection: psycopg.Connection[Any], asked: Sequence[Forget]) -> None:
    """Store what is to be forgotten; a fact that has its row gets no second one."""
    for forget in asked:
        connection.execute(
            "insert into erasures (id, person, scopes, topic, marked, position, at)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            (
                forget.id,
                forget.person,
                list(forget.scopes),
                forget.topic,
                forget.marked,
                forget.position,
                forget.at,
            ),
        )


def carry_out(connection: psycopg.Connection[Any], now: datetime, outside: Mapping[str, OutsideStore]) -> int:
    """Ask every store that has not answered yet; answers how many erasures are still open.

    `connection` is in autocommit.
    """
    open_ones = connection.execute(
        "select e.id, person, scopes, topic, marked, position, at, array(select store from erasure_receipts r"
        " where r.erasure = e.id) from erasures e where done_at is null order by position limit %s",
        (_AT_ONCE,),
    ).fetchall()
    ready = []
    for id_, person, scopes, topic, marked, position, at, answered in open_ones:
        erasure = Erasure(id_, person, tuple(scopes), topic, marked, position, at)
        if _all_answer(connection, erasure, now, outside, set(answered)):
            ready.append(id_)
    tables = _vacuumed(connection) if ready else None
    if tables is None:
        return len(open_ones)
    with connection.transaction():
        for id_ in ready:
            _receipt(connection, id_, VACUUM, tables, now)
        connection.execute("update erasures set done_at = %s where id = any(%s)", (now, ready))
    return len(open_ones) - len(ready)


def _vacuumed(connection: psycopg.Connection[Any]) -> int | None:
    """How many tables were; None: not now.

    By the log-in: before PostgreSQL 17 no role can be given the vacuum, and a log-in sees its own sessions.
    """
    connection.execute("set role none")
    try:
        return vacuum(connection) if _nobody_sees_it_any_more(connection) else None
    except NotVacuumedError:
        log.error("a table can't be vacuumed: let the eraser's log-in maintain it")
        return None
    finally:
        connection.execute("reset role")


def _all_answer(
    connection: psycopg.Connection[Any],
    erasure: Erasure,
    now: datetime,
    outside: Mapping[str, OutsideStore],
    answered: set[str],
) -> bool:
    """Each in a step of its own, so that one that can't answer keeps no other from it."""
    everybody = True
    for name in (*STORES, *outside):
        if name in answered:
            continue
        try:
            with connection.transaction():
                found = STORES.get(name)
                forgotten = outside[name](erasure) if found is None else found(connection, erasure, now)
                if forgotten is not None:
                    _receipt(connection, erasure.id, name, forgotten, now)
        except psycopg.OperationalError:
            raise
        except Exception as error:  # the others must answer
            log.error("erasure %s: %s can't answer: %s", erasure.id, name, type(error).__name__)
            everybody = False
        else:
            everybody &= forgotten is not None
    return everybody


def _receipt(
    connection: psycopg.Connection[Any], erasure: UUID, store: str, forgotten: int, now: datetime
) -> None:
    connection.execute(
        "insert into erasure_receipts (erasure, store, forgotten, at) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        (erasure, store, forgotten, now),
    )


def _nobody_sees_it_any_more(connection: psycopg.Connection[Any]) -> bool:
    """A vacuum leaves what an older transaction may still read, such as a dump's."""
    now, until = machine_time(), time.monotonic() + _PATIENCE
    while connection.execute(_OLDER_TRANSACTION, (now,)).fetchone():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


async def listed(connection: Reads, *, person: UUID | None = None) -> list[Row]:
    """Erasures with their receipts, the newest first, of one person or the last 200; nothing personal."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select id, person, topic, scopes, position::text as position, {instant("at")} as at,
                {instant("done_at")} as done_at,
                (select coalesce(json_agg(json_build_object('store', r.store, 'forgotten', r.forgotten,
                    'at', {instant("r.at")}) order by r.at, r.store), '[]') from erasure_receipts r
                    where r.erasure = e.id) as receipts
            from erasures e where %(person)s::uuid is null or person = %(person)s
            order by e.position desc limit 200) q"""
    return cast("list[Row]", await value(connection, query, {"person": person}))
