"""Facts of an invoice."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Currency, Fact, Identity, Money, Value


class PriceReason(StrEnum):
    """Why a line costs, or is due, what it does (CAT-3)."""

    BASE_PRICE = "base_price"
    RETAKE = "retake"
    DEPOSIT = "deposit"
    STARTS_SOON = "starts_soon"


class Reason(Value):
    """One rule applied to a line: its code, the amount after it, and what made it apply."""

    code: PriceReason
    after: Money
    evidence: str | None = None
    """An id or an ISO instant, never a sentence."""


class Line(Value):
    """One registration on an invoice, priced once and for all (FAC-9)."""

    id: UUID
    registration: UUID
    activity: UUID
    activity_name: str
    price: Money
    deposit: Money
    due_now: Money
    reasons: tuple[Reason, ...]


class InvoiceIssued(Fact):
    """A basket was finalised into an invoice with a number of its series (FAC-1)."""

    TOPIC: ClassVar[str] = "invoice.issued"

    person: UUID
    number: str
    issued_on: date
    """Day in the school's zone."""
    currency: Currency
    billing_name: Identity[str]
    lines: tuple[Line, ...]


class LineCancelled(Fact):
    """The registration of this line was cancelled; the note is read by the client (INS-8)."""

    TOPIC: ClassVar[str] = "invoice.line_cancelled"

    person: UUID
    line: UUID
    note: Contact[str | None]
    cancelled_at: datetime


InvoiceFact = InvoiceIssued | LineCancelled
