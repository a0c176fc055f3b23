"""Commands that processors ask for: rows beside the position, carried out once each (architecture.md 14)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from pydantic import ValidationError

from aggregates.kernel import Refused
from commands.access import SYSTEM
from commands.dispatch import Dispatcher, IdempotencyKeyReusedError
from commands.message import Command
from processors.runtime.effects import Asked, Do

log = logging.getLogger(__name__)
MOST_TRIES = 10
_PAUSE_GROWS, _LONGEST_PAUSE = 4, 3_600
_AT_ONCE = 20
"""Carried out before the log is looked at again."""


@dataclass(frozen=True)
class _Errand:
    """A command that waits to be carried out."""

    id: UUID
    cause: UUID
    command: str
    body: Any
    attempts: int


def keep(connection: psycopg.Connection[Any], asked: Sequence[Asked]) -> None:
    """Store the commands among these effects; one that has its row already gets no second one."""
    rows = [
        (a.key, a.cause.id, a.effect.command.verb_noun(), a.effect.command.model_dump_json())
        for a in asked
        if isinstance(a.effect, Do)
    ]
    if rows:
        connection.execute(
            "insert into errands (id, cause, command, body)"
            " select * from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::jsonb[]) on conflict do nothing",
            [list(column) for column in zip(*rows, strict=True)],
        )


def ask(connection: psycopg.Connection[Any], id_: UUID, cause: UUID, command: Command) -> None:
    """Store one command for what no event tells; the same id makes no second one."""
    connection.execute(
        "insert into errands (id, cause, command, body) values (%s, %s, %s, %s::jsonb)"
        " on conflict do nothing",
        (id_, cause, command.verb_noun(), command.model_dump_json()),
    )


def carry_out(connection: psycopg.Connection[Any], dispatcher: Dispatcher) -> int:
    """Dispatch what is due, the oldest first; answers how many were tried.

    The row's id is the command's: one that was carried out and not marked, after a crash in between, or by
    a former leader, is answered from the log and done once. Raises OperationalError where the rows can't be
    marked.
    """
    rows = connection.execute(
        "select id, cause, command, body, attempts from errands where state = 'to_do' and next_try <= now()"
        " order by next_try, id limit %s",
        (_AT_ONCE,),
    ).fetchall()
    for row in rows:
        _carry_out(connection, dispatcher, _Errand(*row))
    return len(rows)


def _carry_out(connection: psycopg.Connection[Any], dispatcher: Dispatcher, errand: _Errand) -> None:
    now = dispatcher.clock()
    try:
        dispatcher.dispatch(_command(dispatcher, errand), SYSTEM, errand.id, errand.cause)
    except IdempotencyKeyReusedError:  # carried out by a release that knew fewer fields of it
        _end(connection, errand, "done", None, now)
    except Refused as refused:
        log.warning("errand %s, %s, is refused: %s", errand.id, errand.command, refused.code)
        _end(connection, errand, "refused", refused.code, now)
    except Exception as error:  # a clash, a busy database, an error of ours: the others must go on
        _again(connection, errand, type(error).__name__, now)
    else:
        _end(connection, errand, "done", None, now)


def _command(dispatcher: Dispatcher, errand: _Errand) -> Command:
    """Raises LookupError for a command that this release doesn't know."""
    for known in dispatcher.handlers:
        if known.verb_noun() == errand.command:
            try:
                return known.model_validate_json(orjson.dumps(errand.body), strict=True)
            except ValidationError:
                raise LookupError(f"{errand.command} has other fields now") from None
    raise LookupError(errand.command)


def _end(
    connection: psycopg.Connection[Any], errand: _Errand, state: str, error: str | None, now: datetime
) -> None:
    connection.execute(
        "update errands set state = %(state)s, error = %(error)s, attempts = attempts + 1,"
        " ended_at = %(now)s, body = case when %(state)s = 'failed' then body else '{}' end"
        " where id = %(id)s and state = 'to_do'",
        {"state": state, "error": error, "now": now, "id": errand.id},
    )


def _again(connection: psycopg.Connection[Any], errand: _Errand, error: str, now: datetime) -> None:
    """Try later; after the last try it is failed, for people to see, and tried again each day."""
    tried = errand.attempts + 1
    log.error("errand %s, %s, failed at try %s: %s", errand.id, errand.command, tried, error)
    if tried >= MOST_TRIES:
        _end(connection, errand, "failed", error, now)
        return
    connection.execute(
        "update errands set error = %s, attempts = %s, next_try = now() + make_interval(secs => %s)"
        " where id = %s and state = 'to_do'",
        (error, tried, pause_after(tried), errand.id),
    )


def pause_after(attempts: int) -> float:
    """Seconds before the next try: 1, then four times as long each time, an hour at most; 4 h in all."""
    return float(min(_LONGEST_PAUSE, _PAUSE_GROWS ** (attempts - 1)))


def try_again(connection: psycopg.Connection[Any], after_hours: float = 0.0) -> None:
    """Let those that failed so long ago be tried once more: a newer release, or a new day, may know how."""
    connection.execute(
        "update errands set state = 'to_do', attempts = 0, next_try = now() where state = 'failed'"
        " and next_try <= now() - make_interval(secs => %s)",
        (after_hours * 3_600,),
    )
