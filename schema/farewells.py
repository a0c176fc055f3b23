"""The last mail of who was removed: its address outlives the client's keys by three days at most (DOS-8).

Written with the event that destroys them, under a key of its own that goes with the row.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import psycopg

from schema.keys import PersonKey, Vault, seal, unseal

KEPT = timedelta(days=3)
"""A mail is tried for 9 hours; the rest is for mail servers that are away over a weekend."""


@dataclass(frozen=True)
class Farewell:
    """To whom the last mail goes, and how they are addressed."""

    person: UUID
    address: str
    first_name: str
    last_name: str
    form_of_address: str | None
    language: str


def keep(connection: psycopg.Connection[Any], vault: Vault, farewell: Farewell, now: datetime) -> None:
    """In the transaction of the event; a second removal, after a restoration, replaces the first."""
    key = PersonKey("contact", 1, vault.new_key())
    clear = {name: value for name, value in asdict(farewell).items() if name != "person"}
    connection.execute(
        "insert into farewells (person, until, wrapped_key, sealed) values (%s, %s, %s, %s)"
        " on conflict (person) do update set until = excluded.until, wrapped_key = excluded.wrapped_key,"
        " sealed = excluded.sealed",
        (
            farewell.person,
            now + KEPT,
            vault.wrap(key.key),
            seal(key, vault.random(12), orjson.dumps(clear), _place(farewell.person)),
        ),
    )


def read(connection: psycopg.Connection[Any], vault: Vault, person: UUID, now: datetime) -> Farewell | None:
    """None once it left, or came too late."""
    row = connection.execute(
        "select wrapped_key, sealed from farewells where person = %s and until > %s", (person, now)
    ).fetchone()
    if row is None:
        return None
    wrapped, sealed = row
    return Farewell(person, **orjson.loads(unseal(vault.unwrap(wrapped), sealed, _place(person))))


def forget(connection: psycopg.Connection[Any], person: UUID) -> None:
    """The mail has left, or never will."""
    connection.execute("delete from farewells where person = %s", (person,))


def _place(person: UUID) -> bytes:
    return b"farewell" + person.bytes
