"""Whom a query found, as far as who writes to them must know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID


class Found(NamedTuple):
    """A client whom a query found."""

    client: UUID
    consents: bool
    """To e-mail; unanswered is no."""
    has_address: bool
    """Of their own, or a relative's (DOS-6)."""


@dataclass(frozen=True)
class FoundAudience:
    """How many a query finds in all, and the part of them that was asked for, by id."""

    count: int
    persons: Sequence[Found]


def fingerprint(clients: Iterable[UUID]) -> str:
    """Tells one list of clients from another: who reviewed it names it by this."""
    return sha256(",".join(sorted(map(str, clients))).encode()).hexdigest()
