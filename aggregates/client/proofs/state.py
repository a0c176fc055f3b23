"""Where the proof of a discount stands."""

from __future__ import annotations

from enum import StrEnum


class Proof(StrEnum):
    """Where the proof of a discount stands (INS-6)."""

    ASKED = "asked"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISSING = "missing"
