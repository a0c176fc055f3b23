"""Why a wish on a client's preferences is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class YesNeedsProof(Refused):
    """Only the client says yes; staff note one that a document proves."""

    code: ClassVar[str] = "yes_needs_proof"
    rule: ClassVar[str] = "DOS-18"
