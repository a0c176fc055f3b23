"""Leaves out, on record, the event before which a processor is parked."""

from __future__ import annotations

from typing import Any

import psycopg

from schema.clock import machine_time


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
