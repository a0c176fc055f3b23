"""Why a mailing may not leave at the moment wished."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class TooManyMails(Refused):
    """The mailing doesn't fit in the author's 500 in 24 hours.

    Fields `mails` (its recipients), `left`, `most`, `fits_from` (when it would fit; none for more than 500).
    """

    code: ClassVar[str] = "too_many_mails"
    rule: ClassVar[str] = "COM-8"
