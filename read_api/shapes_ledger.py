"""What the ledger's answers look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from aggregates.invoice.accounts import Account, Posting
from read_api.shapes import _ID as ID
from read_api.shapes import Amount, Answer, Shape
from read_api.shapes import _like as like


class AccountBalance(Shape):
    """One account in one currency over the period; above 0 is debit."""

    account: Account = like("receivables")
    label: str = like("Clients")
    currency: str = like("CAD", "ISO 4217; balances of two currencies never mix.")
    opening: Amount
    debit: Amount
    credit: Amount
    closing: Amount


class TrialBalance(Answer):
    """Debits and credits per account and currency; the closings of a currency sum up to 0 (FAC-6)."""

    first: date = like("2026-11-01", "In the school's zone.")
    last: date = like("2026-11-30")
    accounts: list[AccountBalance]
    without_amount: int = like(0, "Events of older releases that the figures lack.")


class JournalEntry(Shape):
    """One side of what an event posted."""

    position: str = like("3145728", "The event.")
    n: int = like(0, "Place among the event's entries.")
    at: datetime = like("2026-11-24T15:04:05.678901Z")
    day: date = like("2026-11-24", "Day of posting, in the school's zone.")
    kind: Posting = like("sale")
    text: str = like("Vente")
    account: Account = like("receivables")
    label: str = like("Clients")
    debit: Amount
    credit: Amount
    invoice: UUID = like(ID)
    number: str | None = like("CA-2026-0412", "Empty: a credit without invoice.")
    client: UUID | None = like(ID)
    line: UUID | None = like(ID)
    payment: UUID | None = like(None)
