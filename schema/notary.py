"""The notary file outside the database: signed heads of the chain and the erasure ledger, line by line."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SealKind = Literal["seal", "access_seal"]
Kind = Literal[SealKind, "erasure"]
"""`seal`, of the log, and `access_seal`, of the access trail: block, upto, head, at.
`erasure`: person, scopes, topic, marked, position, at, block, head; replayed after a restore."""

_LONGEST = 65_536
_ERASURE = b'{"kind": "erasure"'


class BadLineError(ValueError):
    """A line of the notary file is unreadable or its signature is not ours. Holds the line's number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}")
        self.number = number


@dataclass(frozen=True)
class Line:
    """One signed statement."""

    kind: str
    fields: Mapping[str, Any]


class Notary:
    """Appends signed lines; each is on disk before `append` returns."""

    def __init__(self, path: Path, key: Ed25519PrivateKey) -> None:
        self._path = path
        self._key = key

    def append(self, kind: Kind, fields: Mapping[str, Any]) -> None:
        """Sign and keep one line. Raises OSError."""
        said = {"kind": kind, **fields}
        line = {**said, "signature": self._key.sign(_canonical(said)).hex()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _drop_half_line(file)
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def newest_head(self, kind: SealKind = "seal") -> tuple[int, str]:
        """Block and head of the last seal of that kind, (0, "") when none is; read from the file's end.

        One that lies further back than 64 KiB counts as none, and is kept again: no harm in that.
        """
        if not self._path.exists():
            return 0, ""
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - _LONGEST))
            tail = file.read().splitlines()
        heads = (_head(raw, kind) for raw in reversed(tail))
        return next((head for head in heads if head is not None), (0, ""))


def read(path: Path, public: Ed25519PublicKey) -> Iterator[Line]:
    """Every line of a notary file. Raises BadLineError, FileNotFoundError."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.endswith(b"\n"):
                return  # cut by a crash: nobody was told of it
            yield _checked(raw, number, public)


def erasures(path: Path, public: Ed25519PublicKey) -> Iterator[Line]:
    """The ledger's lines alone: among millions of seals few. Raises BadLineError with their own numbers."""
    for number, raw in enumerate(raw_erasures(path), 1):
        yield _checked(raw, number, public)


def raw_erasures(path: Path) -> Iterator[bytes]:
    """The same as they stand in the file, none that a crash cut off."""
    with path.open("rb") as file:
        yield from (raw for raw in file if raw.startswith(_ERASURE) and raw.endswith(b"\n"))


def _checked(raw: bytes, number: int, public: Ed25519PublicKey) -> Line:
    try:
        said = json.loads(raw)
        signature = bytes.fromhex(said.pop("signature"))
        public.verify(signature, _canonical(said))
        kind = said.pop("kind")
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        raise BadLineError(number) from None
    return Line(kind, said)


def _canonical(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _drop_half_line(file: BinaryIO) -> None:
    """A crash while appending leaves a line without end, of which nobody was told."""
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - _LONGEST)
    file.seek(start)
    whole = file.read().rfind(b"\n") + 1
    if whole != end - start:
        file.truncate(start + whole)


def _head(raw: bytes, kind: SealKind) -> tuple[int, str] | None:
    try:
        said = json.loads(raw)
        return (int(said["block"]), str(said["head"])) if said["kind"] == kind else None
    except (ValueError, KeyError, TypeError):
        return None
