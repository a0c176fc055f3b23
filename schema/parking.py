"""Lets whoever stands parked before an event go on: read models and processors are parked alike."""

from __future__ import annotations

from typing import Any, Literal, cast

import psycopg

from schema.topics import UnknownTopicError

Followers = Literal["read_models", "processors"]
"""The table in which each is a row."""
_GO_ON = (
    "update {} set parked_position = null, parked_error = null, parked_since = null"
    " where parked_position is not null and {} returning name"
)


def resume(connection: psycopg.Connection[Any], followers: Followers, name: str) -> bool:
    """Let it try its event again; answers whether it was parked."""
    query = _GO_ON.format(followers, "name = %s")
    return connection.execute(cast("Any", query), (name,)).fetchone() is not None


def resume_newer(connection: psycopg.Connection[Any], followers: Followers) -> list[str]:
    """Let those go on that an older release parked at a fact it didn't know; answers which.

    Whoever starts does so: this release may know the fact, else it parks them there again (T24).
    """
    query = _GO_ON.format(followers, "parked_error = %s")
    rows = connection.execute(cast("Any", query), (UnknownTopicError.__name__,)).fetchall()
    return [name for (name,) in rows]
