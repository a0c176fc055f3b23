"""Steps that bring older revisions of a stored fact to today's shape, one file per aggregate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Stored fields of one revision → fields of the next; personal values arrive decrypted or Erased."""

UPCASTS: Mapping[tuple[str, int], Upcast] = {}
"""(topic, revision it starts from) → step."""
