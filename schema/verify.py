"""Compares the log with its seals and names the first event that isn't as it was sealed (AUD-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schema import notary
from schema.clock import machine_time
from schema.envelope import Envelope
from schema.seals import EVENT_COLUMNS, START, Seal, leaf_of, seals_of

Connection = psycopg.Connection[Any]
Row = tuple[Any, ...]
FaultKind = Literal[
    "altered", "removed", "inserted", "disordered", "claim", "seal_altered", "seal_missing", "anchor"
]


@dataclass(frozen=True)
class Fault:
    """The first thing that isn't right: an event, a claim, a block, or a line of the anchor."""

    kind: FaultKind
    where: str
    """Position, stream and version of an event as far as they are known; else what is meant."""


class FaultError(Exception):
    """Carries the first fault out of the walk."""

    def __init__(self, kind: FaultKind, where: str) -> None:
        super().__init__(kind)
        self.fault = Fault(kind, where)


@dataclass
class Verification:
    """What was looked at, and the first fault."""

    events: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    """When the oldest event without seal was recorded, by the school's clock."""
    age: timedelta = timedelta(0)
    """How long that one waits for its seal."""
    anchored: int = 0
    """Heads compared with the notary file."""
    head: bytes = START
    """Head of the chain."""
    fault: Fault | None = None


CheckClaims = Callable[[Connection], "str | None"]


def no_claims(_connection: Connection) -> str | None:
    """Leaves the claims out."""
    return None


def verify(
    url: str,
    anchor: Path | None = None,
    public: Ed25519PublicKey | None = None,
    check_claims: CheckClaims = no_claims,
) -> Verification:
    """Walk the whole log in one snapshot, streaming.

    Without `anchor`, a notary file kept elsewhere, a rewriting of events and seals together stays
    unseen. `check_claims` names the first claim that the log doesn't bear out. Raises
    psycopg.OperationalError, FileNotFoundError, ValueError for an anchor without `public`.
    """
    if anchor is not None and public is None:
        raise ValueError("an anchor is read with the public key of its signatures")
    found = Verification()
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            _walk(connection, _Anchor(anchor, public), found)
            _positions_rise_with_versions(connection)
            if (claim := check_claims(connection)) is not None:
                raise FaultError("claim", claim)
        except FaultError as error:
            found.fault = error.fault
        if found.unsealed_since is not None:
            shift = connection.execute("select shift from clock").fetchone()
            assert shift is not None
            found.age = max(timedelta(0), machine_time() + shift[0] - found.unsealed_since)
    return found


class _Anchor:
    """The notary's heads, in step with the chain."""

    def __init__(self, path: Path | None, public: Ed25519PublicKey | None) -> None:
        self._lines = iter(()) if path is None or public is None else notary.read(path, public)
        self._given = path is not None
        self._next = self._advance()
        self.compared = 0

    def compare(self, seal: Seal) -> None:
        while self._next is not None and int(self._next["block"]) <= seal.block:
            if int(self._next["block"]) == seal.block:
                self.compared += 1
                if (self._next["head"], self._next["upto"]) != (seal.head.hex(), str(seal.upto)):
                    raise FaultError("anchor", f"block {seal.block}")
            self._next = self._advance()

    def end(self, last: int) -> None:
        """Every head that was kept must have been met."""
        if self._next is not None:
            raise FaultError("seal_missing", f"block {last + 1}")
        if self._given and last and not self.compared:
            raise FaultError("anchor", "no head")

    def _advance(self) -> Any:
        try:
            return next((line.fields for line in self._lines if line.kind == "seal"), None)
        except notary.BadLineError as error:
            raise FaultError("anchor", f"line {error.number}") from None


def _walk(connection: Connection, anchor: _Anchor, found: Verification) -> None:
    rows = _rows(connection)
    row = next(rows, None)
    last = 0
    for seal in seals_of(connection):
        if seal.block != last + 1:
            raise FaultError("seal_missing", f"block {last + 1}")
        leaves = list(seal.each())
        if not leaves or leaves[-1].position != seal.upto or not seal.holds_after(found.head):
            raise FaultError("seal_altered", f"block {seal.block}")
        anchor.compare(seal)
        for leaf in leaves:
            if row is None or row[2] > leaf.position:
                raise FaultError("removed", f"position {leaf.position}")
            if row[2] < leaf.position:
                raise FaultError("inserted", _name(row))
            if leaf_of(row) != leaf:
                raise FaultError("altered", _name(row))
            found.events += 1
            row = next(rows, None)
        last, found.head, found.anchored = seal.block, seal.head, anchor.compared
    anchor.end(last)
    while row is not None:
        found.unsealed_since = found.unsealed_since or Envelope.from_bytes(row[8]).at
        found.unsealed += 1
        found.events += 1
        row = next(rows, None)


def _rows(connection: Connection) -> Iterator[Row]:
    with connection.cursor(name="events", binary=True) as cursor:
        cursor.itersize = 2_000
        cursor.execute(f"select {EVENT_COLUMNS} from events order by position")
        yield from cursor


def _positions_rise_with_versions(connection: Connection) -> None:
    """Versions count 1, 2, 3… in each stream, and positions rise with them."""
    row = connection.execute(
        "select position, stream, version from (select position, stream, version,"
        " lag(position, 1, 0::bigint) over w as position_before, lag(version, 1, 0) over w as version_before"
        " from events window w as (partition by stream order by version)) e"
        " where position <= position_before or version <> version_before + 1 order by position limit 1"
    ).fetchone()
    if row is not None:
        position, stream, version = row
        raise FaultError("disordered", _name((stream, version, position)))


def _name(row: Row) -> str:
    stream, version, position = row[:3]
    assert isinstance(stream, UUID)
    return f"position {position} (stream {stream}, version {version})"
