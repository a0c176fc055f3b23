"""What operators do with a parked processor: let it try its event again, or leave it out, on record."""

from __future__ import annotations

from typing import Any

import psycopg

from schema.clock import machine_time
from schema.topics import UnknownTopicError


def resume(connection: psycopg.Connection[Any], name: str) -> bool:
    """Let a parked processor try its event again; answers whether it was parked."""
    done = connection.execute(
        "update processors set parked_position = null, parked_error = null, parked_since = null"
        " where name = %s and parked_position is not null",
        (name,),
    )
    return done.rowcount == 1


def resume_newer(connection: psycopg.Connection[Any]) -> None:
    """Let processors go on that an older release parked at a fact it didn't know (T24)."""
    connection.execute(
        "update processors set parked_position = null, parked_error = null, parked_since = null"
        " where parked_error = %s",
        (UnknownTopicError.__name__,),
    )


def skip(connection: psycopg.Connection[Any], name: str, position: int, who: str) -> bool:
    """Leave out the event a processor is parked before; answers whether it was parked there."""
    done = connection.execute(
        "with freed as (update processors set position = parked_position, parked_position = null,"
        " parked_error = null, parked_since = null"
        " where name = %(name)s and parked_position = %(position)s returning name)"
        " insert into processor_skips (name, position, who, at)"
        " select name, %(position)s, %(who)s, %(at)s from freed",
        {"name": name, "position": position, "who": who, "at": machine_time()},
    )
    return done.rowcount == 1
