"""Why a wish on what the school writes is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class UnknownPlaceholder(Refused):
    """The wording holds a placeholder that this mail does not know. Fields `unknown`, `allowed`."""

    code: ClassVar[str] = "unknown_placeholder"
    rule: ClassVar[str] = "COM-4"
