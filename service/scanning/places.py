"""Everything that the portal keeps, piece by piece: tables, what keys open in them, broker, files (T14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql
from redis import Redis

from aggregates.kernel import ERASED
from schema.files import Files
from schema.keys import Vault, unseal
from schema.store import Store

if TYPE_CHECKING:
    from service.bootstrap import WriteSide
    from service.settings import Settings

_PAGE = 2_000
_LARGEST = 64_000_000
"""Bytes of a file that are read at once; longer ones are read in pieces that overlap."""
_OVERLAP = 100_000
LEFT_OUT: Mapping[str, str] = {
    "pg": "la base est lue par ses tables ; ses fichiers suivent le VACUUM, son journal s’use",
    "mails": "les courriels attrapés sont ceux du monde extérieur",
    "provider.json": "le prestataire simulé est le monde extérieur",
}
"""Of the data folder, with the reason that is printed."""


@dataclass(frozen=True)
class Piece:
    """Some bytes, and where they lie."""

    place: str
    data: bytes


def pieces(settings: Settings, side: WriteSide) -> Iterator[Piece]:
    """All of it, once."""
    yield from tables(settings.database_url)
    yield from opened(side)
    yield from broker(settings.redis_url)
    yield from folders(settings)


def tables(url: str) -> Iterator[Piece]:
    """Every column of every row, of all tables of the database."""
    with psycopg.connect(url) as connection:
        # Between two pages somebody looks at each value in every spelling: that takes what it takes.
        connection.execute("set idle_in_transaction_session_timeout = 0")
        found = connection.execute(
            "select n.nspname, c.relname, array_agg(a.attname::text order by a.attnum),"
            " array_agg(a.atttypid::regtype::text order by a.attnum)"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a"
            " on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
            " group by 1, 2 order by 1, 2"
        ).fetchall()
        for schema, table, names, kinds in found:
            columns = [
                sql.Identifier(name) if kind == "bytea" else sql.SQL("{}::text").format(sql.Identifier(name))
                for name, kind in zip(names, kinds, strict=True)
            ]
            query = sql.SQL("select {} from {}").format(
                sql.SQL(", ").join(columns), sql.Identifier(schema, table)
            )
            with connection.cursor(name="scan") as cursor:
                cursor.itersize = _PAGE
                cursor.execute(query)
                for row in cursor:
                    for name, cell in zip(names, row, strict=True):
                        if cell is not None:
                            data = cell if isinstance(cell, bytes) else str(cell).encode()
                            yield Piece(f"{schema}.{table}.{name}", data)


def opened(side: WriteSide) -> Iterator[Piece]:
    """What can still be read with the keys that there are."""
    yield from _facts(side.store)
    with side.pool.connection() as connection:
        keys = _keys(connection, side.store.vault)
        for table, place in (("outbox", b"outbox"), ("returned_mails", b"returned")):
            query = sql.SQL("select id, person, sealed from {} where sealed is not null").format(
                sql.Identifier(table)
            )
            for id_, person, sealed in connection.execute(query).fetchall():
                key = keys.get((person, "contact", sealed[0]))
                if key is not None:
                    yield from _opened(f"{table}, lu avec la clé", key, sealed, place + id_.bytes)
        for person, wrapped, sealed in connection.execute(
            "select person, wrapped_key, sealed from farewells"
        ).fetchall():
            key = side.store.vault.unwrap(wrapped)
            yield from _opened("farewells, lu avec la clé", key, sealed, b"farewell" + person.bytes)
        for id_, wrapped, sealed in connection.execute(
            "select id, wrapped, sealed from set_aside"
        ).fetchall():
            key = side.store.vault.unwrap(wrapped)
            yield Piece("set_aside, lu avec la clé", AESGCM(key).decrypt(sealed[:12], sealed[12:], id_.bytes))
        ids = [row[0] for row in connection.execute("select id from files").fetchall()]
    files = Files(side.pool, side.store.vault)
    for id_ in ids:
        for head in files.heads([id_]).values():
            yield Piece("files, nom lu avec la clé", head.name.encode())
        content = files.content(id_)
        if content is not None:
            yield Piece("files, contenu lu avec la clé", content)


def _facts(store: Store) -> Iterator[Piece]:
    position = 0
    while rows := store.read_after(position, _PAGE):
        for row in rows:
            fact = store.decode(row).fact
            said = [str(value) for value in dict(fact).values() if value not in (None, ERASED)]
            yield Piece("events, lu avec la clé", "\n".join(said).encode())
        position = rows[-1].position


def _keys(connection: psycopg.Connection[Any], vault: Vault) -> Mapping[tuple[UUID, str, int], bytes]:
    rows = connection.execute(
        "select person, scope, generation, wrapped from keys where wrapped is not null"
    ).fetchall()
    return {(person, scope, n): vault.unwrap(wrapped) for person, scope, n, wrapped in rows}


def _opened(place: str, key: bytes, sealed: bytes, bound_to: bytes) -> Iterator[Piece]:
    try:
        yield Piece(place, unseal(key, sealed, bound_to))
    except InvalidTag:
        return  # damaged: nobody reads it


def broker(url: str) -> Iterator[Piece]:
    """Every key of the broker and what it holds, names too."""
    with Redis.from_url(url) as line:
        for key in line.scan_iter(count=1_000):
            yield Piece("broker, nom de clé", key)
            for data in _held(line, key):
                yield Piece(f"broker {key.decode('utf-8', 'replace').partition('.')[0]}", data)


def _held(line: Any, key: bytes) -> Iterator[bytes]:
    match line.type(key):
        case b"string":
            yield line.get(key) or b""
        case b"hash":
            for name, value in line.hscan_iter(key):
                yield name + b"\n" + value
        case b"list":
            yield from line.lrange(key, 0, -1)
        case b"set":
            yield from line.sscan_iter(key)
        case b"zset":
            yield from (member for member, _ in line.zscan_iter(key))


def folders(settings: Settings) -> Iterator[Piece]:
    """Files of the data folder, of the maildir and of the notary, their names too."""
    base = settings.data_dir
    places = {base, settings.bounces_dir, settings.notary_file}
    for path in sorted({file for place in places for file in _files(place)}):
        if path.is_relative_to(base) and path.relative_to(base).parts[0] in LEFT_OUT:
            continue
        name = str(path.relative_to(base) if path.is_relative_to(base) else path)
        yield Piece(f"{name}, nom", path.name.encode())
        yield from (Piece(name, data) for data in _content(path))


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        yield from (path for path in place.rglob("*") if path.is_file() and not path.is_symlink())


def _content(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            kept = b""
            while data := file.read(_LARGEST):
                yield kept + data
                kept = data[-_OVERLAP:]
    except (FileNotFoundError, PermissionError):
        return  # gone meanwhile; of another user: a socket's or a lock's
