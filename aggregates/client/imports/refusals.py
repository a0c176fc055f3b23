"""Why a line of an import is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class AddressSuppressed(Refused):
    """The dossier with this address was deleted: no import brings it back."""

    code: ClassVar[str] = "address_suppressed"
    rule: ClassVar[str] = "DOS-10"
