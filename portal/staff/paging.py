"""Long lists of staff are read a page at a time: `suite` in the address is the cursor of the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from read_api.lists import following

PER_PAGE = 50


def next_page(path: str, rows: Sequence[Mapping[str, Any]], *key: str, **query: str) -> str | None:
    """The address of the page behind the last row, found by its `key` columns; None where there is none."""
    cursor = following(rows, PER_PAGE, *key)
    return None if cursor is None else f"{path}?{urlencode(query | {'suite': cursor})}"
