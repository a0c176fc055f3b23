"""What operators do with a parked model: let it try again, or leave its event out, on record."""

from __future__ import annotations

from typing import Any

import psycopg

from schema.clock import machine_time
from schema.topics import UnknownTopicError


def resume(connection: psycopg.Connection[Any], name: str) -> bool:
    """Let a parked model try its event again; answers whether it was parked."""
    done = connection.execute(
        "update read_models set parked_position = null, parked_error = null, parked_since = null"
        " where name = %s and parked_position is not null",
        (name,),
    )
    return done.rowcount == 1


def resume_newer(connection: psycopg.Connection[Any]) -> list[str]:
    """Let models go on that an older release parked at a fact it didn't know; answers which.

    A reader that starts does so: it may know the fact by now, else it parks them there again (T24).
    """
    rows = connection.execute(
        "update read_models set parked_position = null, parked_error = null, parked_since = null"
        " where parked_error = %s returning name",
        (UnknownTopicError.__name__,),
    )
    return [row[0] for row in rows]


def skip(connection: psycopg.Connection[Any], name: str, position: int, who: str) -> bool:
    """Leave out the event a model is parked before, also in later builds of this version.

    Answers whether it was parked there.
    """
    done = connection.execute(
        "with freed as (update read_models set parked_position = null, parked_error = null,"
        " parked_since = null where name = %(name)s and parked_position = %(position)s returning version)"
        " insert into read_model_skips (name, version, position, who, at)"
        " select %(name)s, version, %(position)s, %(who)s, %(at)s from freed",
        {"name": name, "position": position, "who": who, "at": machine_time()},
    )
    return done.rowcount == 1
