"""What a saved query is at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, get_args
from uuid import UUID

from aggregates.audience.events import QueryChanged, QueryDeleted, QuerySaved, SavedQueryFact
from aggregates.kernel import Aggregate, replace


@dataclass(frozen=True)
class NoQuery:
    """Nothing known under this id."""


@dataclass(frozen=True)
class SavedQuery:
    """A query under a name; `conditions` is its tree as JSON."""

    name: str
    conditions: str
    owner: UUID


@dataclass(frozen=True)
class DeletedQuery:
    """Nobody can run it any more."""

    owner: UUID


Saved: TypeAlias = NoQuery | SavedQuery | DeletedQuery


def evolve(saved: Saved, fact: SavedQueryFact) -> Saved:
    """The query after the fact. Raises ValueError on a fact that this state can't meet."""
    match saved, fact:
        case NoQuery(), QuerySaved():
            return SavedQuery(fact.name, fact.conditions, fact.owner)
        case SavedQuery(), QueryChanged():
            return replace(saved, name=fact.name, conditions=fact.conditions)
        case SavedQuery(), QueryDeleted():
            return DeletedQuery(saved.owner)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(saved).__name__}")


SAVED_QUERY: Aggregate[Saved] = Aggregate("saved_query", NoQuery(), evolve, get_args(SavedQueryFact))
