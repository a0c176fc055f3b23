"""Whose own a workshop is: theirs who organise or train, and an organiser's by region (STF-1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from aggregates.catalogue.settings import Region


def region_of(region: Region | None) -> Region:
    """EN LIGNE belongs to Canada, as with its terms and its closing (INS-9, ATE-7)."""
    return region or Region.CANADA


@dataclass(frozen=True)
class Own:
    """Which workshops are somebody's own; `regions` are those that an organiser was given."""

    user: UUID | None
    regions: frozenset[Region] = frozenset()

    def holds(self, people: Collection[UUID], region: Region | None) -> bool:
        """Whether a workshop of these people in that region is one of them."""
        return self.user in people or region_of(region) in self.regions
