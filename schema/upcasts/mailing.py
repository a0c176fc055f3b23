"""Mailings: what was written stood in the clear, then under a key of the mailing's own."""

from __future__ import annotations

from typing import Any

_NOBODY = "00000000-0000-0000-0000-000000000000"


def under_no_key(stored: dict[str, Any]) -> dict[str, Any]:
    """Revision 1 → 2: nothing is under a key, so the key is nobody's (COM-6, COM-7)."""
    return {**stored, "person": _NOBODY}
