"""Why a note or a card is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class CardEndsBeforeItBegins(Refused):
    """The card's last day lies before its first. Fields `valid_from`, `valid_until`."""

    code: ClassVar[str] = "card_ends_before_it_begins"
    rule: ClassVar[str] = "DOS-20"
