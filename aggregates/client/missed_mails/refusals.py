"""Why sending missed mails anew is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class AddressKnownBad(Refused):
    """Mails come back from the client's address, or there is none: correct it first."""

    code: ClassVar[str] = "address_known_bad"
    rule: ClassVar[str] = "COM-10"
