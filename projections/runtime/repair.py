"""Leaves out, on record, the event before which a model is parked."""

from __future__ import annotations

from typing import Any

import psycopg

from schema.clock import machine_time


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
