"""Files in the database: in parts, sealed under a key per file; deleting the row destroys it (DOS-11).

The key of a client's document, or of a file that was sent to one client, is kept under that client's: erased
with it (DOS-15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from schema.keys import PersonKey, Vault, seal, unseal

PART = 1_000_000
"""Bytes of one row."""
_GENERATION = 1
_FOUND = (
    "select f.id, f.owner, f.size, f.media, f.name, f.wrapped_key, f.person, k.wrapped from files f"
    " left join keys k on k.person = f.person and k.scope = 'contact'"
    " and k.generation = get_byte(f.wrapped_key, 0)"
    " where f.id = any(%s) and (f.person is null or k.wrapped is not null)"
)
"""Those that can still be opened."""
_NAME, _KEY = -1, -2
"""Places beside the numbers of parts."""


@dataclass(frozen=True)
class Head:
    """A file's name and media type, as it was uploaded and recognised."""

    name: str
    media: str
    size: int
    owner: UUID
    person: UUID | None
    """The client without whose contact key nobody opens it."""


class Files:
    """The store of files on a pool; a part is written or read at a time."""

    def __init__(self, pool: ConnectionPool[Any], vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    def keep(self, id_: UUID, content: bytes, *, name: str, media: str, owner: UUID, at: datetime) -> None:
        """Store a file whole; one that is there already stays as it is."""
        key = PersonKey("contact", _GENERATION, self._vault.new_key())
        with self._pool.connection() as connection, connection.transaction():
            made = connection.execute(
                "insert into files (id, owner, size, media, at, wrapped_key, name)"
                " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                (
                    id_,
                    owner,
                    len(content),
                    media,
                    at,
                    self._vault.wrap(key.key),
                    self._seal(key, name.encode(), _place(id_, _NAME)),
                ),
            )
            if made.rowcount == 0:
                return
            for n, start in enumerate(range(0, len(content), PART)):
                sealed = self._seal(key, content[start : start + PART], _place(id_, n))
                connection.execute(
                    "insert into file_parts (file, n, sealed) values (%s, %s, %s)", (id_, n, sealed)
                )

    def heads(self, ids: Sequence[UUID]) -> Mapping[UUID, Head]:
        """Those of these files that are there."""
        with self._pool.connection() as connection:
            return heads_on(connection, self._vault, ids)

    def content(self, id_: UUID) -> bytes | None:
        """The whole file; None when it is gone."""
        with self._pool.connection() as connection:
            row = connection.execute(_FOUND, ([id_],)).fetchone()
            if row is None:
                return None
            parts = connection.execute(
                "select n, sealed from file_parts where file = %s order by n", (id_,)
            ).fetchall()
        key = _key(self._vault, id_, *row[5:])
        return b"".join(unseal(key, sealed, _place(id_, n)) for n, sealed in parts)

    def bind(self, ids: Sequence[UUID], person: UUID, key: PersonKey) -> None:
        """From now on nobody opens them without this client's contact key (DOS-11).

        Those of another client's stay theirs.
        """
        with self._pool.connection() as connection, connection.transaction():
            bind_on(connection, self._vault, ids, person, key)

    def drop(self, id_: UUID) -> None:
        """Take out a file that nobody was told of, its key with it."""
        with self._pool.connection() as connection:
            connection.execute("delete from files where id = %s and not kept and linked_at is null", (id_,))

    def linked(self, ids: Sequence[UUID], at: datetime) -> None:
        """A mail that is written at that moment links to them: they stay as long as its links work."""
        with self._pool.connection() as connection:
            connection.execute(
                "update files set linked_at = greatest(linked_at, %s) where id = any(%s)", (at, list(ids))
            )

    def _seal(self, key: PersonKey, clear: bytes, place: bytes) -> bytes:
        return seal(key, self._vault.random(12), clear, place)


def heads_on(connection: psycopg.Connection[Any], vault: Vault, ids: Sequence[UUID]) -> Mapping[UUID, Head]:
    """Those of these files that are there, on a connection that is held."""
    rows = connection.execute(_FOUND, (list(ids),)).fetchall()
    return {
        id_: Head(
            unseal(_key(vault, id_, *key), name, _place(id_, _NAME)).decode(), media, size, owner, key[1]
        )
        for id_, owner, size, media, name, *key in rows
    }


def bind_on(
    connection: psycopg.Connection[Any],
    vault: Vault,
    ids: Sequence[UUID],
    person: UUID,
    key: PersonKey,
    *,
    kept: bool = False,
) -> None:
    """As `Files.bind`, in the transaction that is open; a document is `kept` whatever links to it."""
    rows = connection.execute(
        "select id, wrapped_key from files where id = any(%s) and person is null for update", (list(ids),)
    ).fetchall()
    for id_, wrapped in rows:
        sealed = seal(key, vault.random(12), vault.unwrap(wrapped), _place(id_, _KEY))
        connection.execute(
            "update files set person = %s, wrapped_key = %s, kept = %s where id = %s",
            (person, sealed, kept, id_),
        )


def keep_on(connection: psycopg.Connection[Any], ids: Sequence[UUID]) -> None:
    """They stay whatever links to them, as nobody's document, in the transaction that is open."""
    connection.execute("update files set kept = true where id = any(%s)", (list(ids),))


def remove_on(connection: psycopg.Connection[Any], ids: Sequence[UUID]) -> None:
    """Delete these files with their keys, in the transaction that is open."""
    connection.execute("delete from files where id = any(%s)", (list(ids),))


def _key(vault: Vault, id_: UUID, kept: bytes, person: UUID | None, wrapped: bytes | None) -> bytes:
    if person is None or wrapped is None:
        return vault.unwrap(kept)
    return unseal(vault.unwrap(wrapped), kept, _place(id_, _KEY))


def _place(id_: UUID, n: int) -> bytes:
    """Binds a part to its file and number."""
    return b"file" + id_.bytes + n.to_bytes(4, "big", signed=True)
