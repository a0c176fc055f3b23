"""Files in the database: in parts, sealed under a key per file; deleting the row destroys it (DOS-11)."""

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


@dataclass(frozen=True)
class Head:
    """A file's name and media type, as it was uploaded and recognised."""

    name: str
    media: str
    size: int
    owner: UUID


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
                    self._seal(key, name.encode(), _place(id_, -1)),
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
            rows = connection.execute(
                "select id, owner, size, media, wrapped_key, name from files where id = any(%s)", (list(ids),)
            ).fetchall()
        return {
            id_: Head(unseal(self._vault.unwrap(wrapped), name, _place(id_, -1)).decode(), media, size, owner)
            for id_, owner, size, media, wrapped, name in rows
        }

    def content(self, id_: UUID) -> bytes | None:
        """The whole file; None when it is gone."""
        with self._pool.connection() as connection:
            row = connection.execute("select wrapped_key from files where id = %s", (id_,)).fetchone()
            if row is None:
                return None
            parts = connection.execute(
                "select n, sealed from file_parts where file = %s order by n", (id_,)
            ).fetchall()
        key = self._vault.unwrap(row[0])
        return b"".join(unseal(key, sealed, _place(id_, n)) for n, sealed in parts)

    def erase(self, id_: UUID) -> None:
        """The file and its key go; links to it lead to nothing."""
        with self._pool.connection() as connection:
            connection.execute("delete from files where id = %s", (id_,))

    def _seal(self, key: PersonKey, clear: bytes, place: bytes) -> bytes:
        return seal(key, self._vault.random(12), clear, place)


def media_of(connection: psycopg.Connection[Any], ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Media types of those of these files that are there."""
    rows = connection.execute("select id, media from files where id = any(%s)", (list(ids),))
    return dict(rows.fetchall())


def _place(id_: UUID, n: int) -> bytes:
    """Binds a part to its file and number."""
    return b"file" + id_.bytes + n.to_bytes(4, "big", signed=True)
