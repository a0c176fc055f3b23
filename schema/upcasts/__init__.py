"""Steps that bring older revisions of a stored fact to today's shape, one file per aggregate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aggregates.kernel import Scope
from schema.upcasts.mailing import under_no_key
from schema.upcasts.settings import terms_per_category


@dataclass(frozen=True)
class Upcast:
    """One step: stored fields of a revision → fields of the next."""

    apply: Callable[[dict[str, Any]], dict[str, Any]]
    """Gets personal values decrypted, or Erased once their key is gone."""
    personal: Mapping[str, Scope] = field(default_factory=dict)
    """Personal fields of the revision it starts from."""


UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("settings.changed", 1): Upcast(terms_per_category),
    ("mailing.composed_for_audience", 1): Upcast(under_no_key),
    ("mailing.composed_for_roster", 1): Upcast(under_no_key),
    ("mailing.cancelled", 1): Upcast(under_no_key),
}
"""(topic, revision it starts from) → step."""
