"""Small predicates over cards, one per rule."""

from __future__ import annotations

from datetime import date

from aggregates.client.marks.refusals import CardEndsBeforeItBegins


def a_card_lasts(valid_from: date, valid_until: date | None) -> None:
    """A day at least (DOS-20). Raises CardEndsBeforeItBegins."""
    if valid_until is not None and valid_until < valid_from:
        raise CardEndsBeforeItBegins(valid_from=valid_from, valid_until=valid_until)
