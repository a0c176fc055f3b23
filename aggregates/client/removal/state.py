"""Whether a dossier's deletion is proposed, folded from its facts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aggregates.client.removal.events import DeletionProposed, RemovalFact
from aggregates.kernel import Erased


@dataclass(frozen=True)
class Proposal:
    """One person of the office proposed the deletion (DOS-10)."""

    by: UUID
    reason: str | Erased


def evolve_proposal(fact: RemovalFact) -> Proposal | None:
    """What stands after the fact."""
    return Proposal(fact.by, fact.reason) if isinstance(fact, DeletionProposed) else None
