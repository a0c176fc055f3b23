"""Compares the log and the access trail with their seals; names the first row that differs (AUD-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schema import notary
from schema.access_trail import TRAIL
from schema.clock import machine_time
from schema.notary import SealKind
from schema.seals import EVENTS, START, Chain, Leaf, Seal, name_of, seals_of

Connection = psycopg.Connection[Any]
Row = tuple[Any, ...]
FaultKind = Literal[
    "altered", "removed", "inserted", "disordered", "claim", "seal_altered", "seal_missing", "anchor"
]


@dataclass(frozen=True)
class Fault:
    """The first thing that isn't right: an event or access, a claim, a block, or a line of the anchor."""

    kind: FaultKind
    where: str
    """Position, stream and version of an event as far as they are known; else what is meant."""
    trail: bool = False
    """It is in the access trail, not in the log."""


class FaultError(Exception):
    """Carries the first fault out of the walk."""

    def __init__(self, kind: FaultKind, where: str, *, trail: bool = False) -> None:
        super().__init__(kind)
        self.fault = Fault(kind, where, trail)


@dataclass
class Walked:
    """How a chain was found."""

    rows: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    """When the oldest row without seal was recorded, by the school's clock."""
    age: timedelta = timedelta(0)
    """How long that one waits for its seal."""
    anchored: int = 0
    """Heads compared with the notary file."""
    head: bytes = START
    """Head of the chain."""


@dataclass
class Verification:
    """What was looked at, and the first fault."""

    log: Walked = field(default_factory=Walked)
    trail: Walked = field(default_factory=Walked)
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
    """Walk the whole log, then the access trail, in one snapshot, streaming.

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
            _walk(connection, EVENTS, _Anchor(anchor, public, EVENTS.kind), found.log)
            _positions_rise_with_versions(connection)
            if (claim := check_claims(connection)) is not None:
                raise FaultError("claim", claim)
            _walk_trail(connection, _Anchor(anchor, public, TRAIL.kind), found.trail)
        except FaultError as error:
            found.fault = error.fault
        shift = connection.execute("select shift from clock").fetchone()
        assert shift is not None
        for walked in (found.log, found.trail):
            if walked.unsealed_since is not None:
                walked.age = max(timedelta(0), machine_time() + shift[0] - walked.unsealed_since)
    return found


class _Anchor:
    """The notary's heads, in step with the chain."""

    def __init__(self, path: Path | None, public: Ed25519PublicKey | None, kind: SealKind) -> None:
        self._kind = kind
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
            return next((line.fields for line in self._lines if line.kind == self._kind), None)
        except notary.BadLineError as error:
            raise FaultError("anchor", f"line {error.number}") from None


def _walk(connection: Connection, chain: Chain, anchor: _Anchor, found: Walked) -> None:
    rows = _rows(connection, chain)
    row, leaf = next(rows, _END)
    last = 0
    for seal in seals_of(connection, chain):
        if seal.block != last + 1:
            raise FaultError("seal_missing", f"block {last + 1}")
        leaves = list(seal.each())
        if not leaves or leaves[-1].position != seal.upto or not seal.holds_after(found.head):
            raise FaultError("seal_altered", f"block {seal.block}")
        anchor.compare(seal)
        for sealed in leaves:
            if row is None or leaf.position > sealed.position:
                raise FaultError("removed", f"position {sealed.position}")
            if leaf.position < sealed.position:
                raise FaultError("inserted", chain.name(row))
            if leaf != sealed:
                raise FaultError("altered", chain.name(row))
            found.rows += 1
            row, leaf = next(rows, _END)
        last, found.head, found.anchored = seal.block, seal.head, anchor.compared
    anchor.end(last)
    while row is not None:
        found.unsealed_since = found.unsealed_since or chain.at(row)
        found.unsealed += 1
        found.rows += 1
        row, leaf = next(rows, _END)


def _walk_trail(connection: Connection, anchor: _Anchor, found: Walked) -> None:
    try:
        _walk(connection, TRAIL, anchor, found)
    except FaultError as error:
        raise FaultError(error.fault.kind, error.fault.where, trail=True) from None


_END: tuple[Row | None, Leaf] = (None, Leaf(0, b""))


def _rows(connection: Connection, chain: Chain) -> Iterator[tuple[Row | None, Leaf]]:
    """Each row with the leaf that it would have now."""
    with connection.cursor(name=chain.rows, binary=True) as cursor:
        cursor.itersize = 2_000
        query = f"select {chain.columns} from {chain.rows} order by position"  # sql: names of ours
        cursor.execute(cast("Any", query))
        for row in cursor:
            yield row, chain.leaf_of(row)


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
        raise FaultError("disordered", name_of((stream, version, position)))
