"""Facts of a saved query."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Fact


class QuerySaved(Fact):
    """A query was kept under a name (REQ-4).

    `conditions` is its tree as JSON, read anew whenever it is run.
    """

    TOPIC: ClassVar[str] = "saved_query.saved"
    VISIBLE: ClassVar[bool] = False

    name: str
    conditions: str
    owner: UUID


class QueryChanged(Fact):
    """Name or conditions of a saved query were set anew (REQ-4)."""

    TOPIC: ClassVar[str] = "saved_query.changed"
    VISIBLE: ClassVar[bool] = False

    name: str
    conditions: str


class QueryDeleted(Fact):
    """A saved query is no longer offered (REQ-4)."""

    TOPIC: ClassVar[str] = "saved_query.deleted"
    VISIBLE: ClassVar[bool] = False


SavedQueryFact = QuerySaved | QueryChanged | QueryDeleted
