"""What may happen to a saved query: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.audience.events import QueryChanged, QueryDeleted, QuerySaved, SavedQueryFact
from aggregates.audience.policies import known_query, own_query
from aggregates.audience.state import DeletedQuery, NoQuery, Saved

Facts = Sequence[SavedQueryFact]


def save(saved: Saved, *, name: str, conditions: str, owner: UUID) -> Facts:
    """Keep a query under a name; others may bear the same (REQ-4)."""
    if not isinstance(saved, NoQuery):
        return []
    return [QuerySaved(name=name, conditions=conditions, owner=owner)]


def change(saved: Saved, *, name: str, conditions: str, by: UUID | None, others_too: bool) -> Facts:
    """Set name and conditions anew (REQ-4). Raises NoSuchQuery, NotYourQuery."""
    current = known_query(saved)
    own_query(current.owner, by, others_too=others_too)
    if (name, conditions) == (current.name, current.conditions):
        return []
    return [QueryChanged(name=name, conditions=conditions)]


def delete(saved: Saved, *, by: UUID | None, others_too: bool) -> Facts:
    """Offer the query no longer (REQ-4). Raises NoSuchQuery, NotYourQuery."""
    if isinstance(saved, DeletedQuery):
        own_query(saved.owner, by, others_too=others_too)
        return []
    own_query(known_query(saved).owner, by, others_too=others_too)
    return [QueryDeleted()]
