"""What a quote looks like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from read_api.shapes import ID, Amount, Answer, Shape, like
from read_api.shapes_money import Currency

_AT = "2026-12-05T14:00:00Z"


class QuotedReason(Shape):
    """One rule applied to the line, in the order of the rules."""

    code: str = like("retake")
    sentence: str = like("Reprise d’une activité déjà suivie : prix réduit : 187,50 $")
    after: Amount = Field(description="Price, deposit or amount due after the rule.")


class QuotedLine(Shape):
    """What one activity costs."""

    activity: UUID = like(ID)
    name: str = like("Écoute de soi")
    workshop: UUID | None = like(ID, "null: À PLANIFIER, or done.")
    starts: datetime | None = like(_AT)
    retake: bool = like(False, "Takes a retake's seat.")
    done_on: date | None = like(
        None, "Last day of the workshop followed that counts: no registration, no seat."
    )
    price: Amount
    deposit: Amount
    due_now: Amount
    reasons: list[QuotedReason]


class QuotedTotal(Shape):
    """All lines together."""

    price: Amount
    deposit: Amount
    due_now: Amount


class Quote(Answer):
    """What a purchase would cost now, and why (CAT-3)."""

    currency: Currency = like("CAD")
    lines: list[QuotedLine]
    total: QuotedTotal
    full_payment_needed: bool = like(
        False, "A date is so near that its line is paid in full in the same act (INS-4)."
    )
    deposit_suffices_until: datetime | None = like(
        "2026-12-03T14:00:00Z", "From this instant on more is due at once; null: nothing will change."
    )
