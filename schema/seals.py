"""Seals the log: blocks of hashes in a chain, built behind the horizon by one sealer (AUD-3)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schema.clock import machine_time
from schema.envelope import Envelope
from schema.notary import Notary, SealKind

MAX_BLOCK = 4_096
"""Rows of one block at most: what a sealer that fell behind takes in one go."""
EVENT_COLUMNS = "stream, version, position, topic, person, state, identity, contact, envelope"
START = bytes(32)
"""The head before the first block."""
_LEAF = 40
_LENGTH, _NULL = struct.Struct(">I").pack, b"\xff" * 4


@dataclass(frozen=True)
class Leaf:
    """What a block remembers of one row."""

    position: int
    digest: bytes

    def to_bytes(self) -> bytes:
        return self.position.to_bytes(8, "big") + self.digest


@dataclass(frozen=True)
class Seal:
    """One sealed block."""

    block: int
    upto: int
    leaves: bytes
    head: bytes

    def each(self) -> Iterator[Leaf]:
        """The leaves in order."""
        for start in range(0, len(self.leaves), _LEAF):
            piece = self.leaves[start : start + _LEAF]
            yield Leaf(int.from_bytes(piece[:8], "big"), piece[8:])

    def holds_after(self, before: bytes) -> bool:
        """Whether the head follows from the one before and from this block."""
        return self.head == _head(before, self.block, self.upto, self.leaves)


def leaf_of(row: Sequence[Any]) -> Leaf:
    """The hash of an event's row, read in the order of EVENT_COLUMNS."""
    stream, version, position, topic, person, *stored = row
    parts = (
        stream.bytes,
        version.to_bytes(4, "big"),
        position.to_bytes(8, "big"),
        topic.encode(),
        None if person is None else person.bytes,
        *stored,
    )
    return Leaf(position, digest_of(parts))


def digest_of(parts: Iterable[bytes | None]) -> bytes:
    """The hash of a row's columns, each with its length; null differs from empty."""
    pieces = [_NULL if part is None else _LENGTH(len(part)) + part for part in parts]
    return hashlib.sha256(b"".join(pieces)).digest()


@dataclass(frozen=True)
class Chain:
    """A table whose rows are sealed in the order of their positions, and the table of its seals."""

    kind: SealKind
    """Of its heads' lines in the notary file."""
    rows: str
    columns: str
    seals: str
    lock: int
    """Held by the one sealer at work."""
    leaf_of: Callable[[Sequence[Any]], Leaf]
    at: Callable[[Sequence[Any]], datetime]
    """When a row was recorded, by the school's clock."""
    name: Callable[[Sequence[Any]], str]
    """A row as `verify` names it."""


def name_of(row: Sequence[Any]) -> str:
    """An event as `verify` names it."""
    stream, version, position = row[:3]
    return f"position {position} (stream {stream}, version {version})"


EVENTS = Chain(
    kind="seal",
    rows="events",
    columns=EVENT_COLUMNS,
    seals="seals",
    lock=0x7365616C,
    leaf_of=leaf_of,
    at=lambda row: Envelope.from_bytes(row[8]).at,
    name=name_of,
)


def seal_once(
    connection: psycopg.Connection[Any], key: Ed25519PrivateKey, notary: Path, chain: Chain = EVENTS
) -> int:
    """Seal what lies behind the horizon, one block at most, and have its head kept outside.

    Answers the number of rows sealed; 0 also when another sealer is at work. Call it again at once
    while it answers MAX_BLOCK. `connection` is in autocommit.
    """
    with connection.transaction():
        last = _free_to_seal(connection, chain)
        if last is None:
            return 0
        query = (
            f"select {chain.columns} from {chain.rows} where position > %s and position < log_horizon()"
            " order by position limit %s"  # sql: names of ours
        )
        rows = connection.execute(cast("Any", query), (last.upto, MAX_BLOCK)).fetchall()
        if rows:
            last = _next(last, [chain.leaf_of(row) for row in rows])
            insert = (
                f"insert into {chain.seals} (block, upto, leaves, head) values (%s, %s, %s, %s)"  # sql: ours
            )
            connection.execute(cast("Any", insert), (last.block, last.upto, last.leaves, last.head))
    _have_kept(last, Notary(notary, key), chain)
    return len(rows)


def _free_to_seal(connection: psycopg.Connection[Any], chain: Chain = EVENTS) -> Seal | None:
    """The newest seal, once nobody else seals until the transaction ends; else None."""
    got = connection.execute("select pg_try_advisory_xact_lock(%s)", (chain.lock,)).fetchone()
    if got is None or not got[0]:
        return None
    query = f"select block, upto, ''::bytea, head from {chain.seals} order by block desc limit 1"  # sql: ours
    found = connection.execute(cast("Any", query)).fetchone()
    return Seal(0, 0, b"", START) if found is None else Seal(*found)


def _next(last: Seal, leaves: Sequence[Leaf]) -> Seal:
    block, upto = last.block + 1, leaves[-1].position
    stored = b"".join(leaf.to_bytes() for leaf in leaves)
    return Seal(block, upto, stored, _head(last.head, block, upto, stored))


def _head(before: bytes, block: int, upto: int, leaves: bytes) -> bytes:
    place = block.to_bytes(8, "big") + upto.to_bytes(8, "big")
    return hashlib.sha256(before + place + hashlib.sha256(leaves).digest()).digest()


def _have_kept(newest: Seal, notary: Notary, chain: Chain) -> None:
    """After the commit, so that no transaction waits for that disk; a head missed in a crash follows.

    After a restore the chain goes on from an older block: set the old notary file aside before, or
    `verify --anchor` names the first block that was made twice.
    """
    if newest.block and (newest.block, newest.head.hex()) != notary.newest_head(chain.kind):
        notary.append(
            chain.kind,
            {
                "block": newest.block,
                "upto": str(newest.upto),
                "head": newest.head.hex(),
                "at": machine_time().isoformat(),
            },
        )


def seals_of(connection: psycopg.Connection[Any], chain: Chain) -> Iterator[Seal]:
    """Every seal in order, streamed; inside the caller's transaction."""
    with connection.cursor(name=chain.seals) as cursor:
        cursor.itersize = 100
        query = f"select block, upto, leaves, head from {chain.seals} order by block"  # sql: ours
        cursor.execute(cast("Any", query))
        yield from (Seal(*cast("tuple[int, int, bytes, bytes]", row)) for row in cursor)
