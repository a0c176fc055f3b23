"""Ids of what comes from another system: the same line makes the same stream, whenever it comes (IMP-1)."""

from __future__ import annotations

from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL


def imported_id(source: str, kind: str, key: str) -> UUID:
    """The id of the `kind` that the system `source` knew under `key`."""
    return uuid5(uuid5(PORTAIL, f"import/{source}"), f"{kind}/{key}")
